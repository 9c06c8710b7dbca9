// The structures of webauthn.h up to API version 9, in the words of the interface. They
// are declared here apart from the binding's own, so that each checks the other.
#ifndef STANDIN_ABI_H
#define STANDIN_ABI_H

#include <stddef.h>
#include <windows.h>

typedef struct { DWORD dwVersion; PWSTR pwszId, pwszName, pwszIcon; } rp_info;
typedef struct { DWORD dwVersion, cbId; BYTE *pbId; PWSTR pwszName, pwszIcon, pwszDisplayName; } user_info;
typedef struct { DWORD dwVersion, cbClientDataJSON; BYTE *pbClientDataJSON; PWSTR pwszHashAlgId; } client_data;
typedef struct { DWORD dwVersion; PWSTR pwszCredentialType; LONG lAlg; } cose_parameter;
typedef struct { DWORD cCredentialParameters; cose_parameter *pCredentialParameters; } cose_parameters;
typedef struct { DWORD dwVersion, cbId; BYTE *pbId; PWSTR pwszCredentialType; } credential;
typedef struct { DWORD cCredentials; credential *pCredentials; } credentials;
typedef struct { DWORD dwVersion, cbId; BYTE *pbId; PWSTR pwszCredentialType; DWORD dwTransports; } credential_ex;
typedef struct { DWORD cCredentials; credential_ex **ppCredentials; } credential_list;
typedef struct { PWSTR pwszExtensionIdentifier; DWORD cbExtension; void *pvExtension; } extension;
typedef struct { DWORD cExtensions; extension *pExtensions; } extensions;
typedef struct { DWORD dwCredProtect; BOOL bRequireCredProtect; } cred_protect;

typedef struct {
	DWORD dwVersion, dwTimeoutMilliseconds;
	credentials CredentialList;
	extensions Extensions;
	DWORD dwAuthenticatorAttachment;
	BOOL bRequireResidentKey;
	DWORD dwUserVerificationRequirement, dwAttestationConveyancePreference, dwFlags;
	GUID *pCancellationId;                                            // 2
	credential_list *pExcludeCredentialList;                          // 3
	DWORD dwEnterpriseAttestation, dwLargeBlobSupport;                // 4
	BOOL bPreferResidentKey;
	BOOL bBrowserInPrivateMode;                                       // 5
	BOOL bEnablePrf;                                                  // 6
	void *pLinkedDevice;                                              // 7
	DWORD cbJsonExt;
	BYTE *pbJsonExt;
	void *pPRFGlobalEval;                                             // 8
	DWORD cCredentialHints;
	PWSTR *ppwszCredentialHints;
	BOOL bThirdPartyPayment;
	PWSTR pwszRemoteWebOrigin;                                        // 9
	DWORD cbPublicKeyCredentialCreationOptionsJSON;
	BYTE *pbPublicKeyCredentialCreationOptionsJSON;
	DWORD cbAuthenticatorId;
	BYTE *pbAuthenticatorId;
} make_credential_options;

typedef struct {
	DWORD dwVersion, dwTimeoutMilliseconds;
	credentials CredentialList;
	extensions Extensions;
	DWORD dwAuthenticatorAttachment, dwUserVerificationRequirement, dwFlags;
	PWSTR pwszU2fAppId;                                               // 2
	BOOL *pbU2fAppId;
	GUID *pCancellationId;                                            // 3
	credential_list *pAllowCredentialList;                            // 4
	DWORD dwCredLargeBlobOperation, cbCredLargeBlob;                  // 5
	BYTE *pbCredLargeBlob;
	void *pHmacSecretSaltValues;                                      // 6
	BOOL bBrowserInPrivateMode;
	void *pLinkedDevice;                                              // 7
	BOOL bAutoFill;
	DWORD cbJsonExt;
	BYTE *pbJsonExt;
	DWORD cCredentialHints;                                           // 8
	PWSTR *ppwszCredentialHints;
	PWSTR pwszRemoteWebOrigin;                                        // 9
	DWORD cbPublicKeyCredentialRequestOptionsJSON;
	BYTE *pbPublicKeyCredentialRequestOptionsJSON;
	DWORD cbAuthenticatorId;
	BYTE *pbAuthenticatorId;
} get_assertion_options;

