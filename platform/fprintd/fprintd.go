// Package fprintd asks fprintd, the fingerprint daemon of Linux desktops, whether the
// finger on the computer's reader is that of whoever runs this process.
//
// fprintd is asked over the system's D-Bus, whose policy lets root alone be fprintd.
// What other programs on the bus say is never believed: a match counts when it comes
// from the very connection that has accepted our claim of the reader, and was sent
// after that.
//
// It is the system's software that compares the finger. Who can run programs as this
// user can do without asking it; what an answer is worth is for the caller to say.
package fprintd

import (
	"context"
	"errors"
	"time"

	"github.com/godbus/dbus/v5"

	"latchkey/fido/ceremony"
)

// MaxTries is how many fingers in a row may fail to match, as many as pam_fprintd takes.
const MaxTries = 3

// Patience is how long at most fprintd is waited for where no finger is: to start, to
// name its readers, to hand one over. It takes a second on a slow computer.
const Patience = 5 * time.Second

// Client asks the fprintd of one bus. It is safe for concurrent use.
type Client struct {
	address  string
	patience time.Duration
}

// New returns a client of the fprintd on the bus at address, in the form of the D-Bus
// specification; "" means the system bus.
func New(address string) *Client { return &Client{address, Patience} }

// Probe tells whether a finger can be verified now, without one. It starts fprintd
// where that is installed and does not run.
//
// The errors are ceremony.ErrNoDevice without fprintd or reader, ErrNotSetUp without an
// enrolled finger, ErrNoAccess where polkit forbids it and ErrDevice, also after
// [Patience], each with a Fix, and that of ctx.
func (c *Client) Probe(ctx context.Context) error {
	return promptly(ctx, c.patience, func(ctx context.Context) error {
		s, _, err := c.ready(ctx)
		if err != nil {
			return err
		}
		s.close()
		return nil
	})
}

// ready opens a session with a reader for which this user has enrolled a finger.
func (c *Client) ready(ctx context.Context) (*session, dbus.ObjectPath, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, "", err
	}
	reader, err := s.findReader(ctx)
	if err != nil {
		s.close()
		return nil, "", err
	}
	return s, reader, nil
}

// promptly does what waits for no finger. If it takes longer than patience, fprintd or
// the bus is stuck; the end of the caller's own ctx stays what it is.
func promptly(caller context.Context, patience time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(caller, patience)
	defer cancel()
	err := do(ctx)
	if errors.Is(err, context.DeadlineExceeded) && caller.Err() == nil {
		return stuck(patience)
	}
	return err
}

// Verify returns nil once a finger has matched. Each time that one does not, and may be
// tried again, it calls refused with a sentence that tells the person why.
//
// The errors are those of Probe, ErrUVBlocked after [MaxTries] fingers that do not match
// (nobody has declined, and another key may do), ErrBusy while another program uses the
// reader and ErrUnplugged where the reader goes away. Whatever the outcome, the reader is
// free again. A finger is waited for until ctx ends.
func (c *Client) Verify(ctx context.Context, refused func(why string)) error {
	var (
		s      *session
		reader dbus.ObjectPath
	)
	err := promptly(ctx, c.patience, func(ctx context.Context) (err error) {
		s, reader, err = c.ready(ctx)
		return err
	})
	if err != nil {
		return err
	}
	defer s.close()
	err = s.verify(ctx, reader, refused)
	// fprintd before 1.94.3 calls a reader that was pulled out an unknown error.
	if errors.Is(err, ceremony.ErrDevice) && s.gone(ctx, reader) {
		return pulledOut(err)
	}
	return err
}

// verify has the reader for itself, and takes finger after finger.
func (s *session) verify(ctx context.Context, reader dbus.ObjectPath, refused func(why string)) error {
	err := promptly(ctx, s.patience, func(ctx context.Context) error { return s.claim(ctx, reader) })
	if err != nil {
		return err
	}
	defer s.tidy(ctx, reader, "Release")
	for tries := MaxTries; ; {
		matched, err := s.try(ctx, reader, refused)
		if matched || err != nil {
			return err
		}
		if tries--; tries == 0 {
			return notRecognised()
		}
		refused("The finger was not recognised. Try once more.")
	}
}

// claim takes the reader for this session alone, and then listens to what it tells.
//
// In this order: fprintd tells everybody on the bus of every match. What another
// program's claim brought it has told before it accepted ours, and the bus delivers
// only what comes after we have begun to listen.
func (s *session) claim(ctx context.Context, reader dbus.ObjectPath) error {
	if err := s.call(ctx, reader, "Claim", thisUser).Store(); err != nil {
		return s.explain(err)
	}
	err := s.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(s.daemon), dbus.WithMatchObjectPath(reader),
		dbus.WithMatchInterface(deviceInterface), dbus.WithMatchMember(statusMember))
	if err != nil {
		s.tidy(ctx, reader, "Release")
		return s.explain(err)
	}
	return nil
}

// try waits for one finger and tells whether it matched.
func (s *session) try(ctx context.Context, reader dbus.ObjectPath, refused func(why string)) (matched bool, err error) {
	err = promptly(ctx, s.patience, func(ctx context.Context) error {
		return s.call(ctx, reader, "VerifyStart", anyFinger).Store()
	})
	if err != nil {
		return false, s.explain(err)
	}
	defer s.tidy(ctx, reader, "VerifyStop")
	for {
		status, err := s.nextStatus(ctx, reader)
		if err != nil {
			return false, err
		}
		switch status {
		case "verify-match":
			return true, nil
		case "verify-no-match":
			return false, nil
		case "verify-disconnected":
			return false, pulledOut(nil)
		default:
			why, again := reasons[status]
			if !again {
				return false, failed(errStatus(status))
			}
			refused(why)
		}
	}
}

// reasons are the statuses after which fprintd goes on by itself.
var reasons = map[string]string{
	"verify-retry-scan":          "The reader could not read the finger. Try once more.",
	"verify-swipe-too-short":     "That was too short a swipe. Try once more.",
	"verify-finger-not-centered": "The finger was not in the middle of the reader. Try once more.",
	"verify-remove-and-retry":    "Take the finger off the reader, then try once more.",
	"verify-too-fast":            "That was too fast. Try once more, and slowly.",
}
