// Package fido makes credentials and signs with FIDO2 security keys over
// libfido2.
//
// [Keys] is the authenticator: it finds keys, asks the person through a
// [ceremony.Prompter] and ends every failure in a [*ceremony.Error]. One goroutine
// owns each open key, because libfido2's handles belong to one thread of control
// and its calls block; nothing that a ceremony starts outlives it.
//
// # Two ways into libfido2
//
// The Go wrapper github.com/keys-pub/go-libfido2 lists the keys that are plugged
// in (its DeviceLocations) and initialises the library. What talks to an open key
// is a binding of our own in the native files, since the wrapper opens the key anew
// for each call, can cancel only by luck, leaves PINs in memory that it never frees
// and has no exclude list, timeout, touch-to-pick, minimum PIN length or complete
// attestation statement.
//
// On Linux the binding also brings its own input and output for the usual 64-byte
// reports. It opens keys without making a terminal the controlling one, can be
// interrupted at any time, tells an unplugged key from a silent one, and sees the
// frames in which a key says that it waits for a touch (CTAP 2.1 §11.2.9.2.1).
// Elsewhere libfido2's own is used: there the touch notice shows as soon as the
// command is sent, and a key that ignores CANCEL is waited for until the timeout.
//
// # What is not done
//
// Keys that know nothing but U2F sign in and are never enrolled. Where a key holds
// several discoverable credentials for a relying party and the request names none,
// the one made last signs: libfido2's first assertion (CTAP 2.1 §6.2.2).
package fido
