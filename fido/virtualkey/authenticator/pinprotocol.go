package authenticator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
)

const tokenSize = 32

// pinProtocol is a PIN/UV auth protocol (CTAP 2.1 §6.5.4) with the state that it keeps while the key has power: its
// key-agreement key and its pinUvAuthToken.
type pinProtocol struct {
	scheme  scheme
	private *ecdh.PrivateKey
	token   []byte
}

// scheme is the cryptography in which the two protocols differ.
type scheme interface {
	// kdf turns the x-coordinate of the shared point into the shared secret.
	kdf(z []byte) ([]byte, error)
	encrypt(secret, plain []byte) ([]byte, error)
	// decrypt answers StatusInvalidParameter for a ciphertext that cannot be one.
	decrypt(secret, sealed []byte) ([]byte, error)
	// authenticate returns the signature over message. The key is a shared secret or a token.
	authenticate(key, message []byte) []byte
}

func newPINProtocol(s scheme) (*pinProtocol, error) {
	p := &pinProtocol{scheme: s}
	if err := p.regenerate(); err != nil {
		return nil, err
	}
	p.resetToken()
	return p, nil
}

// regenerate makes a fresh key-agreement key.
func (p *pinProtocol) regenerate() error {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key-agreement key: %w", err)
	}
	p.private = private
	return nil
}

// resetToken makes a fresh pinUvAuthToken, so that whoever holds the old one holds nothing.
func (p *pinProtocol) resetToken() {
	clear(p.token)
	p.token = make([]byte, tokenSize)
	rand.Read(p.token)
}

func (p *pinProtocol) publicKey() coseKey {
	return coseP256(algECDHES, p.private.PublicKey().Bytes())
}

// decapsulate returns the secret shared with the platform that has this key.
func (p *pinProtocol) decapsulate(platform *coseKey) ([]byte, error) {
	peer, err := platform.ecdh()
	if err != nil {
		return nil, err
	}
	z, err := p.private.ECDH(peer)
	if err != nil {
		return nil, StatusInvalidParameter
	}
	return p.scheme.kdf(z)
}

// verify reports whether signature is over message, in constant time.
func (p *pinProtocol) verify(key, message, signature []byte) bool {
	return subtle.ConstantTimeCompare(p.scheme.authenticate(key, message), signature) == 1
}

// protocolOne is PIN/UV auth protocol one (CTAP 2.1 §6.5.6).
type protocolOne struct{}

func (protocolOne) kdf(z []byte) ([]byte, error) {
	secret := sha256.Sum256(z)
	return secret[:], nil
}

func (protocolOne) encrypt(secret, plain []byte) ([]byte, error) {
	return encryptCBC(secret, make([]byte, aes.BlockSize), plain)
}

func (protocolOne) decrypt(secret, sealed []byte) ([]byte, error) {
	return decryptCBC(secret, make([]byte, aes.BlockSize), sealed)
}

func (protocolOne) authenticate(key, message []byte) []byte {
	return hmacSHA256(key, message)[:16]
}

// protocolTwo is PIN/UV auth protocol two (CTAP 2.1 §6.5.7). Its shared secret is HMAC key ‖ AES key.
type protocolTwo struct{}

func (protocolTwo) kdf(z []byte) ([]byte, error) {
	salt := make([]byte, 32)
	hmacKey, err := hkdf.Key(sha256.New, z, salt, "CTAP2 HMAC key", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the HMAC key: %w", err)
	}
	aesKey, err := hkdf.Key(sha256.New, z, salt, "CTAP2 AES key", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the AES key: %w", err)
	}
	return append(hmacKey, aesKey...), nil
}

func (protocolTwo) encrypt(secret, plain []byte) ([]byte, error) {
	iv := make([]byte, aes.BlockSize)
	rand.Read(iv)
	sealed, err := encryptCBC(secret[32:], iv, plain)
	if err != nil {
		return nil, err
	}
	return slices.Concat(iv, sealed), nil
}

func (protocolTwo) decrypt(secret, sealed []byte) ([]byte, error) {
	if len(sealed) < aes.BlockSize {
		return nil, StatusInvalidParameter
	}
	return decryptCBC(secret[32:], sealed[:aes.BlockSize], sealed[aes.BlockSize:])
}

func (protocolTwo) authenticate(key, message []byte) []byte {
	return hmacSHA256(key[:32], message) // of a shared secret, the HMAC half
}

func encryptCBC(key, iv, plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	sealed := make([]byte, len(plain))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, plain)
	return sealed, nil
}

func decryptCBC(key, iv, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, StatusInvalidParameter
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	return plain, nil
}

func hmacSHA256(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil)
}
