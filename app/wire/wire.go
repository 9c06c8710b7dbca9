// Package wire puts Latchkey together. It is the one place that knows every part:
// the verifier over SQLite, security keys, the keyring and this computer.
//
// It imports neither user interface, so that the command line does not link the
// graphical one. The two main packages add theirs.
package wire

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"latchkey/app/companion"
	"latchkey/app/keychain"
	"latchkey/assets/models"
	"latchkey/fido"
	"latchkey/verifier"
	"latchkey/verifier/sqlstore"
)

// Version is what this build calls itself. The linker may set it.
var Version = "0.1.0"

// databaseName is the database's file in DataDir.
const databaseName = "latchkey.db"

// Settings are what a program may choose.
type Settings struct {
	Devices []string         // paths of security keys, in place of those in LATCHKEY_DEVICE
	Clock   func() time.Time // nil is the system's clock

	// Window returns the handle of the window that the system's own dialogues belong to,
	// 0 for none. nil leaves it to the system. Windows alone needs it.
	Window func() uintptr
}

// Open makes the use cases ready. It opens neither the database nor the keyring
// nor a key: each is opened when it is first needed. closeAll closes what was.
func Open(settings Settings) (c *companion.Companion, closeAll func() error, err error) {
	dir, err := DataDir()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", companion.ErrInput, err)
	}
	clock := settings.Clock
	if clock == nil {
		clock = time.Now
	}
	database := filepath.Join(dir, databaseName)
	store := &lazyStore{path: database, open: func(ctx context.Context) (closableStore, error) {
		return sqlstore.Open(ctx, database, sqlstore.Options{})
	}}
	keys := keychain.New(dir)
	relyingParty, err := verifier.New(store, verifier.Options{Clock: clock, Sealer: keys})
	if err != nil {
		return nil, nil, err
	}
	securityKeys := fido.New(fido.Options{
		Paths:     fido.DevicePaths(settings.Devices, os.Getenv(fido.EnvDevice)),
		ModelName: models.Name,
	})
	computer, err := os.Hostname()
	if err != nil {
		computer = "" // what is built in is then not named after it
	}
	host := host{dir: dir, computer: computer, window: settings.Window, secrets: keys.DeviceSecrets()}
	deps := companion.Deps{
		RelyingParty:   relyingParty,
		Authenticators: host.authenticators(securityKeys),
		Inspector:      securityKeys,
		Vault:          keys,
		Network:        hostNetwork{interfaces: net.Interfaces},
		Computer:       computer,
		Clock:          clock,
		ModelName:      models.Name,
		HostChecks:     []companion.HostCheck{checkPlace(dir)},
	}
	return companion.New(deps), store.Close, nil
}

// checkPlace says where Latchkey's files are.
func checkPlace(dir string) companion.HostCheck {
	return func(context.Context) companion.Check {
		return companion.Check{
			Name: "place", Title: "Files", Verdict: companion.VerdictOK,
			Detail: "Version " + Version + ", database " + filepath.Join(dir, databaseName) + ".",
		}
	}
}
