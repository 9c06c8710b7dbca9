package verifier

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"
)

// signingCache keeps the unsealed key, so that the keyring is asked once.
type signingCache struct {
	mu  sync.Mutex
	kid string
	key *ecdsa.PrivateKey
}

func (c *signingCache) get(kid string) *ecdsa.PrivateKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kid != kid {
		return nil
	}
	return c.key
}

func (c *signingCache) put(kid string, key *ecdsa.PrivateKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kid, c.key = kid, key
}

// signer returns the key in use. keys are those on record: where there is none, or
// the keyring has lost what it was sealed with, a new one takes its place and the
// old public key stays in the JWKS until its tokens have expired.
func (v *Verifier) signer(ctx context.Context, organizationID string, keys []SigningKey) (kid string, key *ecdsa.PrivateKey, err error) {
	if current, found := inUse(keys); found {
		if key := v.signing.get(current.KID); key != nil {
			return current.KID, key, nil
		}
		sealing, err := v.sealingKey(ctx, organizationID)
		if err != nil {
			return "", nil, err
		}
		defer clear(sealing)
		if key, err = unseal(sealing, organizationID, current); err == nil {
			v.signing.put(current.KID, key)
			return current.KID, key, nil
		}
	}
	return v.replaceSigningKey(ctx, organizationID, keys)
}

// replaceSigningKey makes a new key, unless another process has done so since keys
// were read.
func (v *Verifier) replaceSigningKey(ctx context.Context, organizationID string, keys []SigningKey) (string, *ecdsa.PrivateKey, error) {
	fresh, err := v.newSigningKey(ctx, organizationID)
	if err != nil {
		return "", nil, err
	}
	var made SigningKey
	err = v.update(ctx, func(tx Tx) error {
		recorded, err := tx.SigningKeys()
		if err != nil {
			return err
		}
		before, _ := inUse(keys)
		current, found := inUse(recorded)
		if made = current; found && current.KID != before.KID {
			return nil
		}
		made = fresh
		event := Event{Action: eventSigningKeyCreated, Subject: fresh.KID, Outcome: outcomeOK}
		if found {
			if err := tx.RetireSigningKey(current.KID, fresh.CreatedAt); err != nil {
				return err
			}
			event.Action, event.Detail = eventSigningKeyReplaced, "the keyring no longer opens "+current.KID
		}
		if err := tx.InsertSigningKey(fresh); err != nil {
			return err
		}
		return record(tx, fresh.CreatedAt, event)
	})
	if err != nil {
		return "", nil, err
	}
	sealing, err := v.sealingKey(ctx, organizationID)
	if err != nil {
		return "", nil, err
	}
	defer clear(sealing)
	key, err := unseal(sealing, organizationID, made)
	if err != nil {
		return "", nil, &Error{Code: CodeSealUnavailable, Err: err}
	}
	v.signing.put(made.KID, key)
	return made.KID, key, nil
}

func inUse(keys []SigningKey) (SigningKey, bool) {
	for _, key := range keys {
		if key.RetiredAt.IsZero() {
			return key, true
		}
	}
	return SigningKey{}, false
}

// published tells whether tokens signed with the key may still be valid.
func (v *Verifier) published(key SigningKey, now time.Time) bool {
	return key.RetiredAt.IsZero() || now.Before(key.RetiredAt.Add(v.options.TokenTTL+sessionSkew))
}

// newSigningKey makes a P-256 key and seals it.
func (v *Verifier) newSigningKey(ctx context.Context, organizationID string) (SigningKey, error) {
	sealing, err := v.sealingKey(ctx, organizationID)
	if err != nil {
		return SigningKey{}, err
	}
	defer clear(sealing)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return SigningKey{}, refuse(CodeInternal, "generate a signing key: %w", err)
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		return SigningKey{}, refuse(CodeInternal, "encode the public key: %w", err)
	}
	made := SigningKey{KID: thumbprint(public), PublicKey: public, CreatedAt: v.now()}
	scalar, err := private.Bytes()
	if err != nil {
		return SigningKey{}, refuse(CodeInternal, "encode the signing key: %w", err)
	}
	defer clear(scalar)
	aead, err := sealCipher(sealing)
	if err != nil {
		return SigningKey{}, err
	}
	nonce := randomBytes(aead.NonceSize())
	made.Sealed = aead.Seal(nonce, nonce, scalar, sealContext(organizationID, made.KID))
	return made, nil
}

func (v *Verifier) sealingKey(ctx context.Context, organizationID string) ([]byte, error) {
	if v.options.Sealer == nil {
		return nil, refuse(CodeSealUnavailable, "there is no sealer")
	}
	key, err := v.options.Sealer.SealingKey(ctx, organizationID)
	if err != nil {
		if ctx.Err() != nil {
			return nil, outward(ctx.Err())
		}
		if errors.Is(err, ErrStoreReadOnly) {
			return nil, err
		}
		return nil, &Error{Code: CodeSealUnavailable, Err: err}
	}
	return key, nil
}

// unseal opens a signing key and makes sure that it is the one on record.
func unseal(sealing []byte, organizationID string, record SigningKey) (*ecdsa.PrivateKey, error) {
	aead, err := sealCipher(sealing)
	if err != nil {
		return nil, err
	}
	if len(record.Sealed) < aead.NonceSize() {
		return nil, errors.New("the sealed key is too short")
	}
	nonce, sealed := record.Sealed[:aead.NonceSize()], record.Sealed[aead.NonceSize():]
	scalar, err := aead.Open(nil, nonce, sealed, sealContext(organizationID, record.KID))
	if err != nil {
		return nil, err
	}
	defer clear(scalar)
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return nil, err
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	if thumbprint(public) != record.KID {
		return nil, errors.New("the sealed key is another one")
	}
	return private, nil
}

func sealCipher(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, refuse(CodeSealUnavailable, "the sealing key has %d bytes instead of 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealContext binds a sealed key to where it belongs.
func sealContext(organizationID, kid string) []byte {
	return []byte("latchkey signing key\x00" + organizationID + "\x00" + kid)
}

// thumbprint is the JWK thumbprint of RFC 7638 §3 for an uncompressed P-256 point.
func thumbprint(point []byte) string {
	x, y := coordinates(point)
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, x, y))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// coordinates are those of an uncompressed P-256 point, as RFC 7518 §6.2.1 writes them.
func coordinates(point []byte) (x, y string) {
	return base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
}
