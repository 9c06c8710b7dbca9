//go:build cgo

package conformance_test

import (
	"testing"

	"latchkey/fido"
	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
	"latchkey/platform/conformance"
)

// TestSecurityKey runs libfido2 over the virtual key.
func TestSecurityKey(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		const pin = "correct horse"
		key, err := virtualkey.Serve(t.Context(), virtualkey.Options{PIN: pin, Touch: virtualkey.TouchAsk})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := key.Close(); err != nil {
				t.Error(err)
			}
		})
		return conformance.Subject{
			Authenticator: fido.New(fido.Options{Paths: []string{key.Path()}}), Kind: ceremony.KindSecurityKey,
			Attachment: ceremony.AttachmentCrossPlatform, Transport: ceremony.TransportUSB,
			PIN: pin, Touched: true, Touch: key.Touch,
			Restart: func() conformance.Authenticator {
				if err := key.Replug(); err != nil {
					t.Fatal(err)
				}
				return fido.New(fido.Options{Paths: []string{key.Path()}})
			},
		}
	})
}
