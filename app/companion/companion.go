package companion

import (
	"context"
	"errors"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Deps is what a Companion works with. All fields are needed but HostChecks.
type Deps struct {
	RelyingParty   RelyingParty
	Authenticators []Authenticator // in the order in which they are tried
	Inspector      KeyInspector
	Vault          Vault
	Network        Network
	Computer       string // what people call this computer
	Clock          func() time.Time
	// ModelName names the make of a key, "" where it is unknown.
	ModelName func(aaguid [16]byte) string
	// HostChecks are the parts of the self-check that look at this computer.
	HostChecks []HostCheck
}

// Companion does the use cases. Its methods may be called from any goroutine.
type Companion struct {
	Deps
	memory sessionMemory
}

// New returns a Companion over deps.
func New(deps Deps) *Companion { return &Companion{Deps: deps} }

// Overview is what a person sees first.
type Overview struct {
	Organization *verifier.Organization // nil before first run
	Session      *verifier.Session      // nil when signed out
	Stored       bool                   // the session outlives this process
	Problem      error                  // with Session nil: why none could be looked up (ErrNoKeyring), nil where there is none
	Online       bool
}

// Overview tells where things stand. Being signed out or not set up is an answer,
// not an error, and so is having no keyring: one can sign in all the same.
func (c *Companion) Overview(ctx context.Context) (Overview, error) {
	overview := Overview{Online: c.Network.Online()}
	organization, err := c.RelyingParty.Organization(ctx)
	if errors.Is(err, verifier.ErrNoOrganization) {
		return overview, nil
	}
	if err != nil {
		return overview, err
	}
	overview.Organization = &organization
	held, err := c.session(ctx, organization.ID, "")
	switch {
	case errors.Is(err, ErrNoKeyring):
		overview.Problem = err
	case errors.Is(err, ErrNotSignedIn):
	case err != nil:
		return overview, err
	default:
		overview.Session, overview.Stored = &held.Session, held.stored
	}
	return overview, nil
}

// CreateOrganization makes the organisation and its first administrator.
func (c *Companion) CreateOrganization(ctx context.Context, request verifier.NewOrganization) (verifier.Organization, verifier.Account, error) {
	return c.RelyingParty.CreateOrganization(ctx, request)
}

// AddUser makes an account. The signed-in person has to be an administrator and
// touches a key of their own for it where the last touch is a while ago.
func (c *Companion) AddUser(ctx context.Context, request verifier.NewAccount, prompter ceremony.Prompter) (account verifier.Account, err error) {
	held, err := c.Current(ctx)
	if err != nil {
		return verifier.Account{}, err
	}
	err = c.fresh(ctx, held.token, prompter, func() (err error) {
		account, err = c.RelyingParty.AddAccount(ctx, held.token, request)
		return err
	})
	return account, err
}

// Users lists the accounts; the signed-in person has to be an administrator.
func (c *Companion) Users(ctx context.Context) ([]verifier.AccountSummary, error) {
	held, err := c.Current(ctx)
	if err != nil {
		return nil, err
	}
	return c.RelyingParty.Accounts(ctx, held.token)
}

// LetEnroll lets somebody whose last key was deleted enrol a new one with their
// password, as when the account was new. The signed-in person has to be an
// administrator and touches a key of their own for it.
func (c *Companion) LetEnroll(ctx context.Context, username string, prompter ceremony.Prompter) error {
	held, err := c.Current(ctx)
	if err != nil {
		return err
	}
	return c.fresh(ctx, held.token, prompter, func() error {
		return c.RelyingParty.OpenEnrollment(ctx, held.token, username)
	})
}

// AllowFingerprint decides whether a finger counts that the operating system has
// recognised, and not the chip that keeps the key, and returns who has no key that counts
// any more. The signed-in person has to be an administrator and touches a key of their
// own for it.
func (c *Companion) AllowFingerprint(ctx context.Context, allowed bool, prompter ceremony.Prompter) (lockedOut []verifier.Account, err error) {
	held, err := c.Current(ctx)
	if err != nil {
		return nil, err
	}
	err = c.fresh(ctx, held.token, prompter, func() (err error) {
		lockedOut, err = c.RelyingParty.AllowFingerprint(ctx, held.token, allowed)
		return err
	})
	return lockedOut, err
}

// FingerprintOnly tells whom AllowFingerprint would lock out by withdrawing it. The
// signed-in person has to be an administrator.
func (c *Companion) FingerprintOnly(ctx context.Context) ([]verifier.Account, error) {
	held, err := c.Current(ctx)
	if err != nil {
		return nil, err
	}
	return c.RelyingParty.FingerprintOnly(ctx, held.token)
}

// Model names the make of a key by its AAGUID, "" where it is unknown.
func (c *Companion) Model(aaguid [16]byte) string { return c.ModelName(aaguid) }

// Devices probes every authenticator of this computer.
func (c *Companion) Devices(ctx context.Context) []ceremony.Availability {
	var found []ceremony.Availability
	for _, authenticator := range c.Authenticators {
		found = append(found, authenticator.Probe(ctx))
	}
	return found
}

// Device reads what the security key at path says of itself.
func (c *Companion) Device(ctx context.Context, path string) (ceremony.DeviceInfo, error) {
	return c.Inspector.Inspect(ctx, path)
}
