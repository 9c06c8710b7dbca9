// Package tpm makes the TPM 2.0 of a Linux computer an authenticator: behind a PIN or
// behind the fingerprint reader.
//
// Each credential is a P-256 key under the TPM's storage primary, which signs for who
// knows its auth value. The disk has only what the TPM has wrapped, and another TPM
// cannot unwrap it.
//
// On the way to the chip the auth value is never in the clear: who listens learns nothing
// to guess it by. When a credential is made it is encrypted for the storage primary that
// the chip names, which nobody vouches for: who can answer in the chip's place at that
// moment, on the bus or behind [EnvDevice], reads it, and behind a PIN it is the SHA-256
// of that. From then on the record names the primary. To another one no proof goes out.
//
// Behind a PIN ([New]) the auth value is made of the PIN. The TPM itself checks it and
// limits wrong ones (its dictionary-attack logic, TPM 2.0 Library Part 1 §17.8):
// guessing is as hard for who copies the disk as for who sits at the keyboard.
//
// Behind a finger ([NewFingerprint]) it is made of 32 random bytes, which stand in the
// keyring of the person's desktop and are used after fprintd has said that a finger
// matches. Who has the disk, and even the whole computer, has nothing without what
// opens that keyring. But it is software of this system that compares the finger: who
// can run programs as this person, in a session whose keyring is open, can leave fprintd
// out. No chip vouches for the finger, as the TPM does for a PIN. So these credentials
// have an AAGUID of their own, which the attestation covers, and a relying party that
// wants more can refuse them. The flags UP and UV say that fprintd has recognised the
// user; without that, nothing is signed.
//
// A software TPM keeps its keys in a file, which can be copied. Whatever does not stand
// in /dev is taken for one: it has an AAGUID of its own too and is told as virtual. That
// holds for honest programs; what an AAGUID says, self attestation does not prove.
//
// Attestation is packed self attestation. The "tpm" format would need a certificate
// that names this one chip, from an authority that does not exist offline.
package tpm

import (
	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/records"
)

// EnvDevice names the environment variable that holds a path for [NewDevice].
const EnvDevice = "LATCHKEY_TPM"

// DefaultPath is the TPM of this computer behind the kernel's resource manager.
const DefaultPath = "/dev/tpmrm0"

// MinPIN is how many code points a PIN needs at least. The TPM takes a few dozen wrong
// ones and then a few each hour, so six digits hold for years.
const MinPIN = 6

// AAGUID marks credentials behind a PIN: 4c617463-686b-6579-4c69-6e757854504d.
var AAGUID = [16]byte([]byte("LatchkeyLinuxTPM"))

// VirtualAAGUID marks those whose TPM is software: 4c617463-686b-6579-5669-727454504d21.
var VirtualAAGUID = [16]byte([]byte("LatchkeyVirtTPM!"))

// Options say which TPM to use.
type Options struct {
	// Device is the TPM, which all that use it share.
	Device *Device

	// Records is the file for what is kept of each credential.
	Records string

	// Hostname is what people call this computer.
	Hostname string
}

// New returns the authenticator of kind [ceremony.KindTPM]. On systems other than Linux
// it has no TPM and says so.
func New(options Options) *authenticator.Authenticator {
	name := options.named("Security chip")
	return authenticator.New(&chip{options.Device, name}, records.New(options.Records), authenticator.Options{
		Kind: ceremony.KindTPM, AAGUID: options.model(AAGUID, VirtualAAGUID),
		Name: name, MinPIN: MinPIN, Virtual: options.Device.Virtual(),
	})
}

// model is the AAGUID for a chip, or for software in its place.
func (o Options) model(chip, software [16]byte) [16]byte {
	if o.Device.Virtual() {
		return software
	}
	return chip
}

// named is what people call a part of this computer.
func (o Options) named(part string) string {
	if o.Hostname == "" {
		return part
	}
	return part + " on " + o.Hostname
}
