package authenticator

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// makeCredentialRequest holds the parameters of authenticatorMakeCredential (CTAP 2.1 §6.1).
type makeCredentialRequest struct {
	ClientDataHash octets                `cbor:"1,keyasint"`
	RP             rpEntity              `cbor:"2,keyasint"`
	User           userEntity            `cbor:"3,keyasint"`
	Params         []credentialParameter `cbor:"4,keyasint"`
	ExcludeList    []descriptor          `cbor:"5,keyasint"`
	Extensions     struct {
		CredProtect *uint8 `cbor:"credProtect"`
		HMACSecret  *bool  `cbor:"hmac-secret"`
	} `cbor:"6,keyasint"`
	Options     map[string]bool `cbor:"7,keyasint"`
	AuthParam   octets          `cbor:"8,keyasint"`
	Protocol    *uint           `cbor:"9,keyasint"`
	Attestation *uint           `cbor:"10,keyasint"` // enterpriseAttestation
}

type rpEntity struct {
	ID   string `cbor:"id"`
	Name string `cbor:"name"`
}

type userEntity struct {
	ID          octets `cbor:"id"`
	Name        string `cbor:"name"`
	DisplayName string `cbor:"displayName"`
}

// attestation is the response of authenticatorMakeCredential. Its names are CTAP's integers; WebAuthn's are the platform's work.
type attestation struct {
	Format    string          `cbor:"1,keyasint"`
	AuthData  []byte          `cbor:"2,keyasint"`
	Statement packedStatement `cbor:"3,keyasint"`
}

// packedStatement is a packed self attestation (WebAuthn L3 §8.2).
type packedStatement struct {
	Alg algorithm `cbor:"alg"`
	Sig []byte    `cbor:"sig"`
}

type makeExtensions struct {
	CredProtect protection `cbor:"credProtect,omitempty"`
	HMACSecret  bool       `cbor:"hmac-secret,omitempty"`
}

// makeCredential makes a credential (authenticatorMakeCredential, CTAP 2.1 §6.1.2), in the order of the specification.
func (a *Authenticator) makeCredential(ctx context.Context, params []byte, touch toucher) (any, error) {
	var request makeCredentialRequest
	if err := ctap2.decode(params, &request); err != nil {
		return nil, err
	}
	if err := request.complete(); err != nil {
		return nil, err
	}
	auth := userAuth{request.AuthParam, request.Protocol}
	protocol, err := a.pinProtocol(ctx, auth, touch)
	if err != nil {
		return nil, err
	}
	alg, err := chooseAlgorithm(request.Params)
	if err != nil {
		return nil, err
	}
	if err := request.checkOptions(); err != nil {
		return nil, err
	}
	resident := request.Options["rk"]
	if resident && a.pinIsSet() && !auth.given() {
		return nil, StatusPUATRequired
	}
	verified, err := a.verifyUser(protocol, auth, request.ClientDataHash, permitMakeCredential, request.RP.ID)
	if err != nil {
		return nil, err
	}

	rpIDHash := sha256.Sum256([]byte(request.RP.ID))
	prompt := Prompt{Action: ActionRegister, RPID: request.RP.ID}
	if a.excluded(request.ExcludeList, rpIDHash, verified) {
		// The touch keeps a website from learning silently whose key this is. Whether it comes makes no difference to the
		// answer (§6.1.2 step 12); only a platform that gives up is told that it did.
		if err := touch(ctx, prompt); errors.Is(err, StatusKeepAliveCancel) {
			return nil, err
		}
		return nil, StatusCredentialExcluded
	}
	source := newSource(alg)
	source.resident = resident
	extensions, err := request.extend(&source)
	if err != nil {
		return nil, err
	}
	if err := touch(ctx, prompt); err != nil {
		return nil, err
	}
	a.token.spend()
	return a.create(request, source, rpIDHash, verified, extensions)
}

// complete refuses a request without its required parameters, or with ones that no platform may send.
func (r makeCredentialRequest) complete() error {
	if err := checkClientDataHash(r.ClientDataHash); err != nil {
		return err
	}
	if r.RP.ID == "" || r.User.ID == nil || r.Params == nil {
		return StatusMissingParameter
	}
	if n := len(r.User.ID); n < 1 || n > 64 {
		return StatusInvalidLength
	}
	return checkDescriptors(r.ExcludeList)
}

