//go:build linux

package fprintdtest

import (
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// polkit stands in for polkitd, which fprintd asks before it does anything for anybody.
type polkit struct{ permit atomic.Bool }

// subject is who is asked about: kind and details, polkit's D-Bus API.
type subject struct {
	Kind    string
	Details map[string]dbus.Variant
}

// result is what is answered, polkit's D-Bus API.
type result struct {
	Authorized bool
	Challenge  bool // somebody could be asked
	Details    map[string]string
}

// CheckAuthorization is the one method that fprintd calls.
func (p *polkit) CheckAuthorization(_ subject, action string, _ map[string]string, _ uint32, _ string) (result, *dbus.Error) {
	return result{Authorized: p.permit.Load(), Details: map[string]string{}}, nil
}

func startPolkit(t testing.TB, conn *dbus.Conn) *polkit {
	t.Helper()
	const (
		name      = "org.freedesktop.PolicyKit1"
		path      = dbus.ObjectPath("/org/freedesktop/PolicyKit1/Authority")
		authority = name + ".Authority"
	)
	p := new(polkit)
	p.permit.Store(true)
	if err := conn.Export(p, path, authority); err != nil {
		t.Fatal(err)
	}
	_, err := prop.Export(conn, path, prop.Map{authority: {
		"BackendName":     {Value: "stand-in"},
		"BackendVersion":  {Value: "1"},
		"BackendFeatures": {Value: uint32(0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || got != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("polkit's name is not to be had: %v, %v", got, err)
	}
	return p
}
