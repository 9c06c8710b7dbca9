package verifier

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"latchkey/fido/ceremony"
)

// This file alone knows go-webauthn. It hands over only what has been bounded in
// size, and does by itself what go-webauthn leaves to its caller; the rest of a
// ceremony (whose credential, which kind, which counter) is not its business.

// formatU2F is the attestation of keys that know only U2F, WebAuthn L3 §8.6.
const formatU2F = "fido-u2f"

// verifyRegistration checks a registration response as WebAuthn L3 §7.1 says and
// returns the credential record of step 27. It leaves the UV flag (step 16), the
// trust in an attestation (step 24) and the uniqueness of the credential id (step
// 26) to the caller.
func verifyRegistration(rpID string, challenge []byte, response ceremony.RegistrationResponse) (CredentialRecord, error) {
	failed := func(err error) (CredentialRecord, error) {
		return CredentialRecord{}, &Error{Code: CodeVerification, Err: detailed(err)}
	}
	if len(response.ID) == 0 || len(response.ID) > maxCredentialID {
		return failed(fmt.Errorf("credential id has %d bytes", len(response.ID)))
	}
	if len(response.Response.AttestationObject) > maxAttestation {
		return failed(fmt.Errorf("attestation object has %d bytes", len(response.Response.AttestationObject)))
	}
	// Step 4: no extension was asked for, so no output is expected.
	if len(response.ClientExtensionResults) > 0 {
		return failed(errors.New("there are extension results that nobody asked for"))
	}
	// Steps 5 to 11.
	if err := checkClientData(response.Response.ClientDataJSON, ceremony.TypeCreate, challenge, rpID); err != nil {
		return failed(err)
	}
	// Step 13, by the exact member names.
	if err := checkAttestationObject(response.Response.AttestationObject); err != nil {
		return failed(err)
	}
	parsed, err := protocol.CredentialCreationResponse{
		PublicKeyCredential: protocol.PublicKeyCredential{
			Credential: protocol.Credential{ID: response.ID.String(), Type: response.Type},
			RawID:      protocol.URLEncodedBase64(response.RawID),
		},
		AttestationResponse: protocol.AuthenticatorAttestationResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{
				ClientDataJSON: protocol.URLEncodedBase64(response.Response.ClientDataJSON)},
			AttestationObject: protocol.URLEncodedBase64(response.Response.AttestationObject),
		},
	}.Parse()
	if err != nil {
		return failed(err)
	}
	object := &parsed.Response.AttestationObject
	if object.Format == formatU2F {
		return CredentialRecord{}, refuse(CodeLegacyKey, "the attestation format is %s", object.Format)
	}
	// Steps 12 to 15 and 20 to 23: RP ID hash, UP, algorithm, attestation statement.
	if _, err := parsed.Verify(ceremony.Bytes(challenge).String(), rpID, []string{ceremony.Origin(rpID)}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, false, true, nil, credentialParams(),
		protocol.AttestationPolicy{}, protocol.SignaturePolicy{}); err != nil {
		return failed(err)
	}
	// Step 18: what cannot be backed up is not backed up.
	flags := object.AuthData.Flags
	if flags.HasBackupState() && !flags.HasBackupEligible() {
		return failed(errors.New("the BS flag is set without BE"))
	}
	// Step 25: the id is short enough; go-webauthn holds it to the attested one.
	attested := object.AuthData.AttData
	if err := checkPublicKey(attested.CredentialPublicKey); err != nil {
		return failed(err)
	}
	return CredentialRecord{
		Credential: Credential{
			ID:     slices.Clone(attested.CredentialID),
			AAGUID: [16]byte(attested.AAGUID),
		},
		PublicKey:         attested.CredentialPublicKey,
		SignCount:         object.AuthData.Counter,
		UserVerified:      flags.HasUserVerified(),
		BackupEligible:    flags.HasBackupEligible(),
		BackupState:       flags.HasBackupState(),
		AttestationFormat: object.Format,
		AttestationType:   object.Type,
	}, nil
}

// assertionData is what an assertion says beside its signature.
type assertionData struct {
	signCount      uint32
	userVerified   bool
	backupEligible bool
	backupState    bool
}

