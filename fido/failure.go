package fido

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"latchkey/fido/ceremony"
)

// failure is how a call of libfido2 fails.
type failure struct {
	operation string
	number    int   // FIDO_ERR_*
	opening   error // why the operating system refused to open the key, nil where it did not
	unplugged bool  // the key is gone
	busy      bool  // the key serves somebody else, ERR_CHANNEL_BUSY of CTAP 2.1 §11.2.9.1.6
}

func (f failure) Error() string {
	switch {
	case f.opening != nil:
		return fmt.Sprintf("%s: %v", f.operation, f.opening)
	case f.number >= 0:
		return fmt.Sprintf("%s: CTAP status 0x%02x %s", f.operation, f.number, outcomes[f.number].name)
	default:
		return fmt.Sprintf("%s: libfido2 error %d %s", f.operation, f.number, outcomes[f.number].name)
	}
}

func (f failure) Unwrap() error { return f.opening }

// The numbers that steer a ceremony; outcomes has them all.
const (
	errTransmit             = -1
	errUserPresenceRequired = -8
	errNoCredentials        = 0x2e
	errInvalidCommand       = 0x01
	errPINInvalid           = 0x31
	errPINNotSet            = 0x35
	errPINRequired          = 0x36
	errPINPolicy            = 0x37
	errUVBlocked            = 0x3c
	errUVInvalid            = 0x3f
	errUnauthorized         = 0x40
)

// outcome is what a number of libfido2 means to a ceremony.
type outcome struct {
	name string
	code ceremony.Code
}

// outcomes has every FIDO_ERR_* of <fido/err.h> but success. The positive numbers
// are the status codes of CTAP 2.1 §8.2.
var outcomes = map[int]outcome{
	0x01: {"FIDO_ERR_INVALID_COMMAND", ceremony.CodeUnsupported},
	0x02: {"FIDO_ERR_INVALID_PARAMETER", ceremony.CodeDevice},
	0x03: {"FIDO_ERR_INVALID_LENGTH", ceremony.CodeDevice},
	0x04: {"FIDO_ERR_INVALID_SEQ", ceremony.CodeDevice},
	0x05: {"FIDO_ERR_TIMEOUT", ceremony.CodeTimeout},
	0x06: {"FIDO_ERR_CHANNEL_BUSY", ceremony.CodeBusy},
	0x0a: {"FIDO_ERR_LOCK_REQUIRED", ceremony.CodeBusy},
	0x0b: {"FIDO_ERR_INVALID_CHANNEL", ceremony.CodeDevice},
	0x11: {"FIDO_ERR_CBOR_UNEXPECTED_TYPE", ceremony.CodeDevice},
	0x12: {"FIDO_ERR_INVALID_CBOR", ceremony.CodeDevice},
	0x14: {"FIDO_ERR_MISSING_PARAMETER", ceremony.CodeDevice},
	0x15: {"FIDO_ERR_LIMIT_EXCEEDED", ceremony.CodeDevice},
	0x16: {"FIDO_ERR_UNSUPPORTED_EXTENSION", ceremony.CodeUnsupported},
	0x17: {"FIDO_ERR_FP_DATABASE_FULL", ceremony.CodeKeyFull},
	0x18: {"FIDO_ERR_LARGEBLOB_STORAGE_FULL", ceremony.CodeKeyFull},
	0x19: {"FIDO_ERR_CREDENTIAL_EXCLUDED", ceremony.CodeExcluded},
	0x21: {"FIDO_ERR_PROCESSING", ceremony.CodeBusy},
	0x22: {"FIDO_ERR_INVALID_CREDENTIAL", ceremony.CodeNoCredential},
	0x23: {"FIDO_ERR_USER_ACTION_PENDING", ceremony.CodeBusy},
	0x24: {"FIDO_ERR_OPERATION_PENDING", ceremony.CodeBusy},
	0x25: {"FIDO_ERR_NO_OPERATIONS", ceremony.CodeDevice},
	0x26: {"FIDO_ERR_UNSUPPORTED_ALGORITHM", ceremony.CodeUnsupported},
	0x27: {"FIDO_ERR_OPERATION_DENIED", ceremony.CodeDenied},
	0x28: {"FIDO_ERR_KEY_STORE_FULL", ceremony.CodeKeyFull},
	0x29: {"FIDO_ERR_NOT_BUSY", ceremony.CodeDevice},
	0x2a: {"FIDO_ERR_NO_OPERATION_PENDING", ceremony.CodeDevice},
	0x2b: {"FIDO_ERR_UNSUPPORTED_OPTION", ceremony.CodeUnsupported},
	0x2c: {"FIDO_ERR_INVALID_OPTION", ceremony.CodeUnsupported},
	0x2d: {"FIDO_ERR_KEEPALIVE_CANCEL", ceremony.CodeCanceled},
	0x2e: {"FIDO_ERR_NO_CREDENTIALS", ceremony.CodeNoCredential},
	0x2f: {"FIDO_ERR_USER_ACTION_TIMEOUT", ceremony.CodeTimeout},
	0x30: {"FIDO_ERR_NOT_ALLOWED", ceremony.CodeDevice},
	0x31: {"FIDO_ERR_PIN_INVALID", ceremony.CodePINInvalid},
	0x32: {"FIDO_ERR_PIN_BLOCKED", ceremony.CodePINBlocked},
	0x33: {"FIDO_ERR_PIN_AUTH_INVALID", ceremony.CodeDevice}, // our own proof of the PIN, not the PIN
	0x34: {"FIDO_ERR_PIN_AUTH_BLOCKED", ceremony.CodePINAuthBlocked},
	0x35: {"FIDO_ERR_PIN_NOT_SET", ceremony.CodePINNotSet},
	0x36: {"FIDO_ERR_PIN_REQUIRED", ceremony.CodePINRequired},
	0x37: {"FIDO_ERR_PIN_POLICY_VIOLATION", ceremony.CodePINPolicy},
	0x38: {"FIDO_ERR_PIN_TOKEN_EXPIRED", ceremony.CodeTimeout},
	0x39: {"FIDO_ERR_REQUEST_TOO_LARGE", ceremony.CodeUnsupported},
	0x3a: {"FIDO_ERR_ACTION_TIMEOUT", ceremony.CodeTimeout},
	0x3b: {"FIDO_ERR_UP_REQUIRED", ceremony.CodeDevice},
	0x3c: {"FIDO_ERR_UV_BLOCKED", ceremony.CodeUVBlocked},
	0x3f: {"FIDO_ERR_UV_INVALID", ceremony.CodeDenied}, // no finger matched
	0x40: {"FIDO_ERR_UNAUTHORIZED_PERM", ceremony.CodeUnsupported},
	0x7f: {"FIDO_ERR_ERR_OTHER", ceremony.CodeDevice},
	0xdf: {"FIDO_ERR_SPEC_LAST", ceremony.CodeDevice},
	-1:   {"FIDO_ERR_TX", ceremony.CodeDevice},
	-2:   {"FIDO_ERR_RX", ceremony.CodeDevice},
	-3:   {"FIDO_ERR_RX_NOT_CBOR", ceremony.CodeDevice},
	-4:   {"FIDO_ERR_RX_INVALID_CBOR", ceremony.CodeDevice},
	-5:   {"FIDO_ERR_INVALID_PARAM", ceremony.CodeDevice},
	-6:   {"FIDO_ERR_INVALID_SIG", ceremony.CodeDevice},
	-7:   {"FIDO_ERR_INVALID_ARGUMENT", ceremony.CodeDevice},
	-8:   {"FIDO_ERR_USER_PRESENCE_REQUIRED", ceremony.CodeDevice},
	-9:   {"FIDO_ERR_INTERNAL", ceremony.CodeDevice},
	-10:  {"FIDO_ERR_NOTFOUND", ceremony.CodeNoCredential},
	-11:  {"FIDO_ERR_COMPRESS", ceremony.CodeDevice},
}

