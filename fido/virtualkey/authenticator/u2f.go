package authenticator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Instructions and status words of FIDO U2F Raw Message Formats 1.2.
const (
	insRegister     = 0x01
	insAuthenticate = 0x02
	insVersion      = 0x03

	controlCheckOnly = 0x07
	controlEnforce   = 0x03
	controlDontAsk   = 0x08

	swNoError      statusWord = 0x9000
	swWrongLength  statusWord = 0x6700
	swNotSatisfied statusWord = 0x6985 // a touch is wanted: ask again
	swWrongData    statusWord = 0x6A80 // not a key handle of this key
	swInsUnknown   statusWord = 0x6D00
	swClaUnknown   statusWord = 0x6E00
	swOther        statusWord = 0x6F00
)

const (
	u2fVersion       = "U2F_V2"
	challengeSize    = 32
	registerMagic    = 0x05
	u2fTouchPatience = 100 * time.Millisecond
)

// statusWord ends every U2F response.
type statusWord uint16

// HandleU2F runs the U2F command in apdu (short or extended length) and returns the response with its status word at the end.
// Its credentials are the ES256 credentials of CTAP2, not discoverable (CTAP 2.1 §10.3). A touch is waited for only
// briefly: U2F platforms poll.
func (a *Authenticator) HandleU2F(ctx context.Context, apdu []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget(0)
	response, word := a.u2f(ctx, apdu)
	return binary.BigEndian.AppendUint16(response, uint16(word))
}

func (a *Authenticator) u2f(ctx context.Context, apdu []byte) ([]byte, statusWord) {
	if len(apdu) < 4 {
		return nil, swWrongLength
	}
	if apdu[0] != 0 {
		return nil, swClaUnknown
	}
	data, ok := apduData(apdu[4:])
	if !ok {
		return nil, swWrongLength
	}
	switch apdu[1] {
	case insRegister:
		return a.u2fRegister(ctx, data)
	case insAuthenticate:
		return a.u2fAuthenticate(ctx, apdu[2], data)
	case insVersion:
		if len(data) != 0 {
			return nil, swWrongLength
		}
		return []byte(u2fVersion), swNoError
	default:
		return nil, swInsUnknown
	}
}

// apduData returns the data between the two length fields that may surround it (ISO/IEC 7816-4 §5.2).
func apduData(body []byte) (data []byte, ok bool) {
	switch {
	case len(body) <= 1: // nothing, or Le
		return nil, true
	case body[0] != 0: // Lc, data and perhaps Le
		return leading(body[1:], int(body[0]), 1)
	case len(body) == 3: // 00 and Le of two bytes
		return nil, true
	case len(body) > 3:
		return leading(body[3:], int(binary.BigEndian.Uint16(body[1:3])), 2)
	default:
		return nil, false
	}
}

// leading returns the first n bytes of data if nothing or a Le of le bytes follows them.
func leading(data []byte, n, le int) ([]byte, bool) {
	if rest := len(data) - n; rest != 0 && rest != le {
		return nil, false
	}
	return data[:n], true
}

// u2fRegister makes a credential, attested by a certificate that its own key signs: there is no key that could link two of them.
func (a *Authenticator) u2fRegister(ctx context.Context, data []byte) ([]byte, statusWord) {
	if len(data) != challengeSize+sha256.Size {
		return nil, swWrongLength
	}
	if word := a.u2fTouch(ctx, ActionRegister); word != swNoError {
		return nil, word
	}
	challenge, rpIDHash := data[:challengeSize], [32]byte(data[challengeSize:])
	response, err := a.u2fCreate(challenge, rpIDHash)
	if err != nil {
		return nil, a.statusWord(err)
	}
	return response, swNoError
}

func (a *Authenticator) u2fCreate(challenge []byte, rpIDHash [32]byte) ([]byte, error) {
	source := newSource(algES256)
	id, err := source.wrap(a.state.Secret, rpIDHash)
	if err != nil {
		return nil, err
	}
	pair, err := source.keyPair()
	if err != nil {
		return nil, err
	}
	certificate, err := u2fCertificate(pair)
	if err != nil {
		return nil, err
	}
	signature, err := pair.sign(slices.Concat([]byte{0}, rpIDHash[:], challenge, id, pair.point))
	if err != nil {
		return nil, err
	}
	if err := a.update(func(s *State) { s.Counter++ }); err != nil {
		return nil, err
	}
	return slices.Concat([]byte{registerMagic}, pair.point, []byte{byte(len(id))}, id, certificate, signature), nil
}

// u2fCertificate returns a self-signed certificate for the key pair.
func u2fCertificate(pair keyPair) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Latchkey virtual key"},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // "no expiry" of RFC 5280 §4.1.2.5
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pair.signer.Public(), pair.signer)
	if err != nil {
		return nil, fmt.Errorf("make the attestation certificate: %w", err)
	}
	return der, nil
}

// u2fAuthenticate signs in with a key handle.
func (a *Authenticator) u2fAuthenticate(ctx context.Context, control byte, data []byte) ([]byte, statusWord) {
	const fixed = challengeSize + sha256.Size + 1
	if len(data) < fixed || len(data) != fixed+int(data[fixed-1]) {
		return nil, swWrongLength
	}
	challenge, rpIDHash, handle := data[:challengeSize], [32]byte(data[challengeSize:fixed-1]), data[fixed:]
	s, ok := a.ours(descriptor{Type: publicKey, ID: handle}, rpIDHash)
	if !ok || s.alg != algES256 || s.protect != uvOptional { // U2F cannot verify the user
		return nil, swWrongData
	}
	var flags byte
	switch control {
	case controlCheckOnly: // "the key handle is ours" is told by this very status word
		return nil, swNotSatisfied
	case controlEnforce:
		if word := a.u2fTouch(ctx, ActionSignIn); word != swNoError {
			return nil, word
		}
		flags = flagUserPresent
	case controlDontAsk:
	default:
		return nil, swWrongData
	}
	response, err := a.u2fAssert(s, rpIDHash, flags, challenge)
	if err != nil {
		return nil, a.statusWord(err)
	}
	return response, swNoError
}

func (a *Authenticator) u2fAssert(s source, rpIDHash [32]byte, flags byte, challenge []byte) ([]byte, error) {
	pair, err := s.keyPair()
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32([]byte{flags}, a.state.Counter+1)
	signature, err := pair.sign(slices.Concat(rpIDHash[:], head, challenge))
	if err != nil {
		return nil, err
	}
	if err := a.update(func(state *State) { state.Counter++ }); err != nil {
		return nil, err
	}
	return slices.Concat(head, signature), nil
}

// u2fTouch waits briefly for a touch.
func (a *Authenticator) u2fTouch(ctx context.Context, action Action) statusWord {
	ctx, cancel := context.WithTimeout(ctx, u2fTouchPatience)
	defer cancel()
	if err := a.options.Presence.Wait(ctx, Prompt{Action: action}); err != nil {
		return swNotSatisfied
	}
	return swNoError
}

// statusWord returns what a U2F platform is told of err.
func (a *Authenticator) statusWord(err error) statusWord {
	a.options.Log.Error("U2F command failed", "error", err)
	return swOther
}
