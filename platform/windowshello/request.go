package windowshello

import (
	"unicode/utf16"
	"unsafe"

	"latchkey/fido/ceremony"
)

// creation is what WebAuthNAuthenticatorMakeCredential takes besides the window.
type creation struct {
	rp         *rpInformation
	user       *userInformation
	parameters *coseParameters
	client     *clientData
	options    *makeCredentialOptions
}

// assertionRequest is what WebAuthNAuthenticatorGetAssertion takes besides the window.
type assertionRequest struct {
	rpID    *uint16
	client  *clientData
	options *getAssertionOptions
}

// attachment is WEBAUTHN_AUTHENTICATOR_ATTACHMENT_*.
type attachment uint32

const (
	platform      attachment = 1
	crossPlatform attachment = 2
)

// hint is the attachment as PublicKeyCredentialHint, WebAuthn L3 §5.8.7. It keeps Windows
// from offering other authenticators first, as telephones for security keys.
func (a attachment) hint() string {
	if a == platform {
		return "client-device"
	}
	return "security-key"
}

// newCreation says in webauthn.h's terms what request asks of an API of this version.
func newCreation(request ceremony.CreateRequest, to attachment, api uint32, timeout uint32, cancellation *guid) *creation {
	options, selection := request.Options, request.Options.AuthenticatorSelection
	out := &makeCredentialOptions{
		version:          versionsOf(api).makeCredentialOptions,
		timeout:          timeout,
		attachment:       uint32(to),
		userVerification: verification(selection.UserVerification),
		attestation:      conveyance(options.Attestation),
		cancellationID:   cancellation,
		exclude:          newCredentialList(options.ExcludeCredentials, api),
	}
	switch required := selection.ResidentKey == "required" || selection.ResidentKey == "" && selection.RequireResidentKey; {
	case required:
		out.requireResidentKey = 1
	case selection.ResidentKey == "preferred" && api >= apiPreferResidentKey:
		out.preferResidentKey = 1
	}
	if level := protection(options.Extensions); level != 0 && api >= apiCredProtect {
		out.extensions = extensions{count: 1, first: &extension{
			identifier: wide("credProtect"), size: uint32(unsafe.Sizeof(credProtect{})), value: &credProtect{level: level},
		}}
	}
	if api >= apiHints {
		out.hintCount, out.hints = 1, pointer(wide(to.hint()))
	}
	return &creation{
		rp:         &rpInformation{version: 1, id: wide(options.RP.ID), name: wide(either(options.RP.Name, options.RP.ID))},
		user:       newUser(options.User),
		parameters: newParameters(options.PubKeyCredParams),
		client:     newClientData(request.ClientDataJSON),
		options:    out,
	}
}

// newAssertionRequest says in webauthn.h's terms what request asks of an API of this version.
func newAssertionRequest(request ceremony.AssertRequest, from attachment, api uint32, timeout uint32, cancellation *guid) *assertionRequest {
	options := request.Options
	out := &getAssertionOptions{
		version:          versionsOf(api).getAssertionOptions,
		timeout:          timeout,
		attachment:       uint32(from),
		userVerification: verification(options.UserVerification),
		cancellationID:   cancellation,
		allow:            newCredentialList(options.AllowCredentials, api),
	}
	if api >= apiHints {
		out.hintCount, out.hints = 1, pointer(wide(from.hint()))
	}
	return &assertionRequest{rpID: wide(options.RPID), client: newClientData(request.ClientDataJSON), options: out}
}

func newUser(user ceremony.User) *userInformation {
	size, id := blob(user.ID)
	return &userInformation{
		version: 1, idSize: size, id: id,
		name: wide(user.Name), displayName: wide(either(user.DisplayName, user.Name)),
	}
}

func newParameters(parameters []ceremony.CredentialParameter) *coseParameters {
	list := make([]coseParameter, 0, len(parameters)+1) // never empty, so that there is a first
	for _, p := range parameters {
		list = append(list, coseParameter{version: 1, credentialType: wide(p.Type), algorithm: int32(p.Alg)})
	}
	return &coseParameters{count: uint32(len(list)), first: &list[:1][0]}
}

func newClientData(json []byte) *clientData {
	size, data := blob(json)
	return &clientData{version: 1, size: size, json: data, hashAlgorithm: wide("SHA-256")}
}

// newCredentialList returns nil for an empty list, as Windows wants it.
func newCredentialList(descriptors []ceremony.CredentialDescriptor, api uint32) *credentialList {
	if len(descriptors) == 0 {
		return nil
	}
	var list []*credentialEx
	for _, d := range descriptors {
		size, id := blob(d.ID)
		list = append(list, &credentialEx{
			version: 1, idSize: size, id: id, credentialType: wide(d.Type), transports: transportBits(d.Transports, api),
		})
	}
	return &credentialList{count: uint32(len(list)), first: &list[0]}
}

// verification is WEBAUTHN_USER_VERIFICATION_REQUIREMENT_*; what nobody knows counts as
// preferred, the default of WebAuthn L3 §5.4.4.
func verification(requirement string) uint32 {
	switch requirement {
	case ceremony.VerificationRequired:
		return 1
	case ceremony.VerificationDiscouraged:
		return 3
	default:
		return 2
	}
}

// conveyance is WEBAUTHN_ATTESTATION_CONVEYANCE_PREFERENCE_*; what nobody knows counts as
// none, the default of WebAuthn L3 §5.4.7.
func conveyance(preference string) uint32 {
	switch preference {
	case "indirect":
		return 2
	case "direct", "enterprise":
		return 3
	default:
		return 1
	}
}

// protection is the level of credProtect, CTAP 2.1 §12.1; 0 for none.
func protection(extensions *ceremony.CreationExtensions) uint32 {
	if extensions == nil {
		return 0
	}
	return map[string]uint32{
		"userVerificationOptional":                     1,
		"userVerificationOptionalWithCredentialIDList": 2,
		"userVerificationRequired":                     3,
	}[extensions.CredentialProtectionPolicy]
}

// transports are WEBAUTHN_CTAP_TRANSPORT_* by their WebAuthn names (L3 §5.8.4), with the
// API that brought them.
var transports = []struct {
	name string
	bit  uint32
	api  uint32
}{
	{ceremony.TransportUSB, 0x01, 1},
	{ceremony.TransportNFC, 0x02, 1},
	{"ble", 0x04, 1},
	{ceremony.TransportInternal, 0x10, 1},
	{"hybrid", 0x20, apiHybridTransport},
	{"smart-card", 0x40, newestAPI},
}

// transportBits leaves out what the API does not know: a hint is not worth a refusal.
func transportBits(names []string, api uint32) (bits uint32) {
	for _, name := range names {
		for _, known := range transports {
			if known.name == name && known.api <= api {
				bits |= known.bit
			}
		}
	}
	return bits
}

// blob returns size and place of data; nil for none.
func blob(data []byte) (uint32, *byte) {
	if len(data) == 0 {
		return 0, nil
	}
	return uint32(len(data)), &data[0]
}

// wide returns s in UTF-16 with a NUL at its end.
func wide(s string) *uint16 { return &append(utf16.Encode([]rune(s)), 0)[0] }

func pointer[T any](value T) *T { return &value }

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