// code tells what f means to a ceremony. A status that no table has is the key's
// own and unexpected.
func (f failure) code() ceremony.Code {
	switch {
	case f.opening != nil:
		return openingCode(f.opening)
	case f.unplugged:
		return ceremony.CodeUnplugged
	case f.busy:
		return ceremony.CodeBusy
	}
	if known, ok := outcomes[f.number]; ok {
		return known.code
	}
	return ceremony.CodeDevice
}

// openingCode tells what it means that the system refuses to open a key.
func openingCode(err error) ceremony.Code {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.EIO):
		return ceremony.CodeNoDevice
	case errors.Is(err, fs.ErrPermission):
		return ceremony.CodeNoAccess
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EBUSY):
		return ceremony.CodeBusy
	default:
		return ceremony.CodeDevice
	}
}

// isFailure tells whether err is a failure with one of the numbers.
func isFailure(err error, numbers ...int) bool {
	var f failure
	if !errors.As(err, &f) || f.unplugged || f.opening != nil {
		return false
	}
	for _, number := range numbers {
		if f.number == number {
			return true
		}
	}
	return false
}

// explain turns a failure into the *ceremony.Error that it means for device; other
// errors pass.
func explain(err error, device ceremony.Device) error {
	var f failure
	if !errors.As(err, &f) {
		return err
	}
	name := device.Name
	if name == "" || f.code() == ceremony.CodeNoDevice { // where there is no key, its place matters
		name = device.Path
	}
	return &ceremony.Error{Code: f.code(), Device: name, Retries: -1, Err: err}
}
