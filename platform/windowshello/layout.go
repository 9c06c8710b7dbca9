package windowshello

import "structs"

// The structures of webauthn.h. Later versions of the API append members, so one Go type
// has them all and its version member tells how far Windows may read (or has written).
// The since tags give the version of the structure that brought a member; those without
// belong to version 1. BOOL is a uint32 that is 0 or 1.

type guid [16]byte

type rpInformation struct {
	_              structs.HostLayout
	version        uint32
	id, name, icon *uint16
}

type userInformation struct {
	_                       structs.HostLayout
	version                 uint32
	idSize                  uint32
	id                      *byte
	name, icon, displayName *uint16
}

type clientData struct {
	_             structs.HostLayout
	version       uint32
	size          uint32
	json          *byte
	hashAlgorithm *uint16
}

type coseParameter struct {
	_              structs.HostLayout
	version        uint32
	credentialType *uint16
	algorithm      int32
}

type coseParameters struct {
	_     structs.HostLayout
	count uint32
	first *coseParameter
}

type credential struct {
	_              structs.HostLayout
	version        uint32
	idSize         uint32
	id             *byte
	credentialType *uint16
}

// credentials is the list that the credentialList pointers replace.
type credentials struct {
	_     structs.HostLayout
	count uint32
	first *credential
}

type credentialEx struct {
	_              structs.HostLayout
	version        uint32
	idSize         uint32
	id             *byte
	credentialType *uint16
	transports     uint32 // 0: any
}

type credentialList struct {
	_     structs.HostLayout
	count uint32
	first **credentialEx
}

type extension struct {
	_          structs.HostLayout
	identifier *uint16
	size       uint32
	value      *credProtect // the one extension that is sent
}

type extensions struct {
	_     structs.HostLayout
	count uint32
	first *extension
}

type credProtect struct {
	_       structs.HostLayout
	level   uint32
	require uint32
}

type makeCredentialOptions struct {
	_                  structs.HostLayout
	version            uint32
	timeout            uint32 // milliseconds
	credentials        credentials
	extensions         extensions
	attachment         uint32
	requireResidentKey uint32
	userVerification   uint32
	attestation        uint32
	flags              uint32
	cancellationID     *guid           `since:"2"`
	exclude            *credentialList `since:"3"`
	enterprise         uint32          `since:"4"`
	largeBlob          uint32          `since:"4"`
	preferResidentKey  uint32          `since:"4"`
	private            uint32          `since:"5"`
	enablePRF          uint32          `since:"6"`
	linkedDevice       uintptr         `since:"7"`
	jsonExtensionSize  uint32          `since:"7"`
	jsonExtension      *byte           `since:"7"`
	prfGlobalEval      uintptr         `since:"8"`
	hintCount          uint32          `since:"8"`
	hints              **uint16        `since:"8"`
	thirdPartyPayment  uint32          `since:"8"`
	remoteWebOrigin    *uint16         `since:"9"`
	optionsJSONSize    uint32          `since:"9"`
	optionsJSON        *byte           `since:"9"`
	authenticatorSize  uint32          `since:"9"`
	authenticator      *byte           `since:"9"`
}

type getAssertionOptions struct {
	_                 structs.HostLayout
	version           uint32
	timeout           uint32 // milliseconds
	credentials       credentials
	extensions        extensions
	attachment        uint32
	userVerification  uint32
	flags             uint32
	u2fAppID          *uint16         `since:"2"`
	u2fAppIDUsed      *uint32         `since:"2"`
	cancellationID    *guid           `since:"3"`
	allow             *credentialList `since:"4"`
	largeBlob         uint32          `since:"5"`
	largeBlobSize     uint32          `since:"5"`
	largeBlobData     *byte           `since:"5"`
	hmacSecret        uintptr         `since:"6"`
	private           uint32          `since:"6"`
	linkedDevice      uintptr         `since:"7"`
	autoFill          uint32          `since:"7"`
	jsonExtensionSize uint32          `since:"7"`
	jsonExtension     *byte           `since:"7"`
	hintCount         uint32          `since:"8"`
	hints             **uint16        `since:"8"`
	remoteWebOrigin   *uint16         `since:"9"`
	optionsJSONSize   uint32          `since:"9"`
	optionsJSON       *byte           `since:"9"`
	authenticatorSize uint32          `since:"9"`
	authenticator     *byte           `since:"9"`
}

