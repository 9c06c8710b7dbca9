//go:build windows && cgo

package main

// #include "abi.h"
import "C"

import (
	"crypto/sha256"
	"slices"
	"unsafe"

	"latchkey/fido/virtualkey/client"
)

//export WebAuthNAuthenticatorMakeCredential
func WebAuthNAuthenticatorMakeCredential(window uintptr, rp *C.rp_info, user *C.user_info, parameters *C.cose_parameters, collected *C.client_data, options *C.make_credential_options, out **C.credential_attestation) uint32 {
	*out = nil
	if result := before(window, "create"); result != ok {
		return result
	}
	wanted := structures[apiVersion()]
	switch {
	case rp == nil || user == nil || parameters == nil || options == nil:
		return refuse("a structure is missing")
	case uint32(options.dwVersion) != wanted.makeCredentialOptions:
		return refuse("WEBAUTHN_AUTHENTICATOR_MAKE_CREDENTIAL_OPTIONS of version %d, not %d", options.dwVersion, wanted.makeCredentialOptions)
	case rp.dwVersion != 1 || takeText(rp.pwszId) == "" || takeText(rp.pwszName) == "":
		return refuse("the relying party needs version 1, id and name")
	case user.dwVersion != 1 || user.cbId == 0 || user.cbId > 64 || takeText(user.pwszName) == "" || takeText(user.pwszDisplayName) == "":
		return refuse("the user needs version 1, an id of 1 to 64 bytes and names")
	case options.bPreferResidentKey != 0 && wanted.makeCredentialOptions < 4:
		return refuse("bPreferResidentKey before version 4")
	}
	c := client.Creation{
		RPID: takeText(rp.pwszId), RPName: takeText(rp.pwszName),
		UserID: take(user.cbId, user.pbId), UserName: takeText(user.pwszName), UserDisplayName: takeText(user.pwszDisplayName),
		Attest: options.dwAttestationConveyancePreference > 1,
	}
	var result hresult
	if c.ClientDataHash, result = clientDataHash(collected); result != ok {
		return result
	}
	if c.Algorithms, result = algorithms(parameters); result != ok {
		return result
	}
	if c.Exclude, result = descriptors(options.pExcludeCredentialList); result != ok {
		return result
	}
	if c.CredProtect, result = protection(options.Extensions); result != ok {
		return result
	}
	k, verify, result := chosen(uint32(options.dwAuthenticatorAttachment), uint32(options.dwUserVerificationRequirement))
	if result != ok {
		return result
	}
	transport, hinted := uint32(transportUSB), "security-key"
	c.Resident = verify && (options.bRequireResidentKey != 0 || wanted.makeCredentialOptions >= 4 && options.bPreferResidentKey != 0)
	if options.dwAuthenticatorAttachment == attachmentPlatform {
		c.Resident, transport, hinted = true, transportInternal, "client-device"
		if !slices.Contains(c.Algorithms, -257) {
			refuse("Windows Hello wants RS256 among the algorithms")
			return nteNotSupported
		}
	}
	if wanted.makeCredentialOptions >= 8 {
		if result := hint(options.cCredentialHints, options.ppwszCredentialHints, hinted); result != ok {
			return result
		}
	}
	ctx, end := operation(cancellation(options.pCancellationId), uint32(options.dwTimeoutMilliseconds))
	defer end()
	made, err := k.make(ctx, c, verify)
	if err != nil {
		return resultOf(ctx, err)
	}

	version := wanted.credentialAttestation
	a := allocate[C.credential_attestation](C.CREDENTIAL_ATTESTATION, version)
	a.dwVersion = C.DWORD(version)
	a.pwszFormatType = giveText("packed")
	a.cbAuthenticatorData, a.pbAuthenticatorData = give(made.AuthData)
	a.cbAttestationObject, a.pbAttestationObject = give(made.Object)
	a.cbCredentialId, a.pbCredentialId = give(made.ID)
	a.dwUsedTransport = C.DWORD(transport)
	if version >= 8 {
		a.dwTransports = C.DWORD(transport)
	}
	*out = a
	return ok
}

//export WebAuthNFreeCredentialAttestation
func WebAuthNFreeCredentialAttestation(a *C.credential_attestation) {
	if a == nil {
		return
	}
	free(a.pwszFormatType)
	free(a.pbAuthenticatorData)
	free(a.pbAttestationObject)
	free(a.pbCredentialId)
	free(a)
}

