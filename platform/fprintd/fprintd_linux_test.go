package fprintd_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"latchkey/fido/ceremony"
	"latchkey/platform/fprintd"
	"latchkey/platform/fprintd/fprintdtest"
)

const right, wrong = "index finger of alice", "thumb of mallory"

// enrolled is a system on which the right finger is enrolled.
func enrolled(t *testing.T) *fprintdtest.System {
	t.Helper()
	s := fprintdtest.Start(t)
	s.Enrol(right)
	return s
}

// verify returns what the person was told meanwhile.
func verify(t *testing.T, s *fprintdtest.System) (told []string, err error) {
	t.Helper()
	err = fprintd.New(s.Address()).Verify(bounded(t), func(why string) { told = append(told, why) })
	return told, err
}

// bounded ends a test that hangs.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// want checks code and fix of a failure.
func want(t *testing.T, err error, code *ceremony.Error, fix string) {
	t.Helper()
	var failed *ceremony.Error
	if !errors.Is(err, code) || !errors.As(err, &failed) || fix == "" || !strings.Contains(failed.Fix, fix) {
		t.Fatalf("ended with %#v, want %v and %q", err, code, fix)
	}
}

// wantFree checks that the reader can be used again.
func wantFree(t *testing.T, s *fprintdtest.System) {
	t.Helper()
	other := s.Connect().Object("net.reactivated.Fprint", s.Reader())
	for _, call := range []*dbus.Call{
		other.CallWithContext(bounded(t), "net.reactivated.Fprint.Device.Claim", 0, ""),
		other.CallWithContext(bounded(t), "net.reactivated.Fprint.Device.Release", 0),
	} {
		if call.Err != nil {
			t.Errorf("%s: %v", call.Method, call.Err)
		}
	}
}

func TestMatch(t *testing.T) {
	s := enrolled(t)
	if err := fprintd.New(s.Address()).Probe(bounded(t)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.Next(fprintdtest.Press(right))
		if told, err := verify(t, s); err != nil || len(told) != 0 {
			t.Fatalf("told %q, %v", told, err)
		}
	}
	wantFree(t, s)
}

func TestNoMatch(t *testing.T) {
	s := enrolled(t)
	press := slices.Repeat([]fprintdtest.Event{fprintdtest.Press(wrong)}, fprintd.MaxTries)
	s.Next(press...)
	told, err := verify(t, s)
	want(t, err, ceremony.ErrUVBlocked, "dry your finger")
	if len(told) != fprintd.MaxTries-1 {
		t.Errorf("told %q", told)
	}
	wantFree(t, s)
}

func TestTheRightFingerAfterAWrongOne(t *testing.T) {
	s := enrolled(t)
	s.Next(fprintdtest.Press(wrong), fprintdtest.Press(right))
	told, err := verify(t, s)
	if err != nil || len(told) != 1 || !strings.Contains(told[0], "not recognised") {
		t.Errorf("told %q, %v", told, err)
	}
}

func TestScansThatHaveToBeRepeatedCostNoTry(t *testing.T) {
	s := enrolled(t)
	s.Next(fprintdtest.TooShort, fprintdtest.NotCentered, fprintdtest.TooShort, fprintdtest.NotCentered, fprintdtest.Press(right))
	told, err := verify(t, s)
	if err != nil || len(told) != 4 || !strings.Contains(told[0], "too short") || !strings.Contains(told[1], "in the middle") {
		t.Errorf("told %q, %v", told, err)
	}
}

func TestProbeSaysWhatIsMissing(t *testing.T) {
	for name, test := range map[string]struct {
		start func(testing.TB) *fprintdtest.System
		want  *ceremony.Error
		fix   string
	}{
		"no daemon": {fprintdtest.StartWithoutDaemon, ceremony.ErrNoDevice, "apt install fprintd"},
		"no reader": {fprintdtest.StartWithoutReader, ceremony.ErrNoDevice, "libfprint supports it"},
		"no finger": {fprintdtest.Start, ceremony.ErrNotSetUp, "fprintd-enroll"},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.start(t)
			want(t, fprintd.New(s.Address()).Probe(bounded(t)), test.want, test.fix)
			_, err := verify(t, s)
			want(t, err, test.want, test.fix)
		})
	}
}

func TestProbeWithoutABus(t *testing.T) {
	err := fprintd.New("unix:path=" + t.TempDir() + "/none").Probe(bounded(t))
	want(t, err, ceremony.ErrNoDevice, "D-Bus")
}

func TestPolkitForbids(t *testing.T) {
	s := enrolled(t)
	s.Permit(false)
	want(t, fprintd.New(s.Address()).Probe(bounded(t)), ceremony.ErrNoAccess, "net.reactivated.fprint.device.verify")
	_, err := verify(t, s)
	want(t, err, ceremony.ErrNoAccess, "net.reactivated.fprint.device.verify")
	s.Permit(true)
	wantFree(t, s)
}

