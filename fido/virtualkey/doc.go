// Package virtualkey is a software security key: a CTAP 2.1 authenticator on a Linux pseudo-terminal, which stock libfido2
// and OpenSSH open like a HID device. It is for people without hardware and for tests. It keeps its secrets in a
// file, so it protects nothing that whoever reads the file must not have.
//
//	key, err := virtualkey.Serve(ctx, virtualkey.Options{})
//	...
//	defer key.Close()
//	exec.Command("fido2-token", "-I", key.Path())
package virtualkey

// AAGUID names this model of authenticator (WebAuthn L3 §6.5.2): the ASCII bytes of "LatchkeyVirtual!". A relying party that wants hardware refuses it.
const AAGUID = "4c617463-686b-6579-5669-727475616c21"

var aaguid = [16]byte([]byte("LatchkeyVirtual!"))
