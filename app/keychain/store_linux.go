//go:build linux

package keychain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"

	"latchkey/app/companion"
)

// Names of the Secret Service API 0.2.
const (
	secretService     = "org.freedesktop.secrets"
	secretServicePath = dbus.ObjectPath("/org/freedesktop/secrets")
	loginCollection   = secretServicePath + "/collection/login"
	defaultCollection = secretServicePath + "/aliases/default"

	serviceInterface    = "org.freedesktop.Secret.Service"
	collectionInterface = "org.freedesktop.Secret.Collection"
	itemInterface       = "org.freedesktop.Secret.Item"
	sessionInterface    = "org.freedesktop.Secret.Session"
	getProperty         = "org.freedesktop.DBus.Properties.Get"
)

// system is the Secret Service of this session.
var system = secrets{}

// secrets writes through go-keyring once it knows that nobody will be asked, and
// reads by itself: in two waits for the bus where go-keyring takes seven.
type secrets struct{}

func (secrets) set(ctx context.Context, name, value string) error {
	if err := ready(ctx); err != nil {
		return err
	}
	return keyring.Set(service, name, value)
}

func (secrets) remove(ctx context.Context, name string) error {
	if err := ready(ctx); err != nil {
		return err
	}
	err := keyring.Delete(service, name)
	if errors.Is(err, keyring.ErrNotFound) {
		return errNotFound
	}
	return err
}

func (secrets) get(ctx context.Context, name string) (string, error) {
	bus, err := sessionBus()
	if err != nil {
		return "", err
	}
	object := bus.Object(secretService, secretServicePath)
	// Both at once: neither needs the other's answer. "plain" is without a layer of
	// encryption inside the bus, which only its owner can listen to; go-keyring
	// does the same.
	search := object.GoWithContext(ctx, serviceInterface+".SearchItems", 0, nil, attributes(name))
	opening := object.GoWithContext(ctx, serviceInterface+".OpenSession", 0, nil, "plain", dbus.MakeVariant(""))
	var (
		open, locked []dbus.ObjectPath
		output       dbus.Variant
		session      dbus.ObjectPath
	)
	if err := (<-opening.Done).Store(&output, &session); err != nil {
		return "", noService(err)
	}
	// Nothing comes back that would be worth waiting for.
	defer bus.Object(secretService, session).Go(sessionInterface+".Close", dbus.FlagNoReplyExpected, nil)
	if err := (<-search.Done).Store(&open, &locked); err != nil {
		return "", noService(err)
	}
	if len(open) == 0 {
		// Not there, or not to be seen: some services hide what is locked.
		if err := ready(ctx); err != nil {
			return "", err
		}
		return "", errNotFound
	}
	var secret struct {
		Session     dbus.ObjectPath
		Parameters  []byte
		Value       []byte
		ContentType string
	}
	err = bus.Object(secretService, open[0]).CallWithContext(ctx, itemInterface+".GetSecret", 0, session).Store(&secret)
	if err != nil {
		return "", noService(err)
	}
	return string(secret.Value), nil
}

// attributes are those by which go-keyring finds its values.
func attributes(name string) map[string]string {
	return map[string]string{"service": service, "username": name}
}

// ready returns why the Secret Service cannot be used without asking somebody.
// go-keyring would raise a prompt and wait for it, without end, where the collection
// is locked.
func ready(ctx context.Context) error {
	bus, err := sessionBus()
	if err != nil {
		return err
	}
	var collections []dbus.ObjectPath
	if err := property(ctx, bus, secretServicePath, serviceInterface, "Collections", &collections); err != nil {
		return noService(err)
	}
	// As go-keyring chooses.
	collection := defaultCollection
	if slices.Contains(collections, loginCollection) {
		collection = loginCollection
	}
	var locked bool
	if err := property(ctx, bus, collection, collectionInterface, "Locked", &locked); err != nil {
		return fmt.Errorf("%w: the Secret Service has no collection to store in: %w", companion.ErrNoKeyring, err)
	}
	if locked {
		return fmt.Errorf("%w: unlock it in “Passwords and Keys” or by signing in to the desktop", companion.ErrKeyringLocked)
	}
	return nil
}

// property reads a property into value.
func property(ctx context.Context, bus *dbus.Conn, object dbus.ObjectPath, owner, name string, value any) error {
	var variant dbus.Variant
	if err := bus.Object(secretService, object).CallWithContext(ctx, getProperty, 0, owner, name).Store(&variant); err != nil {
		return err
	}
	return variant.Store(value)
}

// sessionBus returns the connection that go-keyring shares with the whole process.
// It is not ours to close. Where there is no bus the library would start one, so
// this looks first, in the places in which the library looks.
func sessionBus() (*dbus.Conn, error) {
	switch os.Getenv("DBUS_SESSION_BUS_ADDRESS") {
	case "", "autolaunch:":
		if _, err := os.Stat("/run/user/" + strconv.Itoa(os.Getuid()) + "/bus"); err != nil {
			return nil, fmt.Errorf("%w: there is no D-Bus session", companion.ErrNoKeyring)
		}
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return nil, fmt.Errorf("%w: no D-Bus session: %w", companion.ErrNoKeyring, err)
	}
	return bus, nil
}

func noService(err error) error {
	return fmt.Errorf("%w: no Secret Service: %w", companion.ErrNoKeyring, err)
}
