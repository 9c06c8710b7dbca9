package tpm

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"latchkey/fido/ceremony"
)

// chip is an [authenticator.Chip] and [authenticator.PINCounter] over a TPM.
//
// A command takes milliseconds and cannot be taken back, so a context is looked at
// before the first of a row; all that was loaded is flushed in any case.
type chip struct {
	path string
	name string
	open func(path string) (transport.TPMCloser, error)

	mu sync.Mutex // a TPM without resource manager has room for three objects
}

func newChip(path, name string, open func(string) (transport.TPMCloser, error)) *chip {
	return &chip{path: path, name: name, open: open}
}

// Probe implements authenticator.Chip.
func (c *chip) Probe(ctx context.Context) error {
	return c.use(ctx, func(tpm transport.TPM) error {
		_, err := readLimits(tpm)
		return err
	})
}

// Generate implements authenticator.Chip.
func (c *chip) Generate(ctx context.Context, pin string) ([]byte, *ecdsa.PublicKey, error) {
	return c.generate(ctx, guarded, []byte(pin))
}

// generate makes a key that signs for who knows secret.
func (c *chip) generate(ctx context.Context, template tpm2.TPMTPublic, secret []byte) (key []byte, public *ecdsa.PublicKey, err error) {
	auth := authValue(secret)
	defer clear(auth)
	err = c.useParent(ctx, func(tpm transport.TPM, parent parent) error {
		// The session encrypts the secret for the chip alone.
		session := tpm2.HMAC(tpm2.TPMAlgSHA256, nonceSize, tpm2.Salted(parent.handle, parent.public),
			tpm2.AESEncryption(128, tpm2.EncryptIn))
		made, err := tpm2.Create{
			ParentHandle: tpm2.AuthHandle{Handle: parent.handle, Name: parent.name, Auth: session},
			InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
				UserAuth: tpm2.TPM2BAuth{Buffer: auth},
				Data:     tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{}),
			}},
			InPublic: tpm2.New2B(template),
		}.Execute(tpm)
		if err != nil {
			return fmt.Errorf("create key: %w", err)
		}
		key = wrap(made.OutPublic, made.OutPrivate)
		public, err = publicKey(made.OutPublic)
		return err
	})
	return key, public, err
}

// Check implements authenticator.Chip.
func (c *chip) Check(ctx context.Context, key []byte) error {
	return c.useKey(ctx, key, func(transport.TPM, parent, *tpm2.LoadResponse) error { return nil })
}

// Sign implements authenticator.Chip.
func (c *chip) Sign(ctx context.Context, key []byte, digest [32]byte, pin string) ([]byte, error) {
	return c.sign(ctx, key, digest, []byte(pin))
}

// sign signs with the secret that a key was made with.
func (c *chip) sign(ctx context.Context, key []byte, digest [32]byte, secret []byte) (out []byte, err error) {
	auth := authValue(secret)
	defer clear(auth)
	err = c.useKey(ctx, key, func(tpm transport.TPM, parent parent, loaded *tpm2.LoadResponse) error {
		// Only a proof of the secret travels, keyed with a salt that the chip alone reads.
		session := tpm2.HMAC(tpm2.TPMAlgSHA256, nonceSize, tpm2.Auth(auth), tpm2.Salted(parent.handle, parent.public))
		signed, err := tpm2.Sign{
			KeyHandle:  tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name, Auth: session},
			Digest:     tpm2.TPM2BDigest{Buffer: digest[:]},
			Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck},
		}.Execute(tpm)
		if errors.Is(err, tpm2.TPMRCAuthFail) {
			return c.wrongPIN(tpm, err)
		}
		if errors.Is(err, tpm2.TPMRCBadAuth) { // the same of a key without counting
			return c.lost(err)
		}
		if err != nil {
			return fmt.Errorf("sign: %w", err)
		}
		out, err = signature(signed.Signature)
		return err
	})
	return out, err
}

// PINRetries implements authenticator.PINCounter. Wrong PINs of other programs count
// too: the TPM has one counter.
func (c *chip) PINRetries(ctx context.Context) (retries int, err error) {
	err = c.use(ctx, func(tpm transport.TPM) error {
		limits, err := readLimits(tpm)
		if err != nil {
			return err
		}
		if retries = limits.left(); retries == 0 {
			return c.locked(limits.wait(), nil)
		}
		return nil
	})
	return retries, err
}

// nonceSize is that of sessions in bytes: the least that go with AES-128.
const nonceSize = 16

// authValue makes the auth value of a key out of its secret. A TPM takes no more bytes
// than a digest of the key's name algorithm has. None of them is zero: TPMs drop zeros
// at the end (Part 1 §19.6.5), and go-tpm 0.9.8 computes its proof with what stands
// before the first one, wherever that is, which the TPM takes for a wrong secret.
func authValue(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	for i := range sum {
		sum[i] = max(sum[i], 1)
	}
	return sum[:]
}

