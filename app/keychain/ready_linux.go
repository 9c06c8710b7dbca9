//go:build linux

package keychain

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/godbus/dbus/v5"

	"latchkey/app/companion"
)

// Names of the Secret Service API 0.2.
const (
	secretService     = "org.freedesktop.secrets"
	secretServicePath = "/org/freedesktop/secrets"
	loginCollection   = secretServicePath + "/collection/login"
	defaultCollection = secretServicePath + "/aliases/default"
	collectionsOf     = "org.freedesktop.Secret.Service.Collections"
	lockedOf          = "org.freedesktop.Secret.Collection.Locked"
	getProperty       = "org.freedesktop.DBus.Properties.Get"
)

// ready looks at the Secret Service in two calls. go-keyring would start a bus
// where there is none, and would raise a prompt and wait for it, without end,
// where the collection is locked.
func ready(ctx context.Context) error {
	if !hasSessionBus() {
		return fmt.Errorf("%w: there is no D-Bus session", companion.ErrNoKeyring)
	}
	// The connection is the one that go-keyring shares with the whole process. It
	// is not ours to close.
	bus, err := dbus.SessionBus()
	if err != nil {
		return fmt.Errorf("%w: %w", companion.ErrNoKeyring, err)
	}
	var collections []dbus.ObjectPath
	if err := property(ctx, bus, secretServicePath, collectionsOf, &collections); err != nil {
		return fmt.Errorf("%w: no Secret Service: %w", companion.ErrNoKeyring, err)
	}
	// As go-keyring chooses.
	collection := dbus.ObjectPath(defaultCollection)
	if slices.Contains(collections, loginCollection) {
		collection = loginCollection
	}
	var locked bool
	if err := property(ctx, bus, collection, lockedOf, &locked); err != nil {
		return fmt.Errorf("%w: the Secret Service has no collection to store in: %w", companion.ErrNoKeyring, err)
	}
	if locked {
		return fmt.Errorf("%w: unlock it in “Passwords and Keys” or by signing in to the desktop", companion.ErrKeyringLocked)
	}
	return nil
}

// property reads a property, given with its interface, into value.
func property(ctx context.Context, bus *dbus.Conn, object dbus.ObjectPath, name string, value any) error {
	split := len(name) - 1
	for name[split] != '.' {
		split--
	}
	var variant dbus.Variant
	err := bus.Object(secretService, object).CallWithContext(ctx, getProperty, 0, name[:split], name[split+1:]).Store(&variant)
	if err != nil {
		return err
	}
	return variant.Store(value)
}

// hasSessionBus tells whether there is a bus to talk to, in the places in which
// the D-Bus library looks before it starts one of its own.
func hasSessionBus() bool {
	switch os.Getenv("DBUS_SESSION_BUS_ADDRESS") {
	case "", "autolaunch:":
		_, err := os.Stat("/run/user/" + strconv.Itoa(os.Getuid()) + "/bus")
		return err == nil
	}
	return true
}

// locked is never needed after ready.
func locked(error) bool { return false }
