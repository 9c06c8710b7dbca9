package touchid

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"latchkey/fido/ceremony"
)

// chip is an [authenticator.Chip] and [authenticator.Forgetter] over the Secure Enclave.
//
// Its wrapped keys are the tags under which the keychain has them.
type chip struct {
	name string
	open func() (system, error)

	turn chan struct{} // whoever asks for a finger holds its one place

	mu     sync.Mutex
	system system // nil until it was opened
	group  string // access group of the keys, "" until all that the program itself needs was there
}

func newChip(name string, open func() (system, error)) *chip {
	return &chip{name: name, open: open, turn: make(chan struct{}, 1)}
}

// tagPrefix marks the tags of this package, so that a record that was tampered with
// points at no other key.
const tagPrefix = "latchkey-"

// Probe implements authenticator.Chip. Fingers that are locked out for now do not count:
// they are set up, and the person unlocks them with the password.
func (c *chip) Probe(ctx context.Context) error {
	system, _, err := c.ready(ctx)
	if err != nil {
		return err
	}
	if err := c.fingers(system); !errors.Is(err, ceremony.ErrUVBlocked) {
		return err
	}
	return nil
}

// Generate implements authenticator.Chip. The finger is asked for with the first
// signature.
func (c *chip) Generate(ctx context.Context, _ string) ([]byte, *ecdsa.PublicKey, error) {
	system, group, err := c.ready(ctx)
	if err != nil {
		return nil, nil, err
	}
	key := keyName{group, tagPrefix + rand.Text()}
	public, err := generate(system, key)
	if err != nil {
		err = c.explain(err)
		// It may have failed when the key was there already.
		if removing := system.remove(key); removing != nil && !notFound(removing) {
			err = errors.Join(err, fmt.Errorf("remove the key: %w", removing))
		}
		return nil, nil, err
	}
	return []byte(key.tag), public, nil
}

func generate(system system, key keyName) (*ecdsa.PublicKey, error) {
	point, err := system.generate(key)
	if err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("the Secure Enclave's public key: %w", err)
	}
	return public, nil
}

// Check implements authenticator.Chip.
func (c *chip) Check(ctx context.Context, key []byte) error {
	system, name, err := c.named(ctx, key)
	if err != nil {
		return err
	}
	switch err := system.find(name); {
	case err == nil, isApple(err, nsOSStatusErrorDomain, errSecInteractionNotAllowed): // it is there, behind a finger
		return nil
	default:
		return c.explain(err)
	}
}

// Sign implements authenticator.Chip.
func (c *chip) Sign(ctx context.Context, key []byte, digest [32]byte, _ string) ([]byte, error) {
	system, name, err := c.named(ctx, key)
	if err != nil {
		return nil, err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// The lid may have been closed since the last time.
	if err := c.fingers(system); err != nil {
		return nil, err
	}
	dialogue, err := system.ask(reason(ctx))
	if err != nil {
		return nil, c.explain(err)
	}
	defer dialogue.close()
	stop := whenDone(ctx, dialogue.cancel)
	signature, err := dialogue.sign(name, digest)
	stop()
	switch {
	case err == nil:
		return signature, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	if lid := c.closedLid(system, err); lid != nil { // closed while the finger was awaited
		return nil, lid
	}
	return nil, c.explain(err)
}

// Forget implements authenticator.Forgetter.
func (c *chip) Forget(ctx context.Context, key []byte) error {
	system, name, err := c.named(ctx, key)
	if err != nil {
		return err
	}
	if err := system.remove(name); err != nil && !notFound(err) {
		return c.explain(err)
	}
	return nil
}

// named returns the name of a key, on a system that can use it.
func (c *chip) named(ctx context.Context, key []byte) (system, keyName, error) {
	system, group, err := c.ready(ctx)
	if err != nil {
		return nil, keyName{}, err
	}
	tag := string(key)
	if !strings.HasPrefix(tag, tagPrefix) {
		return nil, keyName{}, c.fail(ceremony.CodeNoCredential, fixNoKey, errors.New("the record names no key of this kind"))
	}
	return system, keyName{group, tag}, nil
}

// whenDone calls cancel once if ctx ends before stop is called. When stop has returned,
// cancel neither runs nor will.
func whenDone(ctx context.Context, cancel func()) (stop func()) {
	canceled := make(chan struct{})
	pending := context.AfterFunc(ctx, func() {
		defer close(canceled)
		cancel()
	})
	return func() {
		if !pending() {
			<-canceled
		}
	}
}
