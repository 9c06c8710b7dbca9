package ceremony

// COSE algorithm identifiers (RFC 9053 §2, RFC 8812 §2) that Latchkey accepts.
const (
	AlgES256 = -7
	AlgEdDSA = -8
	AlgRS256 = -257
)

// CredentialTypePublicKey is the one credential type of WebAuthn L3 §5.8.2.
const CredentialTypePublicKey = "public-key"

// User verification requirements, WebAuthn L3 §5.8.6.
const (
	VerificationRequired    = "required"
	VerificationPreferred   = "preferred"
	VerificationDiscouraged = "discouraged"
)

// Authenticator attachments, WebAuthn L3 §5.4.5.
const (
	AttachmentPlatform      = "platform"
	AttachmentCrossPlatform = "cross-platform"
)

// CreationOptions is PublicKeyCredentialCreationOptionsJSON, WebAuthn L3 §5.1.9.
type CreationOptions struct {
	RP                     RelyingParty           `json:"rp"`
	User                   User                   `json:"user"`
	Challenge              Bytes                  `json:"challenge"` // 32 random bytes
	PubKeyCredParams       []CredentialParameter  `json:"pubKeyCredParams"`
	Timeout                uint32                 `json:"timeout,omitempty"` // milliseconds
	ExcludeCredentials     []CredentialDescriptor `json:"excludeCredentials,omitempty"`
	AuthenticatorSelection AuthenticatorSelection `json:"authenticatorSelection"`
	Attestation            string                 `json:"attestation,omitempty"`
	Extensions             *CreationExtensions    `json:"extensions,omitempty"`
}

// RequestOptions is PublicKeyCredentialRequestOptionsJSON, WebAuthn L3 §5.1.10.
type RequestOptions struct {
	Challenge        Bytes                  `json:"challenge"`
	Timeout          uint32                 `json:"timeout,omitempty"` // milliseconds
	RPID             string                 `json:"rpId"`
	AllowCredentials []CredentialDescriptor `json:"allowCredentials,omitempty"`
	UserVerification string                 `json:"userVerification,omitempty"`
}

// RelyingParty is PublicKeyCredentialRpEntity, WebAuthn L3 §5.4.2.
type RelyingParty struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// User is PublicKeyCredentialUserEntityJSON, WebAuthn L3 §5.4.3. ID is the user
// handle: random, at most 64 bytes, nothing personal in it.
type User struct {
	ID          Bytes  `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// CredentialParameter is PublicKeyCredentialParameters, WebAuthn L3 §5.3.
type CredentialParameter struct {
	Type string `json:"type"`
	Alg  int    `json:"alg"`
}

// CredentialDescriptor is PublicKeyCredentialDescriptorJSON, WebAuthn L3 §5.8.3.
type CredentialDescriptor struct {
	Type       string   `json:"type"`
	ID         Bytes    `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// AuthenticatorSelection is AuthenticatorSelectionCriteria, WebAuthn L3 §5.4.4.
type AuthenticatorSelection struct {
	AuthenticatorAttachment string `json:"authenticatorAttachment,omitempty"`
	ResidentKey             string `json:"residentKey,omitempty"`
	RequireResidentKey      bool   `json:"requireResidentKey,omitempty"`
	UserVerification        string `json:"userVerification,omitempty"`
}

// CreationExtensions are the extensions Latchkey asks for at registration.
type CreationExtensions struct {
	// CredentialProtectionPolicy is credProtect of CTAP 2.1 §12.1, by its
	// WebAuthn name, for example "userVerificationRequired". Authenticators
	// without the extension ignore it.
	CredentialProtectionPolicy string `json:"credentialProtectionPolicy,omitempty"`
}