//export WebAuthNAuthenticatorGetAssertion
func WebAuthNAuthenticatorGetAssertion(window uintptr, rpID C.PWSTR, collected *C.client_data, options *C.get_assertion_options, out **C.assertion) uint32 {
	*out = nil
	if result := before(window, "assert"); result != ok {
		return result
	}
	wanted := structures[apiVersion()]
	switch {
	case takeText(rpID) == "" || options == nil:
		return refuse("a relying party or the options are missing")
	case uint32(options.dwVersion) != wanted.getAssertionOptions:
		return refuse("WEBAUTHN_AUTHENTICATOR_GET_ASSERTION_OPTIONS of version %d, not %d", options.dwVersion, wanted.getAssertionOptions)
	}
	hash, result := clientDataHash(collected)
	if result != ok {
		return result
	}
	allowed, result := descriptors(options.pAllowCredentialList)
	if result != ok {
		return result
	}
	k, verify, result := chosen(uint32(options.dwAuthenticatorAttachment), uint32(options.dwUserVerificationRequirement))
	if result != ok {
		return result
	}
	transport, hinted := uint32(transportUSB), "security-key"
	if options.dwAuthenticatorAttachment == attachmentPlatform {
		transport, hinted = transportInternal, "client-device"
	}
	if wanted.getAssertionOptions >= 8 {
		if result := hint(options.cCredentialHints, options.ppwszCredentialHints, hinted); result != ok {
			return result
		}
	}
	ctx, end := operation(cancellation(options.pCancellationId), uint32(options.dwTimeoutMilliseconds))
	defer end()
	signed, err := k.assert(ctx, takeText(rpID), hash, allowed, verify)
	if err != nil {
		return resultOf(ctx, err)
	}

	version := wanted.assertion
	a := allocate[C.assertion](C.ASSERTION, version)
	a.dwVersion = C.DWORD(version)
	a.cbAuthenticatorData, a.pbAuthenticatorData = give(signed.AuthData)
	a.cbSignature, a.pbSignature = give(signed.Signature)
	a.Credential.dwVersion = 1
	a.Credential.cbId, a.Credential.pbId = give(signed.Credential.ID)
	a.Credential.pwszCredentialType = giveText("public-key")
	a.cbUserId, a.pbUserId = give(signed.User.ID)
	if version >= 4 {
		a.dwUsedTransport = C.DWORD(transport)
	}
	*out = a
	return ok
}

//export WebAuthNFreeAssertion
func WebAuthNFreeAssertion(a *C.assertion) {
	if a == nil {
		return
	}
	free(a.pbAuthenticatorData)
	free(a.pbSignature)
	free(a.Credential.pbId)
	free(a.Credential.pwszCredentialType)
	free(a.pbUserId)
	free(a)
}

// chosen returns the authenticator of an attachment, and whether it verifies the person.
func chosen(attachment, verification uint32) (k *key, verify bool, result hresult) {
	var err error
	if verification < 1 || verification > 3 {
		return nil, false, refuse("user verification requirement %d", verification)
	}
	switch attachment {
	case attachmentPlatform:
		if !helloIsSetUp() {
			return nil, false, nteDeviceNotFound
		}
		k, err = hello.get()
		verify = true
	case attachmentCrossKey:
		k, err = securityKey.get()
		verify = verification != 3
	default:
		return nil, false, refuse("attachment %d", attachment)
	}
	if err != nil {
		refuse("%v", err)
		return nil, false, eFail
	}
	return k, verify, ok
}

func clientDataHash(collected *C.client_data) ([32]byte, hresult) {
	if collected == nil || collected.dwVersion != 1 || collected.cbClientDataJSON == 0 || takeText(collected.pwszHashAlgId) != "SHA-256" {
		return [32]byte{}, refuse("the client data needs version 1, JSON and SHA-256")
	}
	return sha256.Sum256(take(collected.cbClientDataJSON, collected.pbClientDataJSON)), ok
}

func algorithms(parameters *C.cose_parameters) (list []int, result hresult) {
	for _, p := range unsafe.Slice(parameters.pCredentialParameters, int(parameters.cCredentialParameters)) {
		if p.dwVersion != 1 || takeText(p.pwszCredentialType) != "public-key" {
			return nil, refuse("a credential parameter needs version 1 and type public-key")
		}
		list = append(list, int(p.lAlg))
	}
	if list == nil {
		return nil, refuse("there are no credential parameters")
	}
	return list, ok
}

func descriptors(list *C.credential_list) (out []client.Descriptor, result hresult) {
	if list == nil {
		return nil, ok
	}
	for _, c := range unsafe.Slice(list.ppCredentials, int(list.cCredentials)) {
		kind := takeText(c.pwszCredentialType)
		if c.dwVersion != 1 || c.cbId == 0 || kind != "public-key" || c.dwTransports&^0x7f != 0 {
			return nil, refuse("a listed credential needs version 1, an id, type public-key and known transports")
		}
		out = append(out, client.NewDescriptor(take(c.cbId, c.pbId)))
	}
	return out, ok
}

func protection(list C.extensions) (level uint32, result hresult) {
	for _, e := range unsafe.Slice(list.pExtensions, int(list.cExtensions)) {
		if takeText(e.pwszExtensionIdentifier) != "credProtect" || uintptr(e.cbExtension) != unsafe.Sizeof(C.cred_protect{}) || apiVersion() < 2 {
			return 0, refuse("extension %q", takeText(e.pwszExtensionIdentifier))
		}
		level = uint32((*C.cred_protect)(e.pvExtension).dwCredProtect)
	}
	return level, ok
}

func hint(count C.DWORD, hints *C.PWSTR, wanted string) hresult {
	if count != 1 || takeText(*hints) != wanted {
		return refuse("%d hints, where %q is wanted", count, wanted)
	}
	return ok
}

func cancellation(id *C.GUID) [16]byte {
	if id == nil {
		return [16]byte{}
	}
	return *(*[16]byte)(unsafe.Pointer(id))
}
