//go:build windows && cgo

package main

// #include "abi.h"
import "C"

import (
	"context"
	"crypto/rand"
	"unsafe"
)

//export WebAuthNGetApiVersionNumber
func WebAuthNGetApiVersionNumber() C.DWORD { return C.DWORD(apiVersion()) }

//export WebAuthNIsUserVerifyingPlatformAuthenticatorAvailable
func WebAuthNIsUserVerifyingPlatformAuthenticatorAvailable(available *C.BOOL) uint32 {
	*available = 0
	if helloIsSetUp() {
		*available = 1
	}
	return ok
}

//export WebAuthNGetCancellationId
func WebAuthNGetCancellationId(id *C.GUID) uint32 {
	rand.Read((*[16]byte)(unsafe.Pointer(id))[:])
	return ok
}

//export WebAuthNCancelCurrentOperation
func WebAuthNCancelCurrentOperation(id *C.GUID) uint32 { return cancelOperation(cancellation(id)) }

//export WebAuthNGetPlatformCredentialList
func WebAuthNGetPlatformCredentialList(options *C.get_credentials_options, out **C.credential_details_list) uint32 {
	*out = nil
	version := structures[apiVersion()].credentialDetails
	if version == 0 {
		return eNotImpl
	}
	if options == nil || options.dwVersion != 1 {
		return refuse("WEBAUTHN_GET_CREDENTIALS_OPTIONS need version 1")
	}
	k, err := hello.get()
	if err != nil {
		return resultOf(context.Background(), err)
	}
	state, _, err := k.store.Load()
	if err != nil {
		return resultOf(context.Background(), err)
	}
	var all []*C.credential_details
	for _, c := range state.Credentials {
		if wanted := takeText(options.pwszRpId); wanted != "" && wanted != c.RP.ID {
			continue
		}
		d := allocate[C.credential_details](C.CREDENTIAL_DETAILS, version)
		d.dwVersion, d.bRemovable = C.DWORD(version), 1
		d.cbCredentialID, d.pbCredentialID = give(c.ID)
		d.pRpInformation = allocated[C.rp_info]()
		*d.pRpInformation = C.rp_info{dwVersion: 1, pwszId: giveText(c.RP.ID), pwszName: giveText(c.RP.Name)}
		d.pUserInformation = allocated[C.user_info]()
		*d.pUserInformation = C.user_info{dwVersion: 1, pwszName: giveText(c.User.Name), pwszDisplayName: giveText(c.User.DisplayName)}
		d.pUserInformation.cbId, d.pUserInformation.pbId = give(c.User.ID)
		all = append(all, d)
	}
	if len(all) == 0 {
		return nteNotFound
	}
	list := allocated[C.credential_details_list]()
	list.cCredentialDetails = C.DWORD(len(all))
	list.ppCredentialDetails = (**C.credential_details)(C.standin_alloc(C.size_t(len(all)) * C.size_t(unsafe.Sizeof(all[0]))))
	copy(unsafe.Slice(list.ppCredentialDetails, len(all)), all)
	*out = list
	return ok
}

//export WebAuthNFreePlatformCredentialList
func WebAuthNFreePlatformCredentialList(list *C.credential_details_list) {
	if list == nil {
		return
	}
	for _, d := range unsafe.Slice(list.ppCredentialDetails, int(list.cCredentialDetails)) {
		free(d.pbCredentialID)
		free(d.pRpInformation.pwszId)
		free(d.pRpInformation.pwszName)
		free(d.pRpInformation)
		free(d.pUserInformation.pwszName)
		free(d.pUserInformation.pwszDisplayName)
		free(d.pUserInformation.pbId)
		free(d.pUserInformation)
		free(d)
	}
	free(list.ppCredentialDetails)
	free(list)
}

//export WebAuthNDeletePlatformCredential
func WebAuthNDeletePlatformCredential(size C.DWORD, id *C.BYTE) uint32 {
	if structures[apiVersion()].credentialDetails == 0 {
		return eNotImpl
	}
	k, err := hello.get()
	if err == nil {
		err = k.delete(context.Background(), take(size, id))
	}
	return resultOf(context.Background(), err)
}

// What follows tests ask the stand-in itself.

// StandinSize returns the bytes of a version of a structure as the C compiler has it.
//
//export StandinSize
func StandinSize(structure, version C.DWORD) C.DWORD { return C.standin_size(structure, version) }

// StandinOutstanding returns how many pieces of memory the caller has not given back.
//
//export StandinOutstanding
func StandinOutstanding() C.LONG { return C.standin_outstanding() }

// StandinWindow returns the window of the last ceremony.
//
//export StandinWindow
func StandinWindow() uintptr { return lastWindow.Load() }

// StandinTouch is a touch of the person, for the ceremony that is on or the next.
//
//export StandinTouch
func StandinTouch() {
	select {
	case touches <- struct{}{}:
	default: // one is enough
	}
}

// StandinForget replaces both authenticators by new ones, on which nothing is enrolled.
//
//export StandinForget
func StandinForget() {
	hello.forget()
	securityKey.forget()
}
