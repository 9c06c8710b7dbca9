// Package softchip is a chip made of software. Tests of what works over any chip use
// it; no program that is shipped links it.
package softchip

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"

	"latchkey/fido/ceremony"
)

// Tries is how many wrong PINs in a row a chip takes.
const Tries = 5

// Chip wraps keys with a key of its own, which ends with it.
type Chip struct {
	wrapping cipher.AEAD
	finger   chan struct{} // nil where a PIN is asked for

	mu        sync.Mutex
	tries     int
	problem   error
	forgotten map[string]bool
	signed    int
}

// New returns a chip with a wrapping key that no other has.
func New() *Chip {
	secret := make([]byte, 32)
	rand.Read(secret)
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err) // the size is right
	}
	wrapping, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size that GCM wants
	}
	return &Chip{wrapping: wrapping, tries: Tries, forgotten: map[string]bool{}}
}

// NewWithFinger returns a chip that verifies its user by itself: each signature takes
// one [Chip.Touch].
func NewWithFinger() *Chip {
	c := New()
	c.finger = make(chan struct{}, 8)
	return c
}

// Touch puts the right finger on the chip, for the signature that waits or the next.
func (c *Chip) Touch() { c.finger <- struct{}{} }

// Break lets every use fail with err until it is mended with nil.
func (c *Chip) Break(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problem = err
}

// Heal makes the chip forget the wrong PINs.
func (c *Chip) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries = Tries
}

// Signatures returns how many signatures were made.
func (c *Chip) Signatures() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signed
}

// Probe implements the core's Chip.
func (c *Chip) Probe(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.problem
}

// Generate implements the core's Chip.
func (c *Chip) Generate(ctx context.Context, pin string) ([]byte, *ecdsa.PublicKey, error) {
	if err := c.Probe(ctx); err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("generate: %w", err)
	}
	encoded, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode: %w", err)
	}
	auth := sha256.Sum256([]byte(pin))
	return c.wrapping.Seal(nil, nil, append(auth[:], encoded...), nil), &key.PublicKey, nil
}

// Check implements the core's Chip.
func (c *Chip) Check(ctx context.Context, key []byte) error {
	if err := c.Probe(ctx); err != nil {
		return err
	}
	_, err := c.open(key)
	return err
}

func (c *Chip) open(key []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	content, err := c.wrapping.Open(nil, nil, key, nil)
	if err == nil && c.forgotten[string(key)] {
		err = errors.New("the key was destroyed")
	}
	if err != nil {
		return nil, &ceremony.Error{Code: ceremony.CodeNoCredential, Retries: -1, Err: err}
	}
	return content, nil
}

// Sign implements the core's Chip.
func (c *Chip) Sign(ctx context.Context, key []byte, digest [32]byte, pin string) ([]byte, error) {
	if _, err := c.PINRetries(ctx); err != nil {
		return nil, err
	}
	if c.finger != nil {
		select {
		case <-c.finger:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	content, err := c.open(key)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	auth := sha256.Sum256([]byte(pin))
	if subtle.ConstantTimeCompare(content[:len(auth)], auth[:]) == 0 {
		c.tries--
		return nil, &ceremony.Error{Code: ceremony.CodePINInvalid, Retries: c.tries}
	}
	c.tries = Tries
	c.signed++
	private, err := x509.ParseECPrivateKey(content[len(auth):])
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return ecdsa.SignASN1(rand.Reader, private, digest[:])
}

// PINRetries implements the core's PINCounter.
func (c *Chip) PINRetries(context.Context) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.problem != nil {
		return 0, c.problem
	}
	if c.tries == 0 {
		return 0, &ceremony.Error{Code: ceremony.CodePINAuthBlocked}
	}
	return c.tries, nil
}

// Forget implements the core's Forgetter.
func (c *Chip) Forget(_ context.Context, key []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten[string(key)] = true
	return nil
}

// Forgotten returns how many keys were destroyed.
func (c *Chip) Forgotten() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.forgotten)
}
