// Package authenticator is the portable core of the authenticators that are built
// into a computer: WebAuthn L3 §6 over a chip that keeps private keys.
//
// The chip is all that differs between a TPM and a Secure Enclave. Authenticator data,
// counters, attestation, exclude and allow lists, the talk with the person and the
// credential records are here, in Go that runs and is tested on every system.
//
// A credential can be used by its verified user only: each signature is made with the
// PIN that was chosen for that very credential, or by whom the chip itself has
// recognised. So the flags UP and UV are always set. Credentials are bound to the
// device; BE and BS never are.
package authenticator

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/platform/records"
)

// Chip makes P-256 keys and signs with them. A private key leaves it wrapped only, so
// that this chip alone can use it again. Its errors wrap a [ceremony.Error]. It is
// safe for concurrent use.
type Chip interface {
	// Probe tells whether keys can be made and used now, without PIN or finger. Its
	// errors are ErrNoDevice, ErrNotSetUp, ErrNoAccess and, for all that cannot be
	// mended, ErrUnsupported.
	Probe(ctx context.Context) error

	// Generate makes a key that signs for who knows pin alone ("" where the chip
	// verifies its user by itself) and returns it wrapped.
	Generate(ctx context.Context, pin string) (key []byte, public *ecdsa.PublicKey, err error)

	// Check tells whether this chip can use a wrapped key, without PIN or finger. A key
	// of another chip is ErrNoCredential.
	Check(ctx context.Context, key []byte) error

	// Sign signs the SHA-256 digest with a wrapped key and returns the signature in the
	// ASN.1 form of WebAuthn L3 §6.5.5. A wrong PIN is ErrPINInvalid; too many of them
	// are ErrPINAuthBlocked until time heals it, or ErrPINBlocked for good.
	Sign(ctx context.Context, key []byte, digest [32]byte, pin string) (signature []byte, err error)
}

// PINCounter is a Chip that limits how often a wrong PIN may be given.
type PINCounter interface {
	// PINRetries returns how many wrong PINs the chip still takes, -1 where it does not
	// say. None left is an error as of Sign.
	PINRetries(ctx context.Context) (int, error)
}

// Recognizer is a Chip that verifies its user by itself and may take several tries to.
type Recognizer interface {
	// SignRecognized is Sign for whom the chip recognises. Each time that it has not, and
	// tries again, it calls refused with a sentence that tells the person why.
	SignRecognized(ctx context.Context, key []byte, digest [32]byte, refused func(why string)) (signature []byte, err error)
}

// Forgetter is a Chip that keeps something of each key by itself.
type Forgetter interface {
	// Forget destroys a key. One that is gone already is no error.
	Forget(ctx context.Context, key []byte) error
}

// Options say what kind of authenticator it is.
type Options struct {
	Kind   ceremony.Kind
	AAGUID [16]byte // of the kind, not of one computer
	Name   string   // what a person calls it, for example "Security chip on falcon"

	// Virtual says that the chip is software, the keys of which can be copied.
	Virtual bool

	// MinPIN is how many code points a new PIN needs at least. 0 says that the chip
	// verifies its user by itself and no PIN is asked for.
	MinPIN int

	Clock func() time.Time // time.Now
}

// Authenticator is a device authenticator. It is safe for concurrent use.
type Authenticator struct {
	chip    Chip
	store   *records.Store
	options Options
}

// New returns the authenticator that keeps its keys in chip and its records in store.
func New(chip Chip, store *records.Store, options Options) *Authenticator {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	return &Authenticator{chip: chip, store: store, options: options}
}

// Kind is the sort of authenticator that it is.
func (a *Authenticator) Kind() ceremony.Kind { return a.options.Kind }

// Probe tells whether it can be used now, without PIN or finger.
func (a *Authenticator) Probe(ctx context.Context) ceremony.Availability {
	out := ceremony.Availability{Kind: a.options.Kind, State: ceremony.StateReady}
	if out.Problem = a.chip.Probe(ctx); out.Problem == nil {
		out.Devices = []ceremony.Device{a.device()}
		return out
	}
	switch {
	case errors.Is(out.Problem, ceremony.ErrNoDevice):
		out.State = ceremony.StateAbsent
	case errors.Is(out.Problem, ceremony.ErrNotSetUp):
		out.State = ceremony.StateNotSetUp
	case errors.Is(out.Problem, ceremony.ErrNoAccess):
		out.State = ceremony.StateNoAccess
	default:
		out.State = ceremony.StateUnsupported
	}
	return out
}

// Rollback forgets a credential that the relying party has refused. One that is not
// there is no error.
func (a *Authenticator) Rollback(ctx context.Context, credentialID []byte) error {
	var orphan []byte
	err := a.store.Update(ctx, func(all []records.Record) ([]records.Record, error) {
		i := indexOf(all, credentialID)
		if i < 0 {
			return all, nil
		}
		orphan = all[i].Key
		return append(all[:i], all[i+1:]...), nil
	})
	if err != nil {
		return a.storeFailed(err)
	}
	return a.forget(ctx, orphan)
}

// forget destroys a key that no record names any more, where the chip keeps any.
func (a *Authenticator) forget(ctx context.Context, key []byte) error {
	forgetter, ok := a.chip.(Forgetter)
	if !ok || key == nil {
		return nil
	}
	return forgetter.Forget(ctx, key)
}

func (a *Authenticator) device() ceremony.Device {
	return ceremony.Device{
		Name: a.options.Name, Kind: a.options.Kind, Transport: ceremony.TransportInternal, AAGUID: a.options.AAGUID,
		Virtual: a.options.Virtual,
	}
}

// fail makes an error of this authenticator.
func (a *Authenticator) fail(code ceremony.Code, cause error) *ceremony.Error {
	return &ceremony.Error{Code: code, Device: a.options.Name, Retries: -1, Err: cause}
}

// storeFailed says what to do about records that cannot be read or written.
func (a *Authenticator) storeFailed(err error) error {
	if known := (*ceremony.Error)(nil); errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	failed := a.fail(ceremony.CodeUnsupported, err)
	path := a.store.Path()
	switch {
	case errors.Is(err, records.ErrDamaged):
		failed.Fix = "Restore a copy of the damaged file " + path + ", or move it away and enrol this computer again."
	case errors.Is(err, records.ErrNewer):
		failed.Fix = "Install the newer version of Latchkey that made " + path + "."
	case errors.Is(err, records.ErrUnsafe):
		failed.Fix = "Keep other people away from " + path + ", which is open to them. If it is yours, run: chmod 600 " + path
	default:
		failed.Fix = "Make sure that there is room on the disk and that you can write to " + path + ", then try again."
	}
	return failed
}

// defaultTimeout holds where the relying party gives none: WebAuthn L3 §15.1
// recommends five minutes.
const defaultTimeout = 5 * time.Minute

// limited runs a ceremony within the relying party's timeout in milliseconds and gives
// its error the meaning that it has for the caller.
func limited(caller context.Context, timeout uint32, run func(context.Context) error) error {
	limit := defaultTimeout
	if timeout != 0 {
		limit = time.Duration(timeout) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(caller, limit)
	defer cancel()
	err := ctx.Err()
	if err == nil {
		err = run(ctx)
	}
	switch {
	case err == nil:
		return nil
	case caller.Err() != nil:
		return caller.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return &ceremony.Error{Code: ceremony.CodeTimeout, Retries: -1, Err: err}
	default:
		return err
	}
}
