package fprintd

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"latchkey/fido/ceremony"
)

func TestWhatCallsFailWith(t *testing.T) {
	for _, test := range []struct {
		name  string
		known bool // whether fprintd has answered before
		want  *ceremony.Error
		fix   string
	}{
		{"org.freedesktop.DBus.Error.ServiceUnknown", false, ceremony.ErrNoDevice, "Install fprintd"},
		{"org.freedesktop.DBus.Error.ServiceUnknown", true, ceremony.ErrDevice, "systemctl status fprintd"},
		{"org.freedesktop.DBus.Error.NoReply", false, ceremony.ErrDevice, "systemctl status fprintd"},
		{"org.freedesktop.DBus.Error.UnknownMethod", true, ceremony.ErrUnplugged, "Connect"},
		{"org.freedesktop.DBus.Error.AccessDenied", false, ceremony.ErrNoAccess, "own screen"},
		{"org.freedesktop.DBus.Error.Spawn.ChildExited", false, ceremony.ErrDevice, "systemctl status fprintd"},
		{"net.reactivated.Fprint.Error.NoEnrolledPrints", true, ceremony.ErrNotSetUp, "fprintd-enroll"},
		{"net.reactivated.Fprint.Error.PermissionDenied", true, ceremony.ErrNoAccess, "own screen"},
		{"net.reactivated.Fprint.Error.AlreadyInUse", true, ceremony.ErrBusy, "Close that program's prompt"},
		{"net.reactivated.Fprint.Error.Internal", true, ceremony.ErrDevice, "systemctl status fprintd"},
	} {
		s := new(session)
		if test.known {
			s.daemon = ":1.7"
		}
		err := s.explain(dbus.Error{Name: test.name, Body: []any{"why"}})
		var failed *ceremony.Error
		if !errors.Is(err, test.want) || !errors.As(err, &failed) || !strings.Contains(failed.Fix, test.fix) || !strings.Contains(err.Error(), test.name) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if err := new(session).explain(io.EOF); !errors.Is(err, ceremony.ErrDevice) || !errors.Is(err, io.EOF) {
		t.Errorf("the bus's end: %v", err)
	}
	if err := new(session).explain(context.Canceled); err != context.Canceled {
		t.Errorf("called off: %v", err)
	}
}

// TestFixesSayOnlyWhatToDo holds that none tells again what has happened: that is said
// before it, by the application.
func TestFixesSayOnlyWhatToDo(t *testing.T) {
	failures := []error{unreachable(io.EOF), noReader(), notEnrolled(nil), pulledOut(nil), failed(nil), stuck(Patience), notRecognised()}
	for _, name := range []string{
		busName + ".Error.ServiceUnknown", serviceName + ".Error.PermissionDenied", serviceName + ".Error.AlreadyInUse",
	} {
		failures = append(failures, new(session).explain(dbus.Error{Name: name}))
	}
	for _, err := range failures {
		var failed *ceremony.Error
		if !errors.As(err, &failed) {
			t.Fatalf("%v says nothing to do", err)
		}
		switch first, _, _ := strings.Cut(failed.Fix, " "); first {
		case "Start", "If", "Enrol", "Connect", "Try", "Clean", "Install", "Sign", "Close":
		default:
			t.Errorf("%s: %s", failed.Code, failed.Fix)
		}
	}
}
