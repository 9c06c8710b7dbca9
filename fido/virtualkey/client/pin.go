package client

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"slices"
)

// pinProtocolOne is the PIN/UV auth protocol that is spoken, CTAP 2.1 §6.5.6.
const pinProtocolOne = 1

// Permission says what a token is for, CTAP 2.1 §6.5.5.7.
type Permission int

// The permissions.
const (
	PermitCeremonies Permission = 0x03 // makeCredential and getAssertion
	PermitManagement Permission = 0x04 // of credentials
)

// Token is a pinUvAuthToken, which proves that the user was verified.
type Token []byte

// authenticate signs a message with the token, CTAP 2.1 §6.5.6.
func (t Token) authenticate(message []byte) []byte {
	mac := hmac.New(sha256.New, t)
	mac.Write(message)
	return mac.Sum(nil)[:16]
}

// Subcommands of authenticatorClientPIN, CTAP 2.1 §6.5.5.
const (
	pinGetRetries      = 0x01
	pinGetKeyAgreement = 0x02
	pinGetToken        = 0x09 // getPinUvAuthTokenUsingPinWithPermissions
)

// Retries returns how many wrong PINs the key still takes.
func (c Client) Retries(ctx context.Context) (int, error) {
	var answer struct {
		Retries int `cbor:"3,keyasint"`
	}
	err := c.send(ctx, cmdClientPIN, params{1: pinProtocolOne, 2: pinGetRetries}, &answer)
	return answer.Retries, err
}

// coseKey is a public key of P-256, RFC 9053 §7.1.1.
type coseKey struct {
	Type      int    `cbor:"1,keyasint"`
	Algorithm int    `cbor:"3,keyasint"`
	Curve     int    `cbor:"-1,keyasint"`
	X         []byte `cbor:"-2,keyasint"`
	Y         []byte `cbor:"-3,keyasint"`
}

// Verify returns a token for who knows the PIN, CTAP 2.1 §6.5.5.7.2. rpID "" binds it to
// no relying party, for PermitManagement.
func (c Client) Verify(ctx context.Context, pin string, permissions Permission, rpID string) (Token, error) {
	var answer struct {
		Key   coseKey `cbor:"1,keyasint"`
		Token []byte  `cbor:"2,keyasint"`
	}
	if err := c.send(ctx, cmdClientPIN, params{1: pinProtocolOne, 2: pinGetKeyAgreement}, &answer); err != nil {
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
	zero := make([]byte, aes.BlockSize) // protocol one has no initialisation vector
	hash, sealed := sha256.Sum256([]byte(pin)), make([]byte, 16)
	cipher.NewCBCEncrypter(block, zero).CryptBlocks(sealed, hash[:16])

	point := private.PublicKey().Bytes()
	p := params{
		1: pinProtocolOne, 2: pinGetToken, 6: sealed, 9: int(permissions),
		3: coseKey{Type: 2, Algorithm: -25, Curve: 1, X: point[1:33], Y: point[33:]},
	}
	if rpID != "" {
		p[10] = rpID
	}
	if err := c.send(ctx, cmdClientPIN, p, &answer); err != nil {
		return nil, err
	}
	token := make([]byte, len(answer.Token))
	cipher.NewCBCDecrypter(block, zero).CryptBlocks(token, answer.Token)
	return token, nil
}
