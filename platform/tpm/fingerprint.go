package tpm

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/records"
)

// FingerprintAAGUID marks credentials behind the fingerprint reader, so that a relying
// party knows what has verified the user: 4c617463-686b-6579-4c69-6e7578465052.
var FingerprintAAGUID = [16]byte([]byte("LatchkeyLinuxFPR"))

// VirtualFingerprintAAGUID marks those whose TPM is software:
// 4c617463-686b-6579-5669-727446505221.
var VirtualFingerprintAAGUID = [16]byte([]byte("LatchkeyVirtFPR!"))

// Finger verifies by the fingerprint reader who runs this process.
type Finger interface {
	// Probe tells whether a finger can be verified now, without one. Its errors are those
	// of [authenticator.Chip].
	Probe(ctx context.Context) error

	// Verify returns nil once a finger of this user has matched, and at no other time.
	// Each time that one does not and may be tried again, it calls refused with a
	// sentence that tells the person why. Its errors wrap a [ceremony.Error], or are
	// ctx's.
	Verify(ctx context.Context, refused func(why string)) error
}

// Secrets is the keyring of the person who is signed in to the desktop. An id has 43
// characters of base64url, or is "probe"; a secret has 32 bytes.
type Secrets interface {
	// Save keeps a secret.
	Save(ctx context.Context, id string, secret []byte) error

	// Load returns a secret in bytes that the caller may overwrite. Where there is none
	// its error wraps [ErrNoSecret]; any other means that the keyring cannot be used now.
	Load(ctx context.Context, id string) ([]byte, error)

	// Delete forgets a secret. One that is gone already is no error.
	Delete(ctx context.Context, id string) error
}

// ErrNoSecret says that the keyring has no secret of that id.
var ErrNoSecret = errors.New("no such secret in the keyring")

// FingerprintOptions say what to use.
type FingerprintOptions struct {
	Options // Records is a file of its own

	Finger  Finger
	Secrets Secrets
}

// NewFingerprint returns the authenticator of kind [ceremony.KindFingerprint].
func NewFingerprint(options FingerprintOptions) *authenticator.Authenticator {
	name := options.named("Fingerprint reader")
	chip := &fingerChip{&chip{options.Device, name}, options.Finger, options.Secrets}
	return authenticator.New(chip, records.New(options.Records), authenticator.Options{
		Kind: ceremony.KindFingerprint, AAGUID: options.model(FingerprintAAGUID, VirtualFingerprintAAGUID),
		Name: name, Virtual: options.Device.Virtual(),
	})
}

// fingerChip is an [authenticator.Recognizer] over a TPM, a fingerprint reader and a
// keyring.
type fingerChip struct {
	tpm     *chip
	finger  Finger
	secrets Secrets
}

// secretSize is that of a key's secret in bytes.
const secretSize = 32

// secretID is the name of a key's secret in the keyring.
func secretID(key []byte) string {
	sum := sha256.Sum256(key)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// probeID is a name under which no secret stands, to see whether the keyring answers.
const probeID = "probe"

// Probe implements authenticator.Chip.
func (f *fingerChip) Probe(ctx context.Context) error {
	if err := f.tpm.Probe(ctx); err != nil {
		return err
	}
	if err := f.finger.Probe(ctx); err != nil {
		return err
	}
	if _, err := f.secrets.Load(ctx, probeID); err != nil && !errors.Is(err, ErrNoSecret) {
		return f.tpm.noKeyring(err)
	}
	return nil
}

// Generate implements authenticator.Chip.
func (f *fingerChip) Generate(ctx context.Context, _ string) ([]byte, *ecdsa.PublicKey, error) {
	secret := make([]byte, secretSize)
	defer clear(secret)
	rand.Read(secret)
	key, public, err := f.tpm.generate(ctx, unguarded, secret)
	if err != nil {
		return nil, nil, err
	}
	if err := f.secrets.Save(ctx, secretID(key), secret); err != nil {
		return nil, nil, f.tpm.noKeyring(err)
	}
	return key, public, nil
}

// Check implements authenticator.Chip.
func (f *fingerChip) Check(ctx context.Context, key []byte) error {
	if err := f.tpm.Check(ctx, key); err != nil {
		return err
	}
	secret, err := f.load(ctx, key)
	clear(secret) // that it is there is all that was asked
	return err
}

// Sign implements authenticator.Chip.
func (f *fingerChip) Sign(ctx context.Context, key []byte, digest [32]byte, _ string) ([]byte, error) {
	return f.SignRecognized(ctx, key, digest, func(string) {})
}

// SignRecognized implements authenticator.Recognizer. A finger that does not match never
// comes near the TPM, so it counts as no wrong PIN there.
func (f *fingerChip) SignRecognized(ctx context.Context, key []byte, digest [32]byte, refused func(why string)) ([]byte, error) {
	if err := f.finger.Verify(ctx, refused); err != nil {
		return nil, err
	}
	secret, err := f.load(ctx, key)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return f.tpm.sign(ctx, key, digest, secret)
}

// Forget implements authenticator.Forgetter. Without its secret a key is of no use.
func (f *fingerChip) Forget(ctx context.Context, key []byte) error {
	if err := f.secrets.Delete(ctx, secretID(key)); err != nil {
		return f.tpm.noKeyring(err)
	}
	return nil
}

func (f *fingerChip) load(ctx context.Context, key []byte) ([]byte, error) {
	secret, err := f.secrets.Load(ctx, secretID(key))
	switch {
	case errors.Is(err, ErrNoSecret):
		return nil, f.tpm.lost(err)
	case err != nil:
		return nil, f.tpm.noKeyring(err)
	}
	return secret, nil
}
