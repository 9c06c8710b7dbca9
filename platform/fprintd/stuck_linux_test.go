package fprintd

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"latchkey/fido/ceremony"
	"latchkey/platform/fprintd/fprintdtest"
)

const standInReader = dbus.ObjectPath("/net/reactivated/Fprint/Device/0")

// standIn is a fprintd whose one verification ends as told.
type standIn struct {
	conn *dbus.Conn
	end  chan struct{}

	deaf   string        // the method that it never answers, "" for none
	finger time.Duration // when its verification ends, 0 for never
	status string        // how

	forgets int32 // how often it lists the reader until it has forgotten it, 0 for ever
	listed  atomic.Int32
}

// startStandIn returns the address of a bus with a stand-in that is deaf to a method, and
// to which the right finger comes.
func startStandIn(t *testing.T, deaf string, finger time.Duration) string {
	t.Helper()
	return (&standIn{deaf: deaf, finger: finger, status: "verify-match"}).start(t)
}

// start returns the address of a bus with the stand-in.
func (s *standIn) start(t *testing.T) string {
	t.Helper()
	system := fprintdtest.StartWithoutDaemon(t)
	s.conn, s.end = system.Connect(), make(chan struct{})
	t.Cleanup(func() { close(s.end) })
	for path, name := range map[dbus.ObjectPath]string{managerPath: managerInterface, standInReader: deviceInterface} {
		if err := s.conn.Export(s, path, name); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.conn.RequestName(serviceName, dbus.NameFlagDoNotQueue); err != nil || got != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("fprintd's name is not to be had: %v, %v", got, err)
	}
	return system.Address()
}

// answers returns where the method is to be answered.
func (s *standIn) answers(method string) *dbus.Error {
	if s.deaf == method {
		<-s.end
	}
	return nil
}

func (s *standIn) GetDevices() ([]dbus.ObjectPath, *dbus.Error) {
	if listed := s.listed.Add(1); s.forgets > 0 && listed > s.forgets {
		return nil, nil
	}
	return []dbus.ObjectPath{standInReader}, s.answers("GetDevices")
}

func (s *standIn) ListEnrolledFingers(string) ([]string, *dbus.Error) {
	return []string{"right-index-finger"}, s.answers("ListEnrolledFingers")
}

func (s *standIn) Claim(string) *dbus.Error { return s.answers("Claim") }
func (s *standIn) Release() *dbus.Error     { return s.answers("Release") }
func (s *standIn) VerifyStop() *dbus.Error  { return s.answers("VerifyStop") }

func (s *standIn) VerifyStart(string) *dbus.Error {
	if s.finger > 0 {
		time.AfterFunc(s.finger, func() {
			// If it fails, the verification that waits for it tells.
			_ = s.conn.Emit(standInReader, deviceInterface+"."+statusMember, s.status, true)
		})
	}
	return s.answers("VerifyStart")
}

// deafBus is a bus to which one can connect, and which then says nothing.
func deafBus(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus-") // a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(listener.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return "unix:path=" + filepath.Join(dir, "bus")
}

// TestStuck holds that whatever does not answer is waited for so long and no longer,
// and that the caller's own end is told as such.
func TestStuck(t *testing.T) {
	probe := func(ctx context.Context, c *Client) error { return c.Probe(ctx) }
	verify := func(ctx context.Context, c *Client) error {
		return c.Verify(ctx, func(why string) { t.Errorf("told %q", why) })
	}
	for name, test := range map[string]struct {
		address string
		do      func(context.Context, *Client) error
	}{
		"bus, probed":        {deafBus(t), probe},
		"bus, verifying":     {deafBus(t), verify},
		"readers, probed":    {startStandIn(t, "GetDevices", 0), probe},
		"readers, verifying": {startStandIn(t, "GetDevices", 0), verify},
		"fingers, probed":    {startStandIn(t, "ListEnrolledFingers", 0), probe},
		"claim":              {startStandIn(t, "Claim", 0), verify},
		"start":              {startStandIn(t, "VerifyStart", 0), verify},
	} {
		t.Run(name, func(t *testing.T) {
			const short, long = 100 * time.Millisecond, time.Hour
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of a test that hangs
			defer cancel()
			var failed *ceremony.Error
			err := test.do(ctx, &Client{test.address, short})
			if !errors.Is(err, ceremony.ErrDevice) || !errors.As(err, &failed) || failed.Fix == "" || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("stuck, it ended with %v", err)
			}
			ctx, cancel = context.WithTimeout(t.Context(), short)
			defer cancel()
			if err := test.do(ctx, &Client{test.address, long}); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &failed) {
				t.Errorf("called off, it ended with %v", err)
			}
		})
	}
}

// TestReaderPulledOutIsForgottenLater plays what fprintd does: it tells that something is
// wrong while it still lists the reader.
func TestReaderPulledOutIsForgottenLater(t *testing.T) {
	const before, after = 1, 3 // it lists the reader so often, before the verification and after
	s := &standIn{finger: time.Millisecond, status: "verify-unknown-error", forgets: before + after}
	c := &Client{s.start(t), Patience}
	if err := c.Verify(t.Context(), func(why string) { t.Errorf("told %q", why) }); !errors.Is(err, ceremony.ErrUnplugged) {
		t.Errorf("ended with %v", err)
	}
}

// TestFingerIsWaitedForLonger holds that patience is with fprintd, not with people.
func TestFingerIsWaitedForLonger(t *testing.T) {
	const patience = time.Second
	c := &Client{startStandIn(t, "", patience+patience/2), patience}
	if err := c.Verify(t.Context(), func(why string) { t.Errorf("told %q", why) }); err != nil {
		t.Error(err)
	}
}