// use opens the TPM for a row of commands.
func (c *chip) use(ctx context.Context, commands func(transport.TPM) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	tpm, err := c.open(c.path)
	if err != nil {
		return c.unavailable(err)
	}
	defer func() {
		if closing := tpm.Close(); err == nil && closing != nil {
			err = c.explain(tpm, fmt.Errorf("close: %w", closing))
		}
	}()
	return c.explain(tpm, commands(tpm))
}

// parent is the loaded storage primary.
type parent struct {
	handle tpm2.TPMHandle
	name   tpm2.TPM2BName
	public tpm2.TPMTPublic
}

// useParent makes the storage primary for a row of commands. It is the TCG's
// reference template, out of which a TPM makes the same key each time.
func (c *chip) useParent(ctx context.Context, commands func(transport.TPM, parent) error) error {
	return c.use(ctx, func(tpm transport.TPM) error {
		made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(tpm)
		if errors.Is(err, tpm2.TPMRCAuthFail) || errors.Is(err, tpm2.TPMRCBadAuth) {
			return c.owned(err)
		}
		if err != nil {
			return fmt.Errorf("create the storage primary: %w", err)
		}
		return flushed(tpm, made.ObjectHandle, func() error {
			public, err := made.OutPublic.Contents()
			if err != nil {
				return fmt.Errorf("storage primary: %w", err)
			}
			return commands(tpm, parent{made.ObjectHandle, made.Name, *public})
		})
	})
}

// useKey loads a wrapped key for a row of commands.
func (c *chip) useKey(ctx context.Context, key []byte, commands func(transport.TPM, parent, *tpm2.LoadResponse) error) error {
	public, private, err := unwrap(key)
	if err != nil {
		return c.foreign(err)
	}
	return c.useParent(ctx, func(tpm transport.TPM, parent parent) error {
		loaded, err := tpm2.Load{
			ParentHandle: tpm2.AuthHandle{Handle: parent.handle, Name: parent.name, Auth: tpm2.PasswordAuth(nil)},
			InPrivate:    private, InPublic: public,
		}.Execute(tpm)
		var malformed tpm2.TPMFmt1Error // about what was handed in, as bad integrity is
		if errors.As(err, &malformed) {
			return c.foreign(err)
		}
		if err != nil {
			return fmt.Errorf("load key: %w", err)
		}
		return flushed(tpm, loaded.ObjectHandle, func() error { return commands(tpm, parent, loaded) })
	})
}

// flushed runs commands and flushes the object that they needed.
func flushed(tpm transport.TPM, object tpm2.TPMHandle, commands func() error) error {
	err := commands()
	if _, flushing := (tpm2.FlushContext{FlushHandle: object}).Execute(tpm); flushing != nil {
		err = errors.Join(err, fmt.Errorf("flush: %w", flushing))
	}
	return err
}

// limits is the state of the TPM's dictionary-attack logic, Part 2 §6.13.
type limits struct {
	failed   uint32        // wrong auth values that count
	max      uint32        // how many lock it
	interval time.Duration // until one of them counts no more
}

func readLimits(tpm transport.TPM) (limits, error) {
	failed := func(err error) (limits, error) { return limits{}, fmt.Errorf("read properties: %w", err) }
	answer, err := tpm2.GetCapability{
		Capability: tpm2.TPMCapTPMProperties, Property: uint32(tpm2.TPMPTLockoutCounter), PropertyCount: 3,
	}.Execute(tpm)
	if err != nil {
		return failed(err)
	}
	properties, err := answer.CapabilityData.Data.TPMProperties()
	if err != nil {
		return failed(err)
	}
	var out limits
	for _, property := range properties.TPMProperty {
		switch property.Property {
		case tpm2.TPMPTLockoutCounter:
			out.failed = property.Value
		case tpm2.TPMPTMaxAuthFail:
			out.max = property.Value
		case tpm2.TPMPTLockoutInterval:
			out.interval = time.Duration(property.Value) * time.Second
		}
	}
	return out, nil
}

// left is how many wrong PINs the TPM still takes.
func (l limits) left() int {
	if l.failed >= l.max {
		return 0
	}
	return int(l.max - l.failed)
}

// wait is how long at most until a locked TPM takes a PIN again, while it has power.
func (l limits) wait() time.Duration {
	if l.failed < l.max {
		return 0
	}
	return time.Duration(l.failed-l.max+1) * l.interval
}

// wrongPIN tells of a PIN that the TPM has refused.
func (c *chip) wrongPIN(tpm transport.TPM, cause error) error {
	failed := c.fail(ceremony.CodePINInvalid, cause)
	if limits, err := readLimits(tpm); err == nil {
		failed.Retries = limits.left()
	}
	return failed
}
