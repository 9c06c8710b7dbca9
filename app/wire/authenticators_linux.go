package wire

import (
	"os"
	"path/filepath"

	"latchkey/app/companion"
	"latchkey/platform/tpm"
)

// authenticators are a computer's in the order in which they are tried: whoever plugs in
// a key wants to use it.
func (h host) authenticators(securityKeys companion.Authenticator) []companion.Authenticator {
	chip := tpm.New(tpm.Options{
		Path: os.Getenv(tpm.EnvDevice), Records: filepath.Join(h.dir, "tpm.json"), Hostname: h.computer,
	})
	return []companion.Authenticator{securityKeys, chip}
}
