package ceremony

// RegistrationResponse is RegistrationResponseJSON, WebAuthn L3 §5.1.8.
type RegistrationResponse struct {
	ID                      Bytes               `json:"id"`
	RawID                   Bytes               `json:"rawId"`
	Type                    string              `json:"type"`
	AuthenticatorAttachment string              `json:"authenticatorAttachment,omitempty"`
	Response                AttestationResponse `json:"response"`
	ClientExtensionResults  map[string]any      `json:"clientExtensionResults"`
}

// AttestationResponse is AuthenticatorAttestationResponseJSON, WebAuthn L3
// §5.1.8. The convenience members that repeat what stands in the attestation
// object are left out: the verifier reads the attestation object alone.
type AttestationResponse struct {
	ClientDataJSON    Bytes    `json:"clientDataJSON"`
	AttestationObject Bytes    `json:"attestationObject"`
	Transports        []string `json:"transports"`
}

// AuthenticationResponse is AuthenticationResponseJSON, WebAuthn L3 §5.1.8.
type AuthenticationResponse struct {
	ID                      Bytes             `json:"id"`
	RawID                   Bytes             `json:"rawId"`
	Type                    string            `json:"type"`
	AuthenticatorAttachment string            `json:"authenticatorAttachment,omitempty"`
	Response                AssertionResponse `json:"response"`
	ClientExtensionResults  map[string]any    `json:"clientExtensionResults"`
}

// AssertionResponse is AuthenticatorAssertionResponseJSON, WebAuthn L3 §5.1.8.
type AssertionResponse struct {
	ClientDataJSON    Bytes `json:"clientDataJSON"`
	AuthenticatorData Bytes `json:"authenticatorData"`
	Signature         Bytes `json:"signature"`
	UserHandle        Bytes `json:"userHandle,omitempty"`
}

// CreateRequest is what an authenticator needs to make a credential.
type CreateRequest struct {
	Options        CreationOptions
	ClientDataJSON []byte // as the response will carry it; authenticators sign over its SHA-256
}

// Created is what an authenticator hands back for a CreateRequest.
type Created struct {
	CredentialID      []byte
	AttestationObject []byte // CBOR, WebAuthn L3 §6.5.4
	Transports        []string
	Attachment        string
	Device            Device // the authenticator that made it, as a person would recognise it
}

// AssertRequest is what an authenticator needs to sign a challenge.
type AssertRequest struct {
	Options        RequestOptions
	ClientDataJSON []byte
}

// Asserted is what an authenticator hands back for an AssertRequest.
type Asserted struct {
	CredentialID      []byte
	AuthenticatorData []byte // raw, WebAuthn L3 §6.1
	Signature         []byte
	UserHandle        []byte // set by discoverable credentials only
	Attachment        string
	Device            Device
}

// Response wraps c and the client data it was made over into the form that a
// relying party reads.
func (c *Created) Response(clientDataJSON []byte) RegistrationResponse {
	return RegistrationResponse{
		ID: c.CredentialID, RawID: c.CredentialID, Type: CredentialTypePublicKey,
		AuthenticatorAttachment: c.Attachment,
		Response: AttestationResponse{
			ClientDataJSON:    clientDataJSON,
			AttestationObject: c.AttestationObject,
			Transports:        c.Transports,
		},
		ClientExtensionResults: map[string]any{},
	}
}

// Response wraps a and the client data it was made over into the form that a
// relying party reads.
func (a *Asserted) Response(clientDataJSON []byte) AuthenticationResponse {
	return AuthenticationResponse{
		ID: a.CredentialID, RawID: a.CredentialID, Type: CredentialTypePublicKey,
		AuthenticatorAttachment: a.Attachment,
		Response: AssertionResponse{
			ClientDataJSON:    clientDataJSON,
			AuthenticatorData: a.AuthenticatorData,
			Signature:         a.Signature,
			UserHandle:        a.UserHandle,
		},
		ClientExtensionResults: map[string]any{},
	}
}
