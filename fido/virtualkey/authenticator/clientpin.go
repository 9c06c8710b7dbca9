package authenticator

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"unicode/utf8"
)

const (
	minPINLength = 4  // code points
	maxPINLength = 63 // bytes of UTF-8
	paddedPIN    = 64 // bytes that a new PIN is sent in

	// maxMismatches is how many wrong PINs in a row block the key until its next power-up (CTAP 2.1 §6.5.5.6).
	maxMismatches = 3
)

// Subcommands of authenticatorClientPIN (CTAP 2.1 §6.5.5).
const (
	pinGetRetries              = 0x01
	pinGetKeyAgreement         = 0x02
	pinSet                     = 0x03
	pinChange                  = 0x04
	pinGetToken                = 0x05
	pinGetTokenWithPermissions = 0x09
)

// clientPINRequest holds the parameters of authenticatorClientPIN.
type clientPINRequest struct {
	Protocol     *uint    `cbor:"1,keyasint"`
	Subcommand   *uint    `cbor:"2,keyasint"`
	KeyAgreement *coseKey `cbor:"3,keyasint"`
	AuthParam    octets   `cbor:"4,keyasint"`
	NewPINEnc    octets   `cbor:"5,keyasint"`
	PINHashEnc   octets   `cbor:"6,keyasint"`
	Permissions  *uint    `cbor:"9,keyasint"`
	RPID         *string  `cbor:"10,keyasint"`
}

// clientPINResponse is the response of authenticatorClientPIN.
type clientPINResponse struct {
	KeyAgreement *coseKey `cbor:"1,keyasint,omitempty"`
	Token        []byte   `cbor:"2,keyasint,omitempty"`
	Retries      *int     `cbor:"3,keyasint,omitempty"`
	PowerCycle   *bool    `cbor:"4,keyasint,omitempty"` // true: blocked until the next power-up
}

// clientPIN does everything about the PIN (authenticatorClientPIN, CTAP 2.1 §6.5.5).
func (a *Authenticator) clientPIN(params []byte) (any, error) {
	var request clientPINRequest
	if err := ctap2.decode(params, &request); err != nil {
		return nil, err
	}
	if request.Subcommand == nil {
		return nil, StatusMissingParameter
	}
	switch *request.Subcommand {
	case pinGetRetries:
		retries, blocked := a.state.PIN.Retries, a.mismatches >= maxMismatches
		return clientPINResponse{Retries: &retries, PowerCycle: &blocked}, nil
	case pinGetKeyAgreement:
		p, err := a.protocol(request.Protocol)
		if err != nil {
			return nil, err
		}
		key := p.publicKey()
		return clientPINResponse{KeyAgreement: &key}, nil
	case pinSet:
		return nil, a.setPIN(request)
	case pinChange:
		return nil, a.changePIN(request)
	case pinGetToken:
		return a.getPINToken(request)
	case pinGetTokenWithPermissions:
		return a.getPINTokenWithPermissions(request)
	default:
		return nil, StatusInvalidSubcommand
	}
}

// SetPIN sets or replaces the PIN without asking for the old one: for whoever owns the software and prepares a key. It returns
// [StatusPINPolicyViolation] unless the PIN has 4 code points or more and 63 bytes or fewer.
func (a *Authenticator) SetPIN(pin string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.storePIN([]byte(pin)); err != nil {
		return err
	}
	a.mismatches = 0
	a.resetTokens()
	return nil
}

func (a *Authenticator) pinIsSet() bool { return len(a.state.PIN.Hash) != 0 }

// setPIN sets the first PIN (CTAP 2.1 §6.5.5.5).
func (a *Authenticator) setPIN(r clientPINRequest) error {
	if r.KeyAgreement == nil || r.NewPINEnc == nil || r.AuthParam == nil {
		return StatusMissingParameter
	}
	p, err := a.protocol(r.Protocol)
	if err != nil {
		return err
	}
	if a.pinIsSet() {
		return StatusPINAuthInvalid
	}
	secret, err := p.decapsulate(r.KeyAgreement)
	if err != nil {
		return err
	}
	if !p.verify(secret, r.NewPINEnc, r.AuthParam) {
		return StatusPINAuthInvalid
	}
	return a.storeNewPIN(p, secret, r.NewPINEnc)
}

// changePIN replaces the PIN (CTAP 2.1 §6.5.5.6).
func (a *Authenticator) changePIN(r clientPINRequest) error {
	if r.KeyAgreement == nil || r.NewPINEnc == nil || r.AuthParam == nil || r.PINHashEnc == nil {
		return StatusMissingParameter
	}
	p, err := a.protocol(r.Protocol)
	if err != nil {
		return err
	}
	if err := a.pinUsable(); err != nil {
		return err
	}
	secret, err := p.decapsulate(r.KeyAgreement)
	if err != nil {
		return err
	}
	if !p.verify(secret, slices.Concat(r.NewPINEnc, r.PINHashEnc), r.AuthParam) {
		return StatusPINAuthInvalid
	}
	if err := a.checkPIN(p, secret, r.PINHashEnc); err != nil {
		return err
	}
	if err := a.storeNewPIN(p, secret, r.NewPINEnc); err != nil {
		return err
	}
	a.resetTokens()
	return nil
}

