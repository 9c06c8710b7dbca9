//go:build windows && cgo

package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"latchkey/fido/virtualkey/authenticator"
)

// Commands and permissions of CTAP 2.1 §6 and §6.5.5.7.
const (
	cmdMakeCredential       = 0x01
	cmdGetAssertion         = 0x02
	cmdClientPIN            = 0x06
	cmdCredentialManagement = 0x0a

	permitCeremonies = 0x03
	permitManagement = 0x04
)

// listLimit is how many credentials the key takes at once.
const listLimit = 8

// ctap2 is the encoding of CTAP 2.1 §8.
var ctap2 = func() cbor.EncMode {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

type params map[int]any

// descriptor is a PublicKeyCredentialDescriptor.
type descriptor struct {
	Type string `cbor:"type"`
	ID   []byte `cbor:"id"`
}

// send runs a command on the key; what the key refuses is an authenticator.Status.
func (k *key) send(ctx context.Context, command byte, p params, response any) error {
	encoded, err := ctap2.Marshal(p)
	if err != nil {
		return err
	}
	answer := k.core.Handle(ctx, append([]byte{command}, encoded...), nil)
	if status := authenticator.Status(answer[0]); status != authenticator.StatusOK {
		return status
	}
	if response == nil {
		return nil
	}
	return cbor.Unmarshal(answer[1:], response)
}

// creation is what a caller wants to have made.
type creation struct {
	clientDataHash     [32]byte
	rpID, rpName       string
	userID             []byte
	userName, userShow string
	algorithms         []int
	exclude            []descriptor
	protect            uint32
	resident, verify   bool
	attest             bool
}

// make makes a credential and returns its id, its authenticator data and its attestation
// object.
func (k *key) make(ctx context.Context, c creation) (id, data, object []byte, err error) {
	var list []map[string]any
	for _, algorithm := range c.algorithms {
		list = append(list, map[string]any{"type": "public-key", "alg": algorithm})
	}
	p := params{
		1: c.clientDataHash[:],
		2: map[string]any{"id": c.rpID, "name": c.rpName},
		3: map[string]any{"id": c.userID, "name": c.userName, "displayName": c.userShow},
		4: list,
		7: map[string]bool{"rk": c.resident},
	}
	if c.protect != 0 {
		p[6] = map[string]any{"credProtect": c.protect}
	}
	var signed []byte
	if c.verify {
		token, err := k.token(ctx, permitCeremonies, c.rpID)
		if err != nil {
			return nil, nil, nil, err
		}
		signed = authenticate(token, c.clientDataHash[:])
		p[8], p[9] = signed, 1
	}
	for i, batch := range slices.Collect(slices.Chunk(c.exclude, listLimit)) {
		if i == 0 {
			p[5] = batch
			continue
		}
		silent := params{1: c.rpID, 2: c.clientDataHash[:], 3: batch, 5: map[string]bool{"up": false}}
		if signed != nil {
			silent[6], silent[7] = signed, 1
		}
		if err := k.send(ctx, cmdGetAssertion, silent, nil); err != authenticator.StatusNoCredentials {
			return nil, nil, nil, errors.Join(err, authenticator.StatusCredentialExcluded)
		}
	}
	var made struct {
		Format    string          `cbor:"1,keyasint"`
		Data      []byte          `cbor:"2,keyasint"`
		Statement cbor.RawMessage `cbor:"3,keyasint"`
	}
	if err := k.send(ctx, cmdMakeCredential, p, &made); err != nil {
		return nil, nil, nil, err
	}
	if !c.attest {
		made.Format, made.Statement = "none", []byte{0xa0}
	}
	object, err = ctap2.Marshal(map[string]any{"fmt": made.Format, "attStmt": made.Statement, "authData": made.Data})
	size := int(binary.BigEndian.Uint16(made.Data[53:])) // of the id, behind the AAGUID: WebAuthn L3 §6.5.2
	return made.Data[55 : 55+size], made.Data, object, err
}

// signature is what the key answers a challenge with.
type signature struct {
	Credential descriptor `cbor:"1,keyasint"`
	Data       []byte     `cbor:"2,keyasint"`
	Signature  []byte     `cbor:"3,keyasint"`
	User       struct {
		ID []byte `cbor:"id"`
	} `cbor:"4,keyasint"`
}

// assert signs with one of the allowed credentials, or with any that is discoverable.
func (k *key) assert(ctx context.Context, rpID string, clientDataHash [32]byte, allowed []descriptor, verify bool) (signed signature, err error) {
	p := params{1: rpID, 2: clientDataHash[:]}
	if verify {
		token, err := k.token(ctx, permitCeremonies, rpID)
		if err != nil {
			return signed, err
		}
		p[6], p[7] = authenticate(token, clientDataHash[:]), 1
	}
	if len(allowed) == 0 {
		return signed, k.send(ctx, cmdGetAssertion, p, &signed)
	}
	for batch := range slices.Chunk(allowed, listLimit) {
		p[3] = batch
		if err = k.send(ctx, cmdGetAssertion, p, &signed); err != authenticator.StatusNoCredentials {
			break
		}
	}
	return signed, err
}

// delete removes a discoverable credential.
func (k *key) delete(ctx context.Context, id []byte) error {
	token, err := k.token(ctx, permitManagement, "")
	if err != nil {
		return err
	}
	const deleteCredential = 0x06
	which := params{2: descriptor{Type: "public-key", ID: id}}
	encoded, err := ctap2.Marshal(which)
	if err != nil {
		return err
	}
	return k.send(ctx, cmdCredentialManagement, params{
		1: deleteCredential, 2: which, 3: 1, 4: authenticate(token, append([]byte{deleteCredential}, encoded...)),
	}, nil)
}

// coseKey is a public key of P-256, RFC 9053 §7.1.1.
type coseKey struct {
	Type      int    `cbor:"1,keyasint"`
	Algorithm int    `cbor:"3,keyasint"`
	Curve     int    `cbor:"-1,keyasint"`
	X         []byte `cbor:"-2,keyasint"`
	Y         []byte `cbor:"-3,keyasint"`
}

// token returns a pinUvAuthToken by PIN/UV auth protocol one, CTAP 2.1 §6.5.5.7.2 and
// §6.5.6.
func (k *key) token(ctx context.Context, permissions int, rpID string) ([]byte, error) {
	var answer struct {
		Key   coseKey `cbor:"1,keyasint"`
		Token []byte  `cbor:"2,keyasint"`
	}
	const getKeyAgreement, getToken = 2, 9
	if err := k.send(ctx, cmdClientPIN, params{1: 1, 2: getKeyAgreement}, &answer); err != nil {
		return nil, err
	}
	theirs, err := ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, answer.Key.X, answer.Key.Y))
	if err != nil {
		return nil, err
	}
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	secret := sha256.Sum256(shared)
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		return nil, err
	}
	hash, sealed, iv := sha256.Sum256([]byte(pin)), make([]byte, 16), make([]byte, aes.BlockSize)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, hash[:16])

	point := private.PublicKey().Bytes()
	p := params{
		1: 1, 2: getToken, 6: sealed, 9: permissions,
		3: coseKey{Type: 2, Algorithm: -25, Curve: 1, X: point[1:33], Y: point[33:]},
	}
	if rpID != "" {
		p[10] = rpID
	}
	if err := k.send(ctx, cmdClientPIN, p, &answer); err != nil {
		return nil, err
	}
	token := make([]byte, len(answer.Token))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(token, answer.Token)
	return token, nil
}

// authenticate signs a message with a token by PIN/UV auth protocol one.
func authenticate(token, message []byte) []byte {
	mac := hmac.New(sha256.New, token)
	mac.Write(message)
	return mac.Sum(nil)[:16]
}