// checkOptions refuses options that mean nothing here. With a pinUvAuthParam "uv" counts as false.
func (r makeCredentialRequest) checkOptions() error {
	if r.Options["uv"] && r.AuthParam == nil {
		return StatusInvalidOption
	}
	if up, ok := r.Options["up"]; ok && !up {
		return StatusInvalidOption
	}
	if r.Attestation != nil { // not capable of enterprise attestation
		return StatusInvalidParameter
	}
	return nil
}

// chooseAlgorithm returns the first of the listed algorithms that this key knows.
func chooseAlgorithm(params []credentialParameter) (algorithm, error) {
	var chosen algorithm
	for _, p := range params {
		if p.Type == "" || p.Alg == 0 {
			return 0, StatusMissingParameter
		}
		if chosen == 0 && p.Type == publicKey && (p.Alg == algES256 || p.Alg == algEdDSA) {
			chosen = p.Alg
		}
	}
	if chosen == 0 {
		return 0, StatusUnsupportedAlgorithm
	}
	return chosen, nil
}

// excluded reports whether the list names a credential of this key that may be known to exist.
func (a *Authenticator) excluded(list []descriptor, rpIDHash [32]byte, verified bool) bool {
	return slices.ContainsFunc(list, func(d descriptor) bool {
		s, ok := a.ours(d, rpIDHash)
		return ok && (verified || s.protect != uvRequired)
	})
}

// extend puts the requested extensions into s and returns their encoded outputs, nil if there are none.
func (r makeCredentialRequest) extend(s *source) ([]byte, error) {
	var outputs makeExtensions
	if level := r.Extensions.CredProtect; level != nil {
		s.protect = protection(*level)
		if s.protect < uvOptional || s.protect > uvRequired {
			return nil, StatusInvalidOption
		}
		outputs.CredProtect = s.protect
	}
	if wanted := r.Extensions.HMACSecret; wanted != nil && *wanted {
		s.hmacSecret, outputs.HMACSecret = true, true
	}
	if outputs == (makeExtensions{}) {
		return nil, nil
	}
	return ctap2.encode(outputs)
}

// create makes the credential of s, stores it if it is discoverable, and attests it with its own key.
func (a *Authenticator) create(r makeCredentialRequest, s source, rpIDHash [32]byte, verified bool, extensions []byte) (any, error) {
	id, err := s.wrap(a.state.Secret, rpIDHash)
	if err != nil {
		return nil, err
	}
	pair, err := s.keyPair()
	if err != nil {
		return nil, err
	}
	public, err := ctap2.encode(pair.public)
	if err != nil {
		return nil, err
	}
	flags := byte(flagUserPresent)
	if verified {
		flags |= flagUserVerified
	}
	size := binary.BigEndian.AppendUint16(nil, uint16(len(id)))
	attested := slices.Concat(a.options.AAGUID[:], size, id, public)
	authData := authenticatorData(rpIDHash, flags, a.state.Counter+1, attested, extensions)
	signature, err := pair.sign(slices.Concat(authData, r.ClientDataHash))
	if err != nil {
		return nil, err
	}
	if s.resident {
		err = a.storeResident(Credential{
			ID:   id,
			RP:   RP{ID: r.RP.ID, Name: truncate(r.RP.Name)},
			User: User{ID: r.User.ID, Name: truncate(r.User.Name), DisplayName: truncate(r.User.DisplayName)},
		})
	} else {
		err = a.update(func(state *State) { state.Counter++ })
	}
	if err != nil {
		return nil, err
	}
	return attestation{Format: "packed", AuthData: authData, Statement: packedStatement{Alg: s.alg, Sig: signature}}, nil
}

// storeResident stores c in the place of the one that the same account has, if any, and counts up.
func (a *Authenticator) storeResident(c Credential) error {
	sameAccount := func(other Credential) bool {
		return other.RP.ID == c.RP.ID && slices.Equal(other.User.ID, c.User.ID)
	}
	if len(a.state.Credentials) >= maxResident && !slices.ContainsFunc(a.state.Credentials, sameAccount) {
		return StatusKeyStoreFull
	}
	return a.update(func(state *State) {
		state.Counter++
		state.Credentials = append(slices.DeleteFunc(state.Credentials, sameAccount), c)
	})
}
