package authenticator

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// protection is a level of the credProtect extension (CTAP 2.1 §12.1).
type protection uint8

const (
	uvOptional                     protection = 1
	uvOptionalWithCredentialIDList protection = 2
	uvRequired                     protection = 3
)

const (
	seedSize = 32
	nonce    = 12
	tag      = 16

	// credentialIDSize is nonce ‖ AES-256-GCM(flags ‖ algorithm ‖ protection ‖ seed).
	credentialIDSize = nonce + 3 + seedSize + tag

	flagResident   = 1 << 0
	flagHMACSecret = 1 << 1
)

// source is a public key credential source (WebAuthn L3 §4), less what only a discoverable one has. The credential ID
// carries it, encrypted under the key's secret and bound to the relying party, so that credentials that are not
// discoverable take no room and cannot be lost.
type source struct {
	alg        algorithm
	protect    protection
	resident   bool
	hmacSecret bool
	seed       []byte // all key material of the credential is derived from it
}

// newSource makes fresh key material.
func newSource(alg algorithm) source {
	seed := make([]byte, seedSize)
	rand.Read(seed)
	return source{alg: alg, protect: uvOptional, seed: seed}
}

// wrap returns the credential ID of s for the relying party with this RP ID hash.
func (s source) wrap(secret []byte, rpIDHash [32]byte) ([]byte, error) {
	aead, err := wrapping(secret)
	if err != nil {
		return nil, err
	}
	var flags byte
	if s.resident {
		flags |= flagResident
	}
	if s.hmacSecret {
		flags |= flagHMACSecret
	}
	plain := append([]byte{flags, byte(-s.alg), byte(s.protect)}, s.seed...)
	id := make([]byte, nonce, credentialIDSize)
	rand.Read(id)
	return aead.Seal(id, id, plain, rpIDHash[:]), nil
}

// unwrap returns what is in a credential ID; ok is false if this key did not make it for this relying party.
func unwrap(secret, id []byte, rpIDHash [32]byte) (s source, ok bool) {
	if len(id) != credentialIDSize {
		return source{}, false
	}
	aead, err := wrapping(secret)
	if err != nil {
		return source{}, false
	}
	plain, err := aead.Open(nil, id[:nonce], id[nonce:], rpIDHash[:])
	if err != nil {
		return source{}, false
	}
	return source{
		resident:   plain[0]&flagResident != 0,
		hmacSecret: plain[0]&flagHMACSecret != 0,
		alg:        -algorithm(plain[1]),
		protect:    protection(plain[2]),
		seed:       plain[3:],
	}, true
}

func wrapping(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Expand(sha256.New, secret, "Latchkey credential ID", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the wrapping key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("wrap a credential: %w", err)
	}
	return cipher.NewGCM(block)
}

// keyPair is the key pair of a credential.
type keyPair struct {
	signer crypto.Signer
	public coseKey
	point  []byte // of ES256: the public key as 04 ‖ x ‖ y, as U2F wants it
}

// keyPair derives the key pair of s.
func (s source) keyPair() (keyPair, error) {
	if s.alg == algEdDSA {
		seed, err := hkdf.Expand(sha256.New, s.seed, "Latchkey EdDSA", ed25519.SeedSize)
		if err != nil {
			return keyPair{}, fmt.Errorf("derive an EdDSA key: %w", err)
		}
		private := ed25519.NewKeyFromSeed(seed)
		return keyPair{signer: private, public: coseEd25519(private.Public().(ed25519.PublicKey))}, nil
	}
	// A scalar that is zero or not below the group's order (once in 2³²) is no key: take the next one.
	for try := 0; ; try++ {
		scalar, err := hkdf.Expand(sha256.New, s.seed, fmt.Sprintf("Latchkey ES256 %d", try), 32)
		if err != nil {
			return keyPair{}, fmt.Errorf("derive an ES256 key: %w", err)
		}
		if _, err := ecdh.P256().NewPrivateKey(scalar); err != nil {
			continue
		}
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
		if err != nil {
			return keyPair{}, fmt.Errorf("derive an ES256 key: %w", err)
		}
		point, err := private.PublicKey.Bytes()
		if err != nil {
			return keyPair{}, fmt.Errorf("encode an ES256 key: %w", err)
		}
		return keyPair{signer: private, public: coseP256(algES256, point), point: point}, nil
	}
}

// sign signs message: ECDSA over its SHA-256 (ASN.1 DER), or Ed25519 over the message itself.
func (k keyPair) sign(message []byte) ([]byte, error) {
	if k.public.Algorithm == algEdDSA {
		return k.signer.Sign(rand.Reader, message, crypto.Hash(0))
	}
	digest := sha256.Sum256(message)
	return k.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
}

// credRandom returns the secret of the hmac-secret extension (CTAP 2.1 §12.5), one for each state of verification.
func (s source) credRandom(verified bool) ([]byte, error) {
	return hkdf.Expand(sha256.New, s.seed, fmt.Sprintf("Latchkey hmac-secret uv=%t", verified), 32)
}
