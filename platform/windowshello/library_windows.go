package windowshello

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// openLibrary opens webauthn.dll from the system's own folder and no other.
func openLibrary() (library, error) { return openDLL("webauthn.dll") }

// dll is a webauthn.dll that has every function of API version 1.
type dll struct {
	getAPIVersionNumber       *windows.LazyProc
	isPlatformAvailable       *windows.LazyProc
	getCancellationID         *windows.LazyProc
	cancelCurrentOperation    *windows.LazyProc
	authenticatorMake         *windows.LazyProc
	freeCredentialAttestation *windows.LazyProc
	authenticatorGetAssertion *windows.LazyProc
	freeGotAssertion          *windows.LazyProc
	getPlatformCredentialList *windows.LazyProc
	freeCredentialList        *windows.LazyProc
	deleteCredential          *windows.LazyProc
}

func openDLL(name string) (library, error) {
	module := windows.NewLazySystemDLL(name)
	if err := module.Load(); err != nil {
		return nil, fmt.Errorf("this Windows has no %s, which came with Windows 10 version 1903: %w", name, err)
	}
	d := &dll{
		getAPIVersionNumber:       module.NewProc("WebAuthNGetApiVersionNumber"),
		isPlatformAvailable:       module.NewProc("WebAuthNIsUserVerifyingPlatformAuthenticatorAvailable"),
		getCancellationID:         module.NewProc("WebAuthNGetCancellationId"),
		cancelCurrentOperation:    module.NewProc("WebAuthNCancelCurrentOperation"),
		authenticatorMake:         module.NewProc("WebAuthNAuthenticatorMakeCredential"),
		freeCredentialAttestation: module.NewProc("WebAuthNFreeCredentialAttestation"),
		authenticatorGetAssertion: module.NewProc("WebAuthNAuthenticatorGetAssertion"),
		freeGotAssertion:          module.NewProc("WebAuthNFreeAssertion"),
		getPlatformCredentialList: module.NewProc("WebAuthNGetPlatformCredentialList"),
		freeCredentialList:        module.NewProc("WebAuthNFreePlatformCredentialList"),
		deleteCredential:          module.NewProc("WebAuthNDeletePlatformCredential"),
	}
	for _, proc := range []*windows.LazyProc{
		d.getAPIVersionNumber, d.isPlatformAvailable, d.getCancellationID, d.cancelCurrentOperation,
		d.authenticatorMake, d.freeCredentialAttestation, d.authenticatorGetAssertion, d.freeGotAssertion,
	} {
		if err := proc.Find(); err != nil {
			return nil, fmt.Errorf("the %s of this Windows is too old: %w", name, err)
		}
	}
	return d, nil
}

// failed is the error of a function that returned an HRESULT.
func failed(result uintptr) error {
	if int32(result) < 0 {
		return hresult(result)
	}
	return nil
}

// given is what a function gave; one that succeeds and gives nothing has failed.
func given[T any](out *T, result uintptr) (*T, error) {
	if err := failed(result); err != nil {
		return nil, err
	}
	if out == nil {
		return nil, ePointer
	}
	return out, nil
}

func (d *dll) apiVersion() uint32 {
	version, _, _ := d.getAPIVersionNumber.Call()
	return uint32(version)
}

func (d *dll) userVerifyingPlatformAuthenticator() (bool, error) {
	var available int32
	result, _, _ := d.isPlatformAvailable.Call(uintptr(unsafe.Pointer(&available)))
	return available != 0, failed(result)
}

func (d *dll) cancellationID() (*guid, error) {
	id := new(guid)
	result, _, _ := d.getCancellationID.Call(uintptr(unsafe.Pointer(id)))
	return id, failed(result)
}

func (d *dll) cancel(id *guid) error {
	result, _, _ := d.cancelCurrentOperation.Call(uintptr(unsafe.Pointer(id)))
	return failed(result)
}

func (d *dll) makeCredential(window uintptr, r *creation) (*credentialAttestation, error) {
	var out *credentialAttestation
	result, _, _ := d.authenticatorMake.Call(window, uintptr(unsafe.Pointer(r.rp)), uintptr(unsafe.Pointer(r.user)),
		uintptr(unsafe.Pointer(r.parameters)), uintptr(unsafe.Pointer(r.client)), uintptr(unsafe.Pointer(r.options)),
		uintptr(unsafe.Pointer(&out)))
	return given(out, result)
}

func (d *dll) freeAttestation(a *credentialAttestation) {
	d.freeCredentialAttestation.Call(uintptr(unsafe.Pointer(a)))
}

func (d *dll) getAssertion(window uintptr, r *assertionRequest) (*assertion, error) {
	var out *assertion
	result, _, _ := d.authenticatorGetAssertion.Call(window, uintptr(unsafe.Pointer(r.rpID)),
		uintptr(unsafe.Pointer(r.client)), uintptr(unsafe.Pointer(r.options)), uintptr(unsafe.Pointer(&out)))
	return given(out, result)
}

func (d *dll) freeAssertion(a *assertion) { d.freeGotAssertion.Call(uintptr(unsafe.Pointer(a))) }

func (d *dll) platformCredentials(options *getCredentialsOptions) (*credentialDetailsList, error) {
	var out *credentialDetailsList
	result, _, _ := d.getPlatformCredentialList.Call(uintptr(unsafe.Pointer(options)), uintptr(unsafe.Pointer(&out)))
	return given(out, result)
}

func (d *dll) freePlatformCredentials(list *credentialDetailsList) {
	d.freeCredentialList.Call(uintptr(unsafe.Pointer(list)))
}

func (d *dll) deletePlatformCredential(id []byte) error {
	size, data := blob(id)
	result, _, _ := d.deleteCredential.Call(uintptr(size), uintptr(unsafe.Pointer(data)))
	return failed(result)
}

func (d *dll) foregroundWindow() uintptr {
	if window := windows.GetForegroundWindow(); window != 0 {
		return uintptr(window)
	}
	return uintptr(windows.GetDesktopWindow())
}
