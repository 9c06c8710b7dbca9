// Package tpm makes the TPM 2.0 of a Linux computer an authenticator.
//
// Each credential is a P-256 key under the TPM's storage primary, with the person's PIN
// as its auth value. The TPM itself checks the PIN and limits wrong ones (its
// dictionary-attack logic, TPM 2.0 Library Part 1 §17.8): guessing is as hard for who
// copies the disk as for who sits at the keyboard, because the disk has only what the
// TPM has wrapped, and another TPM cannot unwrap it. On the way to the chip the PIN is
// never in the clear.
//
// Attestation is packed self attestation. The "tpm" format would need a certificate
// that names this one chip, from an authority that does not exist offline.
package tpm

import (
	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/records"
)

// EnvDevice names the environment variable that holds a path for [Options.Path].
const EnvDevice = "LATCHKEY_TPM"

// DefaultPath is the TPM of this computer behind the kernel's resource manager.
const DefaultPath = "/dev/tpmrm0"

// MinPIN is how many code points a PIN needs at least. The TPM takes a few dozen wrong
// ones and then a few each hour, so six digits hold for years.
const MinPIN = 6

// AAGUID marks credentials made by this package: 4c617463-686b-6579-4c69-6e757854504d.
var AAGUID = [16]byte([]byte("LatchkeyLinuxTPM"))

// Options say which TPM to use.
type Options struct {
	// Path is that of a device, or of the socket on which a software TPM listens; ""
	// means [DefaultPath].
	Path string

	// Records is the file for what is kept of each credential.
	Records string

	// Hostname is what people call this computer.
	Hostname string
}

// New returns the authenticator of kind [ceremony.KindTPM]. On systems other than Linux
// it has no TPM and says so.
func New(options Options) *authenticator.Authenticator {
	if options.Path == "" {
		options.Path = DefaultPath
	}
	name := "This computer's security chip"
	if options.Hostname != "" {
		name += " on " + options.Hostname
	}
	return authenticator.New(newChip(options.Path, name, open), records.New(options.Records), authenticator.Options{
		Kind: ceremony.KindTPM, AAGUID: AAGUID, Name: name, MinPIN: MinPIN,
	})
}
