package verifier

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// Verifier is the relying party. It is safe for concurrent use, keeps no
// goroutines and holds nothing that is not in its store but a cache of the
// signing key.
type Verifier struct {
	store   Store
	options Options
	signing signingCache
}

// Sealer keeps the keys that seal signing keys where only this person's programs
// can read them: the keyring of the operating system.
type Sealer interface {
	// SealingKey returns the 32-byte key of an organisation and makes one on first
	// use. Every failure MUST wrap ErrSealUnavailable, or ErrStoreReadOnly where a key
	// cannot be made because nothing can be written.
	SealingKey(ctx context.Context, organizationID string) ([]byte, error)
}

// Options adjust a Verifier. The zero value of each stands for its default.
type Options struct {
	Clock           func() time.Time // time.Now
	Sealer          Sealer           // none: access tokens are refused with ErrSealUnavailable
	Password        PasswordParams   // DefaultPasswordParams
	SessionIdle     time.Duration    // 10 hours without use end a session
	SessionAbsolute time.Duration    // 24 hours end it in any case
	FreshFor        time.Duration    // 5 minutes: how long a check lets a session change keys
	ChallengeTTL    time.Duration    // 5 minutes to finish a ceremony, WebAuthn L3 §15.1
	GrantTTL        time.Duration    // 10 minutes to enrol a first key
	TokenTTL        time.Duration    // 5 minutes until an access token expires
}

// New returns a verifier over store. It does no input or output.
func New(store Store, options Options) (*Verifier, error) {
	if store == nil {
		return nil, errors.New("verifier: a store is needed")
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Password == (PasswordParams{}) {
		options.Password = DefaultPasswordParams
	}
	if err := options.Password.check(); err != nil {
		return nil, err
	}
	for _, span := range []struct {
		name  string
		value *time.Duration
		usual time.Duration
	}{
		{"SessionIdle", &options.SessionIdle, 10 * time.Hour},
		{"SessionAbsolute", &options.SessionAbsolute, 24 * time.Hour},
		{"FreshFor", &options.FreshFor, 5 * time.Minute},
		{"ChallengeTTL", &options.ChallengeTTL, 5 * time.Minute},
		{"GrantTTL", &options.GrantTTL, 10 * time.Minute},
		{"TokenTTL", &options.TokenTTL, 5 * time.Minute},
	} {
		if *span.value == 0 {
			*span.value = span.usual
		}
		if *span.value < 0 {
			return nil, fmt.Errorf("verifier: %s may not be negative", span.name)
		}
	}
	return &Verifier{store: store, options: options}, nil
}

// now is the time in the resolution that stores keep.
func (v *Verifier) now() time.Time { return v.options.Clock().UTC().Truncate(time.Microsecond) }

// view runs fn in a read-only transaction.
func (v *Verifier) view(ctx context.Context, fn func(Tx) error) error {
	return outward(v.store.View(ctx, fn))
}

// update runs fn in one durable transaction. Nothing of it remains when fn fails,
// unless it fails with a keptRefusal: then what it wrote before (the challenge it
// consumed, the try it counted, the event of the refusal) is committed.
func (v *Verifier) update(ctx context.Context, fn func(Tx) error) error {
	var kept *keptRefusal
	err := v.store.Update(ctx, func(tx Tx) error {
		err := fn(tx)
		if refusal, ok := errors.AsType[*keptRefusal](err); ok {
			kept = refusal
			return nil
		}
		return err
	})
	if err == nil && kept != nil {
		return kept.refusal
	}
	return outward(err)
}

// kept makes a refusal one whose consequences are remembered; other errors pass.
func kept(err error) error {
	if refusal, ok := errors.AsType[*Error](err); ok && remembered(refusal.Code) {
		return &keptRefusal{refusal}
	}
	return err
}

// keptRefusal is a refusal with consequences that must be remembered.
type keptRefusal struct{ refusal *Error }

func (k *keptRefusal) Error() string { return k.refusal.Error() }

// outward makes sure that callers see an *Error, or their own context's error.
func outward(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("verifier: %w", err)
	}
	return &Error{Code: CodeInternal, Err: err}
}

// refuse is a refusal with its private cause.
func refuse(code Code, format string, arguments ...any) *Error {
	return &Error{Code: code, Err: fmt.Errorf(format, arguments...)}
}

// organization is the organisation, or the refusal that there is none.
func organization(tx Tx) (Organization, error) {
	found, err := tx.Organization()
	if errors.Is(err, ErrNotFound) {
		return Organization{}, ErrNoOrganization
	}
	return found, err
}

// randomBytes returns n bytes of the system's generator, which does not fail.
func randomBytes(n int) []byte {
	out := make([]byte, n)
	rand.Read(out)
	return out
}

// randomName is an unguessable identifier of n random bytes.
func randomName(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

// secretSize is how long session tokens and grants are: nobody guesses 256 bits,
// so a plain hash protects them in the store.
const secretSize = 32

// newSecret returns a secret and the hash under which it is stored.
func newSecret() (secret string, hash []byte) {
	raw := randomBytes(secretSize)
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(raw), sum[:]
}

// hashSecret is the hash of a secret somebody presents, nil when it cannot be one.
func hashSecret(secret string) []byte {
	if len(secret) != base64.RawURLEncoding.EncodedLen(secretSize) {
		return nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(raw)
	return sum[:]
}
