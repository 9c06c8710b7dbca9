// Package keychain is what Latchkey keeps in the operating system's keyring: one
// session token for each account, one sealing key for each organisation, and one secret
// for each key of this computer that a fingerprint unlocks.
//
// A secret goes into the keyring or nowhere. Beside them stands a small file in the
// state directory that says whose session is the current one; it holds no secret.
// It is a file because every `latchkey token` reads it: a second keyring value costs
// a millisecond of D-Bus calls on Linux and a process on macOS, a file 20 µs.
//
// What becomes of a session when there is no keyring is not decided here: every
// call looks at the keyring anew (it may have been unlocked meanwhile) and reports
// ErrNoKeyring or ErrKeyringLocked, and companion then holds the session in memory.
package keychain

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"latchkey/app/companion"
)

// Keychain is the companion.Vault and the source of sealing keys of one state
// directory. Its methods may be called from any goroutine and by several
// processes at once.
//
// A failure to reach the keyring wraps companion.ErrNoKeyring or
// companion.ErrKeyringLocked. No call raises a prompt, and none takes longer than
// five seconds.
type Keychain struct {
	ring    ring
	current currentFile
	sealing fileLock
}

var _ companion.Vault = (*Keychain)(nil)

// New returns the keychain that belongs to the state directory dir. It touches
// neither the keyring nor the directory yet.
func New(dir string) *Keychain { return over(newRing(system, patience), dir) }

func over(ring ring, dir string) *Keychain {
	return &Keychain{
		ring:    ring,
		current: currentFile(filepath.Join(dir, "current.json")),
		sealing: fileLock(filepath.Join(dir, "sealing.lock")),
	}
}

// Save keeps the token and makes the account the current one.
//
// The token goes first. A crash in between leaves the account that was current
// before, which is still signed in.
func (k *Keychain) Save(ctx context.Context, organizationID, username, token string) error {
	if err := k.ring.set(ctx, sessionName(organizationID, username), token); err != nil {
		return fmt.Errorf("keeping the session: %w", err)
	}
	return k.current.write(current{Organization: organizationID, Username: username})
}

// Load returns the token of username, or that of the current account where
// username is "". Where there is none it returns companion.ErrNotSignedIn.
func (k *Keychain) Load(ctx context.Context, organizationID, username string) (string, error) {
	if username == "" {
		last, err := k.current.read()
		if err != nil {
			return "", err
		}
		if last.Organization != organizationID || last.Username == "" {
			return "", companion.ErrNotSignedIn
		}
		username = last.Username
	}
	token, err := k.ring.get(ctx, sessionName(organizationID, username))
	if errors.Is(err, errNotFound) {
		return "", companion.ErrNotSignedIn
	}
	if err != nil {
		return "", fmt.Errorf("reading the session: %w", err)
	}
	return token, nil
}

// Delete forgets the token; none is no error.
//
// The current account stays as it is: without a token it is nobody, and taking it
// away could take away what another process has just written.
func (k *Keychain) Delete(ctx context.Context, organizationID, username string) error {
	err := k.ring.remove(ctx, sessionName(organizationID, username))
	if err != nil && !errors.Is(err, errNotFound) {
		return fmt.Errorf("forgetting the session: %w", err)
	}
	return nil
}

// Check tells whether the keyring can be written and read, by means of a value
// that it takes away again. Name and value are always the same, so that a check that
// died is cleaned up by the next, and several at once do not mind each other.
func (k *Keychain) Check(ctx context.Context) error {
	const name, value = "check", "latchkey"
	var got string
	err := errNotFound
	for try := 0; errors.Is(err, errNotFound) && try < 3; try++ { // another check may take it away
		if err := k.ring.set(ctx, name, value); err != nil {
			return fmt.Errorf("writing to the keyring: %w", err)
		}
		got, err = k.ring.get(ctx, name)
	}
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("%w: it does not keep what is put in", companion.ErrNoKeyring)
	}
	if err != nil {
		return fmt.Errorf("reading from the keyring: %w", err)
	}
	if err := k.ring.remove(ctx, name); err != nil && !errors.Is(err, errNotFound) {
		return fmt.Errorf("deleting from the keyring: %w", err)
	}
	if got != value {
		return fmt.Errorf("%w: it gives back something else than was put in", companion.ErrNoKeyring)
	}
	return nil
}

// sessionName is where an account's token stands. Organisation ids are base64url,
// so the slash keeps any two accounts apart.
func sessionName(organizationID, username string) string {
	return "session/" + organizationID + "/" + username
}
