package wire

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"latchkey/app/companion"
	"latchkey/app/keychain"
	"latchkey/platform/fprintd"
	"latchkey/platform/tpm"
)

// authenticators are a computer's in the order in which they are tried: whoever plugs in
// a key wants to use it, and a finger is less to do than a PIN.
func (h host) authenticators(securityKeys companion.Authenticator) []companion.Authenticator {
	chip := tpm.Options{
		Device: tpm.NewDevice(os.Getenv(tpm.EnvDevice)), Records: filepath.Join(h.dir, "tpm.json"), Hostname: h.computer,
	}
	behindFinger := chip
	behindFinger.Records = filepath.Join(h.dir, "fingerprint.json")
	return []companion.Authenticator{
		securityKeys,
		tpm.NewFingerprint(tpm.FingerprintOptions{
			Options: behindFinger, Finger: fprintd.New(""), Secrets: deviceSecrets{h.secrets},
		}),
		tpm.New(chip),
	}
}

// deviceSecrets are the keyring's, in the words of package tpm.
type deviceSecrets struct{ keychain.DeviceSecrets }

func (s deviceSecrets) Load(ctx context.Context, id string) ([]byte, error) {
	secret, err := s.DeviceSecrets.Load(ctx, id)
	if errors.Is(err, keychain.ErrNoSecret) {
		return nil, tpm.ErrNoSecret
	}
	return secret, err
}