type credentialAttestation struct {
	_                     structs.HostLayout
	version               uint32
	format                *uint16
	authenticatorDataSize uint32
	authenticatorData     *byte
	statementSize         uint32
	statement             *byte
	decodeType            uint32
	decoded               uintptr
	objectSize            uint32
	object                *byte
	credentialIDSize      uint32
	credentialID          *byte
	extensions            extensions `since:"2"`
	usedTransport         uint32     `since:"3"`
	enterprise            uint32     `since:"4"`
	largeBlob             uint32     `since:"4"`
	residentKey           uint32     `since:"4"`
	prf                   uint32     `since:"5"`
	unsignedSize          uint32     `since:"6"`
	unsigned              *byte      `since:"6"`
	hmacSecret            uintptr    `since:"7"`
	thirdPartyPayment     uint32     `since:"7"`
	transports            uint32     `since:"8"`
	clientDataSize        uint32     `since:"8"`
	clientData            *byte      `since:"8"`
	responseJSONSize      uint32     `since:"8"`
	responseJSON          *byte      `since:"8"`
}

type assertion struct {
	_                     structs.HostLayout
	version               uint32
	authenticatorDataSize uint32
	authenticatorData     *byte
	signatureSize         uint32
	signature             *byte
	credential            credential
	userIDSize            uint32
	userID                *byte
	extensions            extensions `since:"2"`
	largeBlobSize         uint32     `since:"2"`
	largeBlob             *byte      `since:"2"`
	largeBlobStatus       uint32     `since:"2"`
	hmacSecret            uintptr    `since:"3"`
	usedTransport         uint32     `since:"4"`
	unsignedSize          uint32     `since:"5"`
	unsigned              *byte      `since:"5"`
	clientDataSize        uint32     `since:"6"`
	clientData            *byte      `since:"6"`
	responseJSONSize      uint32     `since:"6"`
	responseJSON          *byte      `since:"6"`
}

type getCredentialsOptions struct {
	_       structs.HostLayout
	version uint32
	rpID    *uint16 // nil: of every relying party
	private uint32
}

type credentialDetails struct {
	_                 structs.HostLayout
	version           uint32
	idSize            uint32
	id                *byte
	rp                *rpInformation
	user              *userInformation
	removable         uint32
	backedUp          uint32  `since:"2"`
	authenticatorName *uint16 `since:"3"`
	logoSize          uint32  `since:"3"`
	logo              *byte   `since:"3"`
	thirdPartyPayment uint32  `since:"3"`
	transports        uint32  `since:"4"`
}

type credentialDetailsList struct {
	_     structs.HostLayout
	count uint32
	first **credentialDetails
}

// newestAPI is the newest version of the API that this package knows.
const newestAPI = 9

// APIs that brought something that is asked for by version.
const (
	apiCredProtect         = 2
	apiPreferResidentKey   = 3
	apiPlatformCredentials = 4
	apiHybridTransport     = 6
	apiHints               = 8
)

// structureVersions are the versions of the structures that an API takes.
type structureVersions struct {
	makeCredentialOptions, getAssertionOptions uint32
}

// versionsOf returns the structures of an API; one that is newer than this package is
// given what the newest known one takes, which it takes too.
func versionsOf(api uint32) structureVersions {
	return [newestAPI + 1]structureVersions{
		1: {3, 4}, 2: {3, 4}, 3: {4, 5}, 4: {5, 6}, 5: {5, 6}, 6: {6, 6}, 7: {7, 7}, 8: {8, 8}, 9: {9, 9},
	}[min(max(api, 1), newestAPI)]
}
