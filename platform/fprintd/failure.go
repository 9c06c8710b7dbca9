package fprintd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"latchkey/fido/ceremony"
)

var errEnded = errors.New("fprintd has ended")

func errStatus(status string) error { return fmt.Errorf("fprintd reports %q", status) }

func fail(code ceremony.Code, cause error, fix string) error {
	return &ceremony.Error{Code: code, Device: "fingerprint reader", Retries: -1, Fix: fix, Err: cause}
}

// unreachable says what to do without a bus.
func unreachable(err error) error {
	if ended(err) {
		return err
	}
	return fail(ceremony.CodeNoDevice, fmt.Errorf("system bus: %w", err),
		"Start the system's D-Bus, over which fprintd reads fingerprints, or use another key.")
}

func noReader() error {
	return fail(ceremony.CodeNoDevice, errors.New("fprintd has no reader"),
		"If there is a reader, see whether libfprint supports it, or use another key.")
}

func notEnrolled(cause error) error {
	return fail(ceremony.CodeNotSetUp, cause,
		"Enrol a finger: in the desktop's settings, under Users, or by running “fprintd-enroll”.")
}

func pulledOut(cause error) error {
	return fail(ceremony.CodeUnplugged, cause, "Connect it again and try once more, or use another key.")
}

// failed tells of a reader or a daemon that does not do what it should.
func failed(cause error) error {
	return fail(ceremony.CodeDevice, cause, "Try again; if that does not help, see “systemctl status fprintd”, or use another key.")
}

// stuck tells of a daemon, or a bus, that says nothing.
func stuck(patience time.Duration) error {
	return failed(fmt.Errorf("fprintd has not answered in %v", patience))
}

// notRecognised tells of too many fingers that did not match.
func notRecognised() error {
	return fail(ceremony.CodeUVBlocked, nil, "Clean and dry your finger and the reader and try again, or use another key.")
}

// explain makes a ceremony's error out of what a call failed with.
func (s *session) explain(err error) error {
	const (
		ofFprintd = serviceName + ".Error."
		ofTheBus  = busName + ".Error."
	)
	if ended(err) {
		return err
	}
	var answer dbus.Error
	if !errors.As(err, &answer) {
		return failed(err)
	}
	cause := fmt.Errorf("%s: %w", answer.Name, err)
	switch answer.Name {
	case ofTheBus + "ServiceUnknown", ofTheBus + "NameHasNoOwner":
		if s.daemon != "" { // it was there
			return failed(cause)
		}
		return fail(ceremony.CodeNoDevice, cause,
			"Install fprintd, which reads fingerprints (on Debian and Ubuntu: sudo apt install fprintd), and enrol a finger.")
	case ofTheBus + "UnknownObject", ofTheBus + "UnknownMethod": // the reader's, once it is gone
		return pulledOut(cause)
	case ofFprintd + "NoEnrolledPrints":
		return notEnrolled(cause)
	case ofFprintd + "PermissionDenied", ofTheBus + "AccessDenied":
		return fail(ceremony.CodeNoAccess, cause,
			"Sign in at this computer's own screen, or ask the administrator for polkit's permission net.reactivated.fprint.device.verify.")
	case ofFprintd + "AlreadyInUse":
		return fail(ceremony.CodeBusy, cause, "Close that program's prompt and try again.")
	default:
		return failed(cause)
	}
}

func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
