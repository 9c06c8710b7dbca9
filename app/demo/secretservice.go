package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/godbus/dbus/v5"
)

// keyringHoldsSession asks the Secret Service itself, over D-Bus, what it keeps. It
// shows names only: the values are secrets.
func (s *stage) keyringHoldsSession(ctx context.Context) error {
	bus, err := dbus.Connect(os.Getenv("DBUS_SESSION_BUS_ADDRESS"), dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer bus.Close()
	const (
		service    = "org.freedesktop.secrets"
		collection = "/org/freedesktop/secrets/aliases/default"
	)
	found, err := bus.Object(service, collection).GetProperty("org.freedesktop.Secret.Collection.Items")
	if err != nil {
		return err
	}
	items, _ := found.Value().([]dbus.ObjectPath)
	for _, item := range items {
		property, err := bus.Object(service, item).GetProperty("org.freedesktop.Secret.Item.Attributes")
		if err != nil {
			return err
		}
		attributes, _ := property.Value().(map[string]string)
		if strings.Contains(attributes["username"], "session") {
			s.ok("The Secret Service keeps the session: %q for %q.", attributes["service"], attributes["username"])
			return nil
		}
	}
	return fmt.Errorf("the Secret Service keeps no session among its %d items", len(items))
}