// verifyAssertion checks an assertion by credential as WebAuthn L3 §7.2 says, but
// for what depends on the account: the UV flag (step 17), the BE flag (step 19)
// and the counter (step 22).
func verifyAssertion(rpID string, challenge []byte, credential CredentialRecord, response ceremony.AuthenticationResponse) (assertionData, error) {
	failed := func(err error) (assertionData, error) {
		return assertionData{}, &Error{Code: CodeVerification, Err: detailed(err)}
	}
	if len(response.Response.AuthenticatorData) > maxAuthData || len(response.Response.Signature) > maxSignature ||
		len(response.Response.UserHandle) > maxUserHandle {
		return failed(errors.New("the assertion is too long"))
	}
	// Step 4: no extension was asked for, so no output is expected.
	if len(response.ClientExtensionResults) > 0 {
		return failed(errors.New("there are extension results that nobody asked for"))
	}
	// Steps 8 to 14.
	if err := checkClientData(response.Response.ClientDataJSON, ceremony.TypeGet, challenge, rpID); err != nil {
		return failed(err)
	}
	parsed, err := protocol.CredentialAssertionResponse{
		PublicKeyCredential: protocol.PublicKeyCredential{
			Credential: protocol.Credential{ID: response.ID.String(), Type: response.Type},
			RawID:      protocol.URLEncodedBase64(response.RawID),
		},
		AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{
				ClientDataJSON: protocol.URLEncodedBase64(response.Response.ClientDataJSON)},
			AuthenticatorData: protocol.URLEncodedBase64(response.Response.AuthenticatorData),
			Signature:         protocol.URLEncodedBase64(response.Response.Signature),
		},
	}.Parse()
	if err != nil {
		return failed(err)
	}
	// Steps 15, 16, 20 and 21: RP ID hash, UP, signature.
	if err := parsed.Verify(ceremony.Bytes(challenge).String(), rpID, "", []string{ceremony.Origin(rpID)}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, false, true, credential.PublicKey,
		protocol.SignaturePolicy{}); err != nil {
		return failed(err)
	}
	data := parsed.Response.AuthenticatorData
	// §6.1: an assertion has no attested credential data.
	if data.Flags.HasAttestedCredentialData() {
		return failed(errors.New("the AT flag is set in an assertion"))
	}
	// Step 18: what cannot be backed up is not backed up.
	if data.Flags.HasBackupState() && !data.Flags.HasBackupEligible() {
		return failed(errors.New("the BS flag is set without BE"))
	}
	return assertionData{
		signCount:      data.Counter,
		userVerified:   data.Flags.HasUserVerified(),
		backupEligible: data.Flags.HasBackupEligible(),
		backupState:    data.Flags.HasBackupState(),
	}, nil
}

// checkAttestationObject holds the members to their exact names: go-webauthn's CBOR
// decoder, too, folds their case.
func checkAttestationObject(object []byte) error {
	var members map[string]webauthncbor.RawMessage
	if err := webauthncbor.Unmarshal(object, &members); err != nil {
		return fmt.Errorf("attestation object: %w", err)
	}
	for _, name := range []string{"fmt", "attStmt", "authData"} {
		if _, present := members[name]; !present {
			return fmt.Errorf("attestation object has no %s", name)
		}
	}
	if len(members) != 3 {
		return fmt.Errorf("attestation object has %d members", len(members))
	}
	return nil
}

// checkPublicKey makes sure that the key is one that can be signed with. For
// attestation "none" go-webauthn looks at nothing but the algorithm.
func checkPublicKey(encoded []byte) error {
	key, err := webauthncose.ParsePublicKey(encoded)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	switch key := key.(type) {
	case webauthncose.EC2PublicKeyData: // ParsePublicKey has found the point on its curve
		if key.Algorithm == ceremony.AlgES256 {
			return nil
		}
	case webauthncose.OKPPublicKeyData:
		if key.Algorithm == ceremony.AlgEdDSA {
			return checkEd25519(key.XCoord)
		}
	case webauthncose.RSAPublicKeyData:
		if key.Algorithm == ceremony.AlgRS256 {
			return checkRSA(key.Modulus, key.Exponent)
		}
	}
	return errors.New("the public key is of an algorithm that was not offered")
}

func credentialParams() []protocol.CredentialParameter {
	out := make([]protocol.CredentialParameter, len(algorithms))
	for i, algorithm := range algorithms {
		out[i] = protocol.CredentialParameter{
			Type:      protocol.PublicKeyCredentialType,
			Algorithm: webauthncose.COSEAlgorithmIdentifier(algorithm),
		}
	}
	return out
}

// detailed brings out what go-webauthn keeps beside the text of its errors.
func detailed(err error) error {
	if known, ok := errors.AsType[*protocol.Error](err); ok && known.DevInfo != "" {
		return fmt.Errorf("%w (%s)", err, known.DevInfo)
	}
	return err
}