// getPINToken gives out a token with the permissions of CTAP 2.0 (CTAP 2.1 §6.5.5.7.1).
func (a *Authenticator) getPINToken(r clientPINRequest) (any, error) {
	if r.Permissions != nil || r.RPID != nil {
		return nil, StatusInvalidParameter
	}
	return a.issueToken(r, permitMakeCredential|permitGetAssertion, "")
}

// getPINTokenWithPermissions gives out a token with the wanted permissions (CTAP 2.1 §6.5.5.7.2).
func (a *Authenticator) getPINTokenWithPermissions(r clientPINRequest) (any, error) {
	if r.Permissions == nil {
		return nil, StatusMissingParameter
	}
	if *r.Permissions == 0 {
		return nil, StatusInvalidParameter
	}
	if *r.Permissions&^uint(permitSupported) != 0 {
		return nil, StatusUnauthorizedPermission
	}
	wanted := permission(*r.Permissions)
	if wanted&(permitMakeCredential|permitGetAssertion) != 0 && (r.RPID == nil || *r.RPID == "") {
		return nil, StatusMissingParameter
	}
	var rpID string
	if r.RPID != nil {
		rpID = *r.RPID
	}
	return a.issueToken(r, wanted, rpID)
}

// issueToken checks the PIN and puts a fresh token into use.
func (a *Authenticator) issueToken(r clientPINRequest, permissions permission, rpID string) (any, error) {
	if r.KeyAgreement == nil || r.PINHashEnc == nil {
		return nil, StatusMissingParameter
	}
	p, err := a.protocol(r.Protocol)
	if err != nil {
		return nil, err
	}
	if err := a.pinUsable(); err != nil {
		return nil, err
	}
	secret, err := p.decapsulate(r.KeyAgreement)
	if err != nil {
		return nil, err
	}
	if err := a.checkPIN(p, secret, r.PINHashEnc); err != nil {
		return nil, err
	}
	a.resetTokens()
	a.token.begin(p, permissions, rpID, a.options.Now())
	sealed, err := p.scheme.encrypt(secret, p.token)
	if err != nil {
		return nil, err
	}
	return clientPINResponse{Token: sealed}, nil
}

// pinUsable refuses a PIN where none is set, and any further try where the key is blocked.
func (a *Authenticator) pinUsable() error {
	switch {
	case !a.pinIsSet():
		return StatusPINNotSet
	case a.state.PIN.Retries == 0:
		return StatusPINBlocked
	case a.mismatches >= maxMismatches:
		return StatusPINAuthBlocked
	default:
		return nil
	}
}

// checkPIN compares the encrypted hash of a PIN with the stored one. The try is counted, durably, before the comparison,
// so that pulling the key in time gives nobody a free one.
func (a *Authenticator) checkPIN(p *pinProtocol, secret, sealed []byte) error {
	if err := a.update(func(s *State) { s.PIN.Retries-- }); err != nil {
		return err
	}
	hash, err := p.scheme.decrypt(secret, sealed)
	if err != nil || subtle.ConstantTimeCompare(hash, a.state.PIN.Hash) != 1 {
		return a.mismatch(p)
	}
	a.mismatches = 0
	return a.update(func(s *State) { s.PIN.Retries = maxPINRetries })
}

// mismatch answers a wrong PIN.
func (a *Authenticator) mismatch(p *pinProtocol) error {
	a.mismatches++
	if err := p.regenerate(); err != nil {
		return err
	}
	switch {
	case a.state.PIN.Retries == 0:
		return StatusPINBlocked
	case a.mismatches >= maxMismatches:
		return StatusPINAuthBlocked
	default:
		return StatusPINInvalid
	}
}

// storeNewPIN decrypts a new PIN from its zero-padded form and stores it.
func (a *Authenticator) storeNewPIN(p *pinProtocol, secret, sealed []byte) error {
	padded, err := p.scheme.decrypt(secret, sealed)
	if err != nil {
		return err
	}
	defer clear(padded)
	if len(padded) != paddedPIN {
		return StatusInvalidParameter
	}
	return a.storePIN(bytes.TrimRight(padded, "\x00"))
}

// storePIN stores the hash of a PIN that keeps the rules, with all its retries.
func (a *Authenticator) storePIN(pin []byte) error {
	if utf8.RuneCount(pin) < minPINLength || len(pin) > maxPINLength {
		return StatusPINPolicyViolation
	}
	hash := sha256.Sum256(pin)
	return a.update(func(s *State) {
		s.PIN = PIN{Hash: slices.Clone(hash[:pinHashSize]), Retries: maxPINRetries}
	})
}

// resetTokens makes every token given out worthless.
func (a *Authenticator) resetTokens() {
	for _, p := range a.protocols {
		p.resetToken()
	}
	a.token = tokenState{}
}
