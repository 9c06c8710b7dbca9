package authenticator_test

import (
	"path/filepath"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/conformance"
	"latchkey/platform/records"
	"latchkey/platform/softchip"
)

const rightPIN = "correct horse"

var aaguid = [16]byte([]byte("LatchkeySoftChip"))

// over is an authenticator over a chip, with its records in the file at path.
func over(chip authenticator.Chip, path string, minPIN int) *authenticator.Authenticator {
	return authenticator.New(chip, records.New(path), authenticator.Options{
		Kind: ceremony.KindTPM, AAGUID: aaguid, Name: "This computer's chip", MinPIN: minPIN,
	})
}

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		chip, path := softchip.New(), filepath.Join(t.TempDir(), "chip.json")
		return conformance.Subject{
			Authenticator: over(chip, path, 6), Kind: ceremony.KindTPM,
			Attachment: ceremony.AttachmentPlatform, Transport: ceremony.TransportInternal,
			PIN: rightPIN, OwnPINs: true,
			Restart: func() conformance.Authenticator { return over(chip, path, 6) },
		}
	})
}

func TestConformanceWithAFinger(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		chip, path := softchip.NewWithFinger(), filepath.Join(t.TempDir(), "chip.json")
		return conformance.Subject{
			Authenticator: over(chip, path, 0), Kind: ceremony.KindTPM,
			Attachment: ceremony.AttachmentPlatform, Transport: ceremony.TransportInternal,
			Touched: true, Touch: chip.Touch,
			Restart: func() conformance.Authenticator { return over(chip, path, 0) },
		}
	})
}
