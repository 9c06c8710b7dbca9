package tpm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"latchkey/fido/ceremony"
)

func (c *chip) fail(code ceremony.Code, cause error) *ceremony.Error {
	return &ceremony.Error{Code: code, Device: c.name, Retries: -1, Err: cause}
}

// unavailable says why a TPM could not be opened.
func (c *chip) unavailable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		failed := c.fail(ceremony.CodeNoDevice, err)
		failed.Device = c.device.path
		failed.Fix = "Switch on the TPM in the firmware settings, where it is often called fTPM or PTT, and start the computer again."
		return failed
	case errors.Is(err, fs.ErrPermission):
		failed := c.fail(ceremony.CodeNoAccess, err)
		failed.Fix = "Join the group tss, which may use " + c.device.path + ": run “sudo usermod -aG tss $USER”, sign out of the desktop and in again."
		return failed
	case errors.Is(err, syscall.EBUSY):
		return c.fail(ceremony.CodeBusy, err)
	default:
		return c.fail(ceremony.CodeUnsupported, err)
	}
}

// owned tells of a TPM whose storage hierarchy is kept by a password.
func (c *chip) owned(cause error) error {
	failed := c.fail(ceremony.CodeUnsupported, cause)
	failed.Fix = "Ask whoever gave the chip an owner password to take it away (tpm2_changeauth -c owner -p OLD), or use a security key."
	return failed
}

// foreign tells of a key that this TPM has not wrapped, or not since it was cleared.
func (c *chip) foreign(cause error) error {
	failed := c.fail(ceremony.CodeNoCredential, fmt.Errorf("the key is not of this TPM: %w", cause))
	failed.Fix = "This sign-in was made with another computer's security chip, or before this one was cleared. Sign in with another key and enrol this computer again."
	return failed
}

// lost tells of a key whose secret is not in the keyring, or is not its own.
func (c *chip) lost(cause error) error {
	failed := c.fail(ceremony.CodeNoCredential, fmt.Errorf("the key's secret: %w", cause))
	failed.Fix = "The desktop's keyring has lost its part of this sign-in, as it does when it is made anew. Sign in with another key and enrol the fingerprint again."
	return failed
}

// noKeyring tells of a keyring that cannot be used.
func (c *chip) noKeyring(err error) error {
	known := (*ceremony.Error)(nil)
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	failed := c.fail(ceremony.CodeNoAccess, fmt.Errorf("keyring: %w", err))
	failed.Fix = "Unlock the desktop's keyring, in which a part of this sign-in stands (signing in to the desktop does, or “Passwords and Keys”), then try again."
	return failed
}

// silent tells of a TPM that does not answer.
func (c *chip) silent(cause error) error {
	failed := c.fail(ceremony.CodeDevice, fmt.Errorf("%s, waited %v: %w", c.device.path, c.device.patience, cause))
	failed.Fix = "Try again in a minute. If it happens again, start the computer again, or use another key."
	return failed
}

// locked tells of a TPM that takes no PIN for now.
func (c *chip) locked(wait time.Duration, cause error) error {
	failed := c.fail(ceremony.CodePINAuthBlocked, cause)
	failed.Retries, failed.Wait = 0, wait
	failed.Fix = "Use another key, or leave the computer on and try again in " + roughly(wait) + "."
	return failed
}

// roughly says a span rounded up, 0 being an unknown one.
func roughly(wait time.Duration) string {
	if wait <= 0 {
		return "a while"
	}
	count, unit := int64((wait+time.Minute-1)/time.Minute), "minute"
	if count > 90 {
		count, unit = int64((wait+time.Hour-1)/time.Hour), "hour"
	}
	if count == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", count, unit)
}

// explain makes a ceremony's error out of what a row of commands failed with.
func (c *chip) explain(tpm transport.TPM, err error) error {
	known := (*ceremony.Error)(nil)
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.silent(err)
	case errors.Is(err, tpm2.TPMRCLockout):
		limits, reading := readLimits(tpm)
		return c.locked(limits.wait(), errors.Join(err, reading))
	case errors.Is(err, tpm2.TPMRCObjectMemory), errors.Is(err, tpm2.TPMRCSessionMemory), errors.Is(err, tpm2.TPMRCNVRate):
		return c.fail(ceremony.CodeBusy, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ECONNREFUSED):
		return c.unavailable(err) // a socket is reached with the first command only
	default:
		return c.fail(ceremony.CodeDevice, err)
	}
}