func TestAnotherProgramHasTheReader(t *testing.T) {
	s := enrolled(t)
	other := s.Connect()
	if err := other.Object("net.reactivated.Fprint", s.Reader()).
		CallWithContext(bounded(t), "net.reactivated.Fprint.Device.Claim", 0, "").Err; err != nil {
		t.Fatal(err)
	}
	_, err := verify(t, s)
	want(t, err, ceremony.ErrBusy, "Close that program's prompt")
}

func TestReaderThatFails(t *testing.T) {
	for event, code := range map[fprintdtest.Event]*ceremony.Error{
		fprintdtest.Garbled: ceremony.ErrUnplugged,
		fprintdtest.Broken:  ceremony.ErrDevice,
	} {
		s := enrolled(t)
		s.Next(event)
		_, err := verify(t, s)
		want(t, err, code, "another key")
		wantFree(t, s)
	}
}

// during runs a verification and does something in its middle.
func during(ctx context.Context, t *testing.T, s *fprintdtest.System, event fprintdtest.Event, do func()) error {
	t.Helper()
	s.Next(event)
	begun, ended := s.Verifying(), make(chan error, 1)
	go func() {
		ended <- fprintd.New(s.Address()).Verify(ctx, func(why string) { t.Errorf("told %q", why) })
	}()
	select {
	case <-begun:
		do()
		return <-ended
	case err := <-ended:
		t.Fatalf("it did not begin: %v", err)
		return nil
	}
}

func TestCancel(t *testing.T) {
	s := enrolled(t)
	ctx, cancel := context.WithCancel(bounded(t))
	if err := during(ctx, t, s, fprintdtest.Nobody, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	wantFree(t, s)
	if err := fprintd.New(s.Address()).Verify(ctx, func(string) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("called off before it began, it ended with %v", err)
	}
}

func TestTimeout(t *testing.T) {
	s := enrolled(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := during(ctx, t, s, fprintdtest.Nobody, func() {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	wantFree(t, s)
}

func TestDaemonDies(t *testing.T) {
	s := enrolled(t)
	want(t, during(bounded(t), t, s, fprintdtest.Nobody, s.StopDaemon), ceremony.ErrDevice, "systemctl status fprintd")
}

// TestStrangersAreNotBelieved holds that nobody but fprintd can say that a finger has
// matched: neither to all on the bus nor to us directly.
func TestStrangersAreNotBelieved(t *testing.T) {
	s := enrolled(t)
	stranger, reader := s.Connect(), s.Reader()
	press := slices.Repeat([]fprintdtest.Event{fprintdtest.Press(wrong)}, fprintd.MaxTries-1)
	s.Next(fprintdtest.Press(wrong))
	told := 0
	err := fprintd.New(s.Address()).Verify(bounded(t), func(string) {
		if told++; told > 1 {
			return
		}
		fakeMatch(t, stranger, reader)
		s.Now(press...) // to be told of when the fakes have arrived
	})
	want(t, err, ceremony.ErrUVBlocked, "dry your finger")
	if told != fprintd.MaxTries-1 {
		t.Errorf("told %d times", told)
	}
}

// fakeMatch says what fprintd says of a match, to everybody and to each.
func fakeMatch(t *testing.T, stranger *dbus.Conn, reader dbus.ObjectPath) {
	t.Helper()
	var names []string
	if err := stranger.BusObject().CallWithContext(bounded(t), "org.freedesktop.DBus.ListNames", 0).Store(&names); err != nil {
		t.Error(err)
	}
	sent := 0
	for _, name := range append(names, "") {
		if name != "" && !strings.HasPrefix(name, ":") {
			continue
		}
		fake := &dbus.Message{Type: dbus.TypeSignal, Body: []any{"verify-match", true}, Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:      dbus.MakeVariant(reader),
			dbus.FieldInterface: dbus.MakeVariant("net.reactivated.Fprint.Device"),
			dbus.FieldMember:    dbus.MakeVariant("VerifyStatus"),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf("", true)),
		}}
		if name != "" {
			fake.Headers[dbus.FieldDestination] = dbus.MakeVariant(name)
		}
		stranger.Send(fake, nil)
		sent++
	}
	// What was sent before this was answered has been passed on.
	if err := stranger.BusObject().CallWithContext(bounded(t), "org.freedesktop.DBus.GetId", 0).Err; err != nil || sent < 3 {
		t.Errorf("sent %d, %v", sent, err)
	}
}

func TestReaderPulledOut(t *testing.T) {
	s := enrolled(t)
	want(t, during(bounded(t), t, s, fprintdtest.Hesitate, s.Unplug), ceremony.ErrUnplugged, "Connect it again")
	_, err := verify(t, s)
	want(t, err, ceremony.ErrNoDevice, "libfprint supports it")
}
