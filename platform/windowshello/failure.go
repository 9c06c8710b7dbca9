package windowshello

import (
	"errors"
	"fmt"

	"latchkey/fido/ceremony"
)

// hresult is how a function of webauthn.dll fails: an HRESULT with the top bit set.
type hresult uint32

func (h hresult) Error() string {
	if known, ok := outcomes[h]; ok {
		return fmt.Sprintf("webauthn.dll: %s (0x%08x)", known.name, uint32(h))
	}
	return fmt.Sprintf("webauthn.dll: HRESULT 0x%08x", uint32(h))
}

// The results that steer a ceremony; outcomes has them all.
const (
	ePointer    = hresult(0x80004003)
	nteNotFound = hresult(0x80090011)
)

// What a person is to do where the code alone does not tell it on Windows.
const (
	askToAllow    = "Ask whoever looks after this computer to allow security keys and Windows Hello for you."
	askToEnable   = "A service of Windows that this needs is disabled: ask whoever looks after this computer to enable it."
	signInHere    = "Sign in to Windows at this computer and start Latchkey there: Windows asks nobody else."
	bringForward  = "Bring the window that you started this from to the front, then try again."
	makeRoom      = "Close some programs, then try again."
	waitUntilIdle = "Wait a moment, then try again."
	waitForTPM    = "Leave this computer on and try again later, or use another key."
)

// outcome is what an HRESULT means to a ceremony, and its Fix, "" for that of the code.
type outcome struct {
	name string
	code ceremony.Code
	fix  string
}

// outcomes has the results that WebAuthNGetErrorName names and those that Windows passes
// on from keys, cards, the TPM and its own dialogues.
var outcomes = map[hresult]outcome{
	0x80004001:  {"E_NOTIMPL", ceremony.CodeUnsupported, ""},
	ePointer:    {"E_POINTER", ceremony.CodeDevice, ""},
	0x80004004:  {"E_ABORT", ceremony.CodeCanceled, ""},
	0x80004005:  {"E_FAIL", ceremony.CodeDevice, ""},
	0x80070005:  {"E_ACCESSDENIED", ceremony.CodeNoAccess, askToAllow},
	0x8007000e:  {"E_OUTOFMEMORY", ceremony.CodeDevice, makeRoom},
	0x80070015:  {"ERROR_NOT_READY", ceremony.CodeBusy, waitUntilIdle},
	0x8007001f:  {"ERROR_GEN_FAILURE", ceremony.CodeUnplugged, ""}, // of a key pulled out in the middle
	0x80070032:  {"ERROR_NOT_SUPPORTED", ceremony.CodeUnsupported, ""},
	0x80070057:  {"E_INVALIDARG", ceremony.CodeDevice, ""},
	0x800700aa:  {"ERROR_BUSY", ceremony.CodeBusy, ""},
	0x80070102:  {"WAIT_TIMEOUT", ceremony.CodeTimeout, ""},
	0x800701b1:  {"ERROR_NO_SUCH_DEVICE", ceremony.CodeUnplugged, ""},
	0x80070422:  {"ERROR_SERVICE_DISABLED", ceremony.CodeNoAccess, askToEnable},
	0x8007048f:  {"ERROR_DEVICE_NOT_CONNECTED", ceremony.CodeUnplugged, ""},
	0x80070490:  {"ERROR_NOT_FOUND", ceremony.CodeNoCredential, ""},
	0x800704c7:  {"ERROR_CANCELLED", ceremony.CodeCanceled, ""},
	0x80070578:  {"ERROR_INVALID_WINDOW_HANDLE", ceremony.CodeDevice, bringForward},
	0x800705b4:  {"ERROR_TIMEOUT", ceremony.CodeTimeout, ""},
	0x8009000f:  {"NTE_EXISTS", ceremony.CodeExcluded, ""},
	0x80090010:  {"NTE_PERM", ceremony.CodeNoAccess, askToAllow},
	nteNotFound: {"NTE_NOT_FOUND", ceremony.CodeNoCredential, ""},
	0x80090020:  {"NTE_FAIL", ceremony.CodeDevice, ""},
	0x80090023:  {"NTE_TOKEN_KEYSET_STORAGE_FULL", ceremony.CodeKeyFull, ""},
	0x80090027:  {"NTE_INVALID_PARAMETER", ceremony.CodeUnsupported, ""}, // "NotSupportedError" to a browser
	0x80090029:  {"NTE_NOT_SUPPORTED", ceremony.CodeUnsupported, ""},
	0x8009002d:  {"NTE_INTERNAL_ERROR", ceremony.CodeDevice, ""},
	0x8009002e:  {"NTE_UI_REQUIRED", ceremony.CodeNoAccess, signInHere},
	0x80090030:  {"NTE_DEVICE_NOT_READY", ceremony.CodeBusy, waitUntilIdle},
	0x80090031:  {"NTE_AUTHENTICATION_IGNORED", ceremony.CodePINAuthBlocked, ""}, // too many wrong guesses
	0x80090035:  {"NTE_DEVICE_NOT_FOUND", ceremony.CodeNoDevice, ""},
	0x80090036:  {"NTE_USER_CANCELLED", ceremony.CodeCanceled, ""},
	0x80090038:  {"NTE_NOT_ACTIVE_CONSOLE", ceremony.CodeNoAccess, signInHere}, // a session in the background
	0x8010000b:  {"SCARD_E_SHARING_VIOLATION", ceremony.CodeBusy, ""},
	0x8010002e:  {"SCARD_E_NO_READERS_AVAILABLE", ceremony.CodeNoDevice, ""},
	0x80100069:  {"SCARD_W_REMOVED_CARD", ceremony.CodeUnplugged, ""},
	0x8010006b:  {"SCARD_W_WRONG_CHV", ceremony.CodePINInvalid, ""},
	0x8010006c:  {"SCARD_W_CHV_BLOCKED", ceremony.CodePINBlocked, ""},
	0x8010006e:  {"SCARD_W_CANCELLED_BY_USER", ceremony.CodeCanceled, ""},
	0x80280921:  {"TPM_20_E_LOCKOUT", ceremony.CodePINAuthBlocked, waitForTPM},
}

// explain turns an HRESULT into the *ceremony.Error that it means; other errors pass.
// A result that no table has is one that nobody expected.
func explain(err error) error {
	var result hresult
	if !errors.As(err, &result) {
		return err
	}
	known, ok := outcomes[result]
	if !ok {
		known.code = ceremony.CodeDevice
	}
	return failure(known.code, known.fix, err)
}

// failure has no Device: none of ours has a path, and which key the person took Windows
// does not say.
func failure(code ceremony.Code, fix string, cause error) *ceremony.Error {
	return &ceremony.Error{Code: code, Retries: -1, Fix: fix, Err: cause}
}
