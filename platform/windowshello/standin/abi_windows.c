#include "abi.h"

#include <stdlib.h>
#include <webauthn.h>

#define END(type, member) ((offsetof(type, member) + sizeof(((type *)0)->member) + 7) & ~(size_t)7)

// What is declared in abi.h agrees with the toolchain's own webauthn.h, which goes up to
// API version 3.
#define SAME(ours, last, theirs) \
	_Static_assert(END(ours, last) == sizeof(theirs), #ours " differs from " #theirs)
SAME(rp_info, pwszIcon, WEBAUTHN_RP_ENTITY_INFORMATION);
SAME(user_info, pwszDisplayName, WEBAUTHN_USER_ENTITY_INFORMATION);
SAME(client_data, pwszHashAlgId, WEBAUTHN_CLIENT_DATA);
SAME(cose_parameter, lAlg, WEBAUTHN_COSE_CREDENTIAL_PARAMETER);
SAME(credential_ex, dwTransports, WEBAUTHN_CREDENTIAL_EX);
SAME(extension, pvExtension, WEBAUTHN_EXTENSION);
SAME(make_credential_options, bPreferResidentKey, WEBAUTHN_AUTHENTICATOR_MAKE_CREDENTIAL_OPTIONS);
SAME(get_assertion_options, pbCredLargeBlob, WEBAUTHN_AUTHENTICATOR_GET_ASSERTION_OPTIONS);
SAME(credential_attestation, bResidentKey, WEBAUTHN_CREDENTIAL_ATTESTATION);
SAME(assertion, dwCredLargeBlobStatus, WEBAUTHN_ASSERTION);

static const DWORD sizes[STRUCTURES][10] = {
	[MAKE_CREDENTIAL_OPTIONS] = {
		[1] = END(make_credential_options, dwFlags),
		[2] = END(make_credential_options, pCancellationId),
		[3] = END(make_credential_options, pExcludeCredentialList),
		[4] = END(make_credential_options, bPreferResidentKey),
		[5] = END(make_credential_options, bBrowserInPrivateMode),
		[6] = END(make_credential_options, bEnablePrf),
		[7] = END(make_credential_options, pbJsonExt),
		[8] = END(make_credential_options, bThirdPartyPayment),
		[9] = END(make_credential_options, pbAuthenticatorId),
	},
	[GET_ASSERTION_OPTIONS] = {
		[1] = END(get_assertion_options, dwFlags),
		[2] = END(get_assertion_options, pbU2fAppId),
		[3] = END(get_assertion_options, pCancellationId),
		[4] = END(get_assertion_options, pAllowCredentialList),
		[5] = END(get_assertion_options, pbCredLargeBlob),
		[6] = END(get_assertion_options, bBrowserInPrivateMode),
		[7] = END(get_assertion_options, pbJsonExt),
		[8] = END(get_assertion_options, ppwszCredentialHints),
		[9] = END(get_assertion_options, pbAuthenticatorId),
	},
	[CREDENTIAL_ATTESTATION] = {
		[1] = END(credential_attestation, pbCredentialId),
		[2] = END(credential_attestation, Extensions),
		[3] = END(credential_attestation, dwUsedTransport),
		[4] = END(credential_attestation, bResidentKey),
		[5] = END(credential_attestation, bPrfEnabled),
		[6] = END(credential_attestation, pbUnsignedExtensionOutputs),
		[7] = END(credential_attestation, bThirdPartyPayment),
		[8] = END(credential_attestation, pbRegistrationResponseJSON),
	},
	[ASSERTION] = {
		[1] = END(assertion, pbUserId),
		[2] = END(assertion, dwCredLargeBlobStatus),
		[3] = END(assertion, pHmacSecret),
		[4] = END(assertion, dwUsedTransport),
		[5] = END(assertion, pbUnsignedExtensionOutputs),
		[6] = END(assertion, pbAuthenticationResponseJSON),
	},
	[CREDENTIAL_DETAILS] = {
		[1] = END(credential_details, bRemovable),
		[2] = END(credential_details, bBackedUp),
		[3] = END(credential_details, bThirdPartyPayment),
		[4] = END(credential_details, dwTransports),
	},
};

DWORD standin_size(DWORD structure, DWORD version) {
	if (structure >= STRUCTURES || version >= 10) return 0;
	return sizes[structure][version];
}

enum { PAGE = 4096 };
static volatile LONG outstanding;

void *standin_alloc(size_t size) {
	size_t room = (size + PAGE - 1) / PAGE * PAGE;
	BYTE *pages = VirtualAlloc(NULL, room + PAGE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	DWORD before;
	if (pages == NULL || !VirtualProtect(pages + room, PAGE, PAGE_NOACCESS, &before)) abort();
	InterlockedIncrement(&outstanding);
	return pages + room - (size + 7) / 8 * 8;
}

void standin_free(void *memory) {
	MEMORY_BASIC_INFORMATION region;
	if (memory == NULL) return;
	if (VirtualQuery(memory, &region, sizeof region) == 0 || !VirtualFree(region.AllocationBase, 0, MEM_RELEASE)) abort();
	InterlockedDecrement(&outstanding);
}

LONG standin_outstanding(void) { return outstanding; }
