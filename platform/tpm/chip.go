package tpm

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// chip is an [authenticator.Chip] and [authenticator.PINCounter] over a TPM.
//
// A context is looked at before the first of a row of commands; all that was loaded is
// flushed in any case. What a row comes to is handed over when it is through: nothing of
// it is shared with who has given up waiting.
type chip struct {
	device *Device
	name   string // for people
}

// awaited does work that takes the TPM, for as long as it is waited for.
func awaited[T any](ctx context.Context, c *chip, work func(context.Context) (T, error)) (T, error) {
	out, err := await(ctx, c.device.patience, work)
	if errors.Is(err, errSilent) {
		err = c.silent(err)
	}
	return out, err
}

// Probe implements authenticator.Chip.
func (c *chip) Probe(ctx context.Context) error {
	_, err := c.limits(ctx)
	return err
}

// Generate implements authenticator.Chip.
func (c *chip) Generate(ctx context.Context, pin string) ([]byte, *ecdsa.PublicKey, error) {
	return c.generate(ctx, guarded, []byte(pin))
}

// generate makes a key that signs for who knows secret.
func (c *chip) generate(ctx context.Context, template tpm2.TPMTPublic, secret []byte) (key []byte, public *ecdsa.PublicKey, err error) {
	type pair struct {
		wrapped []byte
		public  *ecdsa.PublicKey
	}
	auth := authValue(secret)
	made, err := awaited(ctx, c, func(ctx context.Context) (out pair, err error) {
		defer clear(auth)
		out.wrapped, out.public, err = c.create(ctx, template, auth)
		return out, err
	})
	return made.wrapped, made.public, err
}

// create makes a key with an auth value.
func (c *chip) create(ctx context.Context, template tpm2.TPMTPublic, auth []byte) (key []byte, public *ecdsa.PublicKey, err error) {
	err = c.useParent(ctx, func(tpm transport.TPM, parent parent) error {
		// The session encrypts the secret for whoever has the parent.
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
		key = wrap(parent.name, made.OutPublic, made.OutPrivate)
		public, err = publicKey(made.OutPublic)
		return err
	})
	return key, public, err
}

// Check implements authenticator.Chip.
func (c *chip) Check(ctx context.Context, key []byte) error {
	_, err := awaited(ctx, c, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.useKey(ctx, key, func(transport.TPM, parent, *tpm2.LoadResponse) error { return nil })
	})
	return err
}

// Sign implements authenticator.Chip.
func (c *chip) Sign(ctx context.Context, key []byte, digest [32]byte, pin string) ([]byte, error) {
	return c.sign(ctx, key, digest, []byte(pin))
}

// sign signs with the secret that a key was made with.
func (c *chip) sign(ctx context.Context, key []byte, digest [32]byte, secret []byte) ([]byte, error) {
	auth := authValue(secret)
	return awaited(ctx, c, func(ctx context.Context) ([]byte, error) {
		defer clear(auth)
		return c.prove(ctx, key, digest, auth)
	})
}

// prove signs with the auth value of a key.
func (c *chip) prove(ctx context.Context, key []byte, digest [32]byte, auth []byte) (out []byte, err error) {
	err = c.useKey(ctx, key, func(tpm transport.TPM, parent parent, loaded *tpm2.LoadResponse) error {
		// Only a proof of the secret travels, keyed with a salt that nobody reads but the
		// chip whose parent was there when the key was made.
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
	giveBack, err := c.device.take(ctx)
	if err != nil {
		return err
	}
	defer giveBack()
	tpm, err := c.device.open(c.device.path, time.Now().Add(c.device.patience))
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
			name, err := tpm2.ObjectName(public) // that which is told apart need not be this key's
			if err != nil {
				return fmt.Errorf("storage primary: %w", err)
			}
			return commands(tpm, parent{made.ObjectHandle, *name, *public})
		})
	})
}

// useKey loads a wrapped key for a row of commands, under the parent that it was made
// under and no other: a salt for somebody else's parent would let them guess the secret.
func (c *chip) useKey(ctx context.Context, key []byte, commands func(transport.TPM, parent, *tpm2.LoadResponse) error) error {
	made, public, private, err := unwrap(key)
	if err != nil {
		return c.foreign(err)
	}
	return c.useParent(ctx, func(tpm transport.TPM, parent parent) error {
		if !bytes.Equal(parent.name.Buffer, made.Buffer) {
			return c.foreign(errors.New("it was made under another storage primary"))
		}
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
