package companion

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"latchkey/verifier"
)

// Held is a session that this process can use.
type Held struct {
	verifier.Session
	token  string
	stored bool
}

// Stored tells whether the session outlives this process.
func (h Held) Stored() bool { return h.stored }

// sessionMemory keeps sessions of a process that has no keyring. Nothing of it is
// ever written to a file.
type sessionMemory struct {
	mu      sync.Mutex
	current string            // username
	tokens  map[string]string // by username
}

func (m *sessionMemory) save(username, token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens == nil {
		m.tokens = map[string]string{}
	}
	m.tokens[username], m.current = token, username
}

func (m *sessionMemory) load(username string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if username == "" {
		username = m.current
	}
	token, ok := m.tokens[username]
	return token, ok
}

func (m *sessionMemory) forget(username string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tokens, username)
}

// yield lets the vault say who is current: what is here goes by its name from now on.
func (m *sessionMemory) yield() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.current = ""
}

// Current returns the session of this computer's signed-in person, or
// ErrNotSignedIn, also where it has ended.
func (c *Companion) Current(ctx context.Context) (Held, error) { return c.CurrentOf(ctx, "") }

// CurrentOf is Current for one of several people who are signed in here.
func (c *Companion) CurrentOf(ctx context.Context, username string) (Held, error) {
	organization, err := c.RelyingParty.Organization(ctx)
	if err != nil {
		return Held{}, err
	}
	return c.session(ctx, organization.ID, username)
}

func (c *Companion) session(ctx context.Context, organizationID, username string) (Held, error) {
	token, stored, err := c.token(ctx, organizationID, username)
	if errors.Is(err, ErrNoKeyring) {
		return Held{}, fmt.Errorf("%w, and sessions cannot be kept: %w", ErrNotSignedIn, err)
	}
	if err != nil {
		return Held{}, err
	}
	session, err := c.RelyingParty.Session(ctx, token)
	if errors.Is(err, verifier.ErrSignedOut) {
		return Held{}, fmt.Errorf("%w: the session has ended: %w", ErrNotSignedIn, err)
	}
	if err != nil {
		return Held{}, err
	}
	return Held{Session: session, token: token, stored: stored}, nil
}

func (c *Companion) token(ctx context.Context, organizationID, username string) (token string, stored bool, err error) {
	if token, ok := c.memory.load(username); ok {
		return token, false, nil
	}
	token, err = c.Vault.Load(ctx, organizationID, username)
	return token, err == nil, err
}

// keep stores a new session in the keyring. Where there is none the session lives
// in memory and the error wraps ErrNotStored: the person is signed in and has to
// be told.
func (c *Companion) keep(ctx context.Context, issued verifier.IssuedSession) (Held, error) {
	account := issued.Session.Account
	held := Held{Session: issued.Session, token: issued.Token, stored: true}
	err := c.Vault.Save(ctx, issued.Session.Organization.ID, account.Username, issued.Token)
	if err != nil {
		c.memory.save(account.Username, issued.Token)
		held.stored = false
		return held, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	c.memory.forget(account.Username)
	c.memory.yield()
	return held, nil
}

// SignOut ends the current session, here and at the relying party.
func (c *Companion) SignOut(ctx context.Context) (verifier.Session, error) {
	held, err := c.Current(ctx)
	if err != nil {
		return verifier.Session{}, err
	}
	// The relying party first: a token that is only forgotten would still be good.
	if err := c.RelyingParty.SignOut(ctx, held.token); err != nil {
		return verifier.Session{}, err
	}
	c.memory.forget(held.Account.Username)
	if err := c.Vault.Delete(ctx, held.Organization.ID, held.Account.Username); err != nil && held.stored {
		return held.Session, err
	}
	return held.Session, nil
}

// Token makes an access token for a local app from the session of username, or of
// the current person where username is "". Without a keyring it is ErrNoKeyring, not
// ErrNotSignedIn: a script that runs outside the desktop's session may well have left
// a session in it.
func (c *Companion) Token(ctx context.Context, username, audience string) (verifier.AccessToken, error) {
	organization, err := c.RelyingParty.Organization(ctx)
	if err != nil {
		return verifier.AccessToken{}, err
	}
	token, _, err := c.token(ctx, organization.ID, username)
	if err != nil {
		return verifier.AccessToken{}, err
	}
	access, err := c.RelyingParty.AccessToken(ctx, token, audience)
	if errors.Is(err, verifier.ErrSignedOut) {
		return access, fmt.Errorf("%w: the session has ended: %w", ErrNotSignedIn, err)
	}
	return access, err
}

// JWKS returns the public keys that access tokens are checked with.
func (c *Companion) JWKS(ctx context.Context) ([]byte, error) { return c.RelyingParty.JWKS(ctx) }