typedef struct {
	DWORD dwVersion;
	PWSTR pwszFormatType;
	DWORD cbAuthenticatorData;
	BYTE *pbAuthenticatorData;
	DWORD cbAttestation;
	BYTE *pbAttestation;
	DWORD dwAttestationDecodeType;
	void *pvAttestationDecode;
	DWORD cbAttestationObject;
	BYTE *pbAttestationObject;
	DWORD cbCredentialId;
	BYTE *pbCredentialId;
	extensions Extensions;                                            // 2
	DWORD dwUsedTransport;                                            // 3
	BOOL bEpAtt, bLargeBlobSupported, bResidentKey;                   // 4
	BOOL bPrfEnabled;                                                 // 5
	DWORD cbUnsignedExtensionOutputs;                                 // 6
	BYTE *pbUnsignedExtensionOutputs;
	void *pHmacSecret;                                                // 7
	BOOL bThirdPartyPayment;
	DWORD dwTransports;                                               // 8
	DWORD cbClientDataJSON;
	BYTE *pbClientDataJSON;
	DWORD cbRegistrationResponseJSON;
	BYTE *pbRegistrationResponseJSON;
} credential_attestation;

typedef struct {
	DWORD dwVersion, cbAuthenticatorData;
	BYTE *pbAuthenticatorData;
	DWORD cbSignature;
	BYTE *pbSignature;
	credential Credential;
	DWORD cbUserId;
	BYTE *pbUserId;
	extensions Extensions;                                            // 2
	DWORD cbCredLargeBlob;
	BYTE *pbCredLargeBlob;
	DWORD dwCredLargeBlobStatus;
	void *pHmacSecret;                                                // 3
	DWORD dwUsedTransport;                                            // 4
	DWORD cbUnsignedExtensionOutputs;                                 // 5
	BYTE *pbUnsignedExtensionOutputs;
	DWORD cbClientDataJSON;                                           // 6
	BYTE *pbClientDataJSON;
	DWORD cbAuthenticationResponseJSON;
	BYTE *pbAuthenticationResponseJSON;
} assertion;

typedef struct { DWORD dwVersion; PWSTR pwszRpId; BOOL bBrowserInPrivateMode; } get_credentials_options;

typedef struct {
	DWORD dwVersion, cbCredentialID;
	BYTE *pbCredentialID;
	rp_info *pRpInformation;
	user_info *pUserInformation;
	BOOL bRemovable;
	BOOL bBackedUp;                                                   // 2
	PWSTR pwszAuthenticatorName;                                      // 3
	DWORD cbAuthenticatorLogo;
	BYTE *pbAuthenticatorLogo;
	BOOL bThirdPartyPayment;
	DWORD dwTransports;                                               // 4
} credential_details;

typedef struct { DWORD cCredentialDetails; credential_details **ppCredentialDetails; } credential_details_list;

// The structures whose versions differ, as standin_size knows them.
enum { MAKE_CREDENTIAL_OPTIONS, GET_ASSERTION_OPTIONS, CREDENTIAL_ATTESTATION, ASSERTION, CREDENTIAL_DETAILS, STRUCTURES };

// standin_size returns the bytes of a version of a structure, 0 where there is no such.
DWORD standin_size(DWORD structure, DWORD version);

// standin_alloc returns zeroed memory behind which nothing can be read: a caller that
// takes a structure for a later version of itself ends there. It is given back to
// standin_free; what is still out, standin_outstanding counts.
void *standin_alloc(size_t size);
void standin_free(void *memory);
LONG standin_outstanding(void);

#endif
