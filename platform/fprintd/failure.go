package fprintd

import (
	"context"
	"errors"
	"fmt"

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
		"Fingerprints are read by fprintd, over the system's D-Bus, which cannot be reached. Use another key.")
}

func noReader() error {
	return fail(ceremony.CodeNoDevice, errors.New("fprintd has no reader"),
		"No fingerprint reader was found that fprintd can use. If there is one, see whether libfprint supports it, or use another key.")
}

func notEnrolled(cause error) error {
	return fail(ceremony.CodeNotSetUp, cause,
		"Enrol a finger first: in the desktop's settings, under Users, or by running “fprintd-enroll”.")
}

func pulledOut(cause error) error {
	return fail(ceremony.CodeUnplugged, cause, "Connect the fingerprint reader again and try once more, or use another key.")
}

func stopped(cause error) error {
	return fail(ceremony.CodeDevice, cause, "The fingerprint daemon has stopped. Try again; if that does not help, see “systemctl status fprintd”.")
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
		return stopped(err)
	}
	cause := fmt.Errorf("%s: %w", answer.Name, err)
	switch answer.Name {
	case ofTheBus + "NoReply":
		return stopped(cause)
	case ofTheBus + "ServiceUnknown", ofTheBus + "NameHasNoOwner":
		if s.daemon != "" { // it was there
			return stopped(cause)
		}
		return fail(ceremony.CodeNoDevice, cause,
			"Install fprintd, which reads fingerprints (on Debian and Ubuntu: sudo apt install fprintd), and enrol a finger.")
	case ofTheBus + "UnknownObject", ofTheBus + "UnknownMethod": // the reader's, once it is gone
		return pulledOut(cause)
	case ofFprintd + "NoEnrolledPrints":
		return notEnrolled(cause)
	case ofFprintd + "PermissionDenied", ofTheBus + "AccessDenied":
		return fail(ceremony.CodeNoAccess, cause,
			"The system lets only who is signed in at this computer's own screen use the fingerprint reader. Do that, or ask the administrator for polkit's permission net.reactivated.fprint.device.verify.")
	case ofFprintd + "AlreadyInUse":
		return fail(ceremony.CodeBusy, cause, "Another program is using the fingerprint reader. Close its prompt and try again.")
	default:
		return fail(ceremony.CodeDevice, cause, "The fingerprint reader has failed. Try again; if that does not help, see “systemctl status fprintd”.")
	}
}

func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
