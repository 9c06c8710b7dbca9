package verifier

import (
	"context"
	"errors"
	"time"
)

const (
	// sessionSkew is how far the clock may go back within a session.
	sessionSkew = 2 * time.Minute
	// touchEvery is how old the last use of a session gets before it is written
	// down again, so that a script asking for tokens does not wear out the disk.
	touchEvery = time.Minute
)

// holder is who a valid session token stands for.
type holder struct {
	session      SessionRecord
	account      AccountRecord
	organization Organization
}

func (h holder) administers() error {
	if h.account.Role != RoleAdministrator {
		return ErrForbidden
	}
	return nil
}

// holder is the one place where session tokens are judged.
func (v *Verifier) holder(tx Tx, token string, now time.Time) (holder, error) {
	hash := hashSecret(token)
	if hash == nil {
		return holder{}, ErrSignedOut
	}
	session, err := tx.Session(hash)
	if errors.Is(err, ErrNotFound) {
		return holder{}, ErrSignedOut
	}
	if err != nil {
		return holder{}, err
	}
	if now.Before(session.CreatedAt.Add(-sessionSkew)) {
		return holder{}, refuse(CodeClock, "the clock says %s, but the session began at %s",
			now.Format(time.RFC3339), session.CreatedAt.Format(time.RFC3339))
	}
	if !now.Before(session.ExpiresAt) || !now.Before(session.IdleExpiresAt) {
		return holder{}, ErrSignedOut
	}
	found := holder{session: session}
	if found.organization, err = organization(tx); err != nil {
		return holder{}, err
	}
	if !found.organization.acceptsModel(session.Model) { // policy has changed since
		return holder{}, ErrSignedOut
	}
	if found.account, err = tx.Account(session.AccountID); err != nil {
		return holder{}, err
	}
	return found, nil
}

// held runs fn, which only reads, for the holder of token and notes that the
// session has been used.
func (v *Verifier) held(ctx context.Context, token string, fn func(Tx, holder) error) error {
	_, err := v.use(ctx, token, fn)
	return err
}

// use is held for who wants to know the idle expiry that is on record afterwards.
// Where the use cannot be written down the session stands all the same: it only ends
// sooner.
func (v *Verifier) use(ctx context.Context, token string, fn func(Tx, holder) error) (idleExpiresAt time.Time, err error) {
	now := v.now()
	var holder holder
	err = v.view(ctx, func(tx Tx) (err error) {
		if holder, err = v.holder(tx, token, now); err != nil {
			return err
		}
		return fn(tx, holder)
	})
	recorded, idle := holder.session.IdleExpiresAt, now.Add(v.options.SessionIdle)
	if err != nil || idle.Sub(recorded) < touchEvery {
		return recorded, err
	}
	err = v.update(ctx, func(tx Tx) error {
		current, err := v.holder(tx, token, now)
		if err != nil {
			return err
		}
		current.session.IdleExpiresAt = idle
		return tx.UpdateSession(current.session)
	})
	if errors.Is(err, ErrStoreFull) || errors.Is(err, ErrStoreReadOnly) || errors.Is(err, ErrStoreBusy) {
		return recorded, nil
	}
	return idle, err
}

// checkFresh refuses unless the holder proved who they are a short while before now:
// with a key where they have one, with the password otherwise. A proof that is yet to
// come is none: the clock has been turned back.
func (v *Verifier) checkFresh(tx Tx, holder holder, now time.Time) error {
	if age := now.Sub(holder.session.AuthenticatedAt); age > v.options.FreshFor || age < -sessionSkew {
		return ErrReauthenticate
	}
	return checkFactor(tx, holder)
}

// checkFactor refuses a session that rests on the password alone while its owner has
// a key.
func checkFactor(tx Tx, holder holder) error {
	if holder.session.CredentialID != nil {
		return nil
	}
	credentials, err := tx.CredentialsOf(holder.account.ID)
	if err != nil {
		return err
	}
	if len(credentials) > 0 {
		return ErrReauthenticate
	}
	return nil
}

// issue makes a session; credential is nil for a password alone.
func (v *Verifier) issue(tx Tx, now time.Time, organization Organization, account AccountRecord, credential *CredentialRecord) (*IssuedSession, error) {
	token, hash := newSecret()
	session := SessionRecord{
		TokenHash:       hash,
		ID:              randomName(16),
		AccountID:       account.ID,
		AMR:             methods(credential),
		AuthenticatedAt: now,
		CreatedAt:       now,
		IdleExpiresAt:   now.Add(v.options.SessionIdle),
		ExpiresAt:       now.Add(v.options.SessionAbsolute),
	}
	if credential != nil {
		session.CredentialID, session.Model = credential.ID, credential.AAGUID
	}
	if err := tx.InsertSession(session); err != nil {
		return nil, err
	}
	account.LastSignIn = now
	if err := tx.UpdateAccount(account); err != nil {
		return nil, err
	}
	event := Event{Actor: account.Username, Action: eventSignInOK, Subject: account.Username, Outcome: outcomeOK}
	if credential != nil {
		event.Detail = credential.Name
	}
	if err := record(tx, now, event); err != nil {
		return nil, err
	}
	return &IssuedSession{Token: token, Session: describe(session, account, organization, credential)}, nil
}

// helloInSoftware is the model of a Windows Hello on a computer without a TPM,
// 6028b017-b1d4-4c02-b4b3-afcdafc96bb2: Windows keeps its keys in files.
var helloInSoftware = [16]byte{0x60, 0x28, 0xb0, 0x17, 0xb1, 0xd4, 0x4c, 0x02, 0xb4, 0xb3, 0xaf, 0xcd, 0xaf, 0xc9, 0x6b, 0xb2}

// methods are the authentication methods of RFC 8176 §2 that a session rests on.
// Whether the key asked for a PIN or a finger is not in its answer, so neither
// "pin" nor "fpt" is claimed; a key that can be copied is not a hardware one.
func methods(credential *CredentialRecord) []string {
	switch {
	case credential == nil:
		return []string{"pwd"}
	case credential.Virtual || credential.BackupEligible || credential.AAGUID == helloInSoftware:
		return []string{"pwd", "swk", "user", "mfa"}
	default:
		return []string{"pwd", "hwk", "user", "mfa"}
	}
}

// describe is a session as its holder sees it.
func describe(session SessionRecord, account AccountRecord, organization Organization, credential *CredentialRecord) Session {
	out := Session{
		ID:              session.ID,
		Account:         account.Account,
		Organization:    organization,
		AMR:             session.AMR,
		CredentialID:    session.CredentialID,
		AuthenticatedAt: session.AuthenticatedAt,
		CreatedAt:       session.CreatedAt,
		IdleExpiresAt:   session.IdleExpiresAt,
		ExpiresAt:       session.ExpiresAt,
	}
	if credential != nil {
		out.CredentialName, out.CredentialModel = credential.Name, credential.AAGUID
	}
	return out
}

// Session tells who holds token and moves its idle expiry.
func (v *Verifier) Session(ctx context.Context, token string) (Session, error) {
	var session Session
	idleExpiresAt, err := v.use(ctx, token, func(tx Tx, holder holder) error {
		var made *CredentialRecord
		if holder.session.CredentialID != nil {
			credential, err := tx.Credential(holder.session.CredentialID)
			switch {
			case err == nil:
				made = &credential
			case !errors.Is(err, ErrNotFound): // a session may outlive the key it was made with
				return err
			}
		}
		session = describe(holder.session, holder.account, holder.organization, made)
		return nil
	})
	if err != nil {
		return Session{}, err
	}
	session.IdleExpiresAt = idleExpiresAt
	return session, nil
}

// SignOut ends the session; an unknown one is no error.
func (v *Verifier) SignOut(ctx context.Context, token string) error {
	return v.update(ctx, func(tx Tx) error {
		hash := hashSecret(token)
		if hash == nil {
			return nil
		}
		session, err := tx.Session(hash)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		account, err := tx.Account(session.AccountID)
		if err != nil {
			return err
		}
		if err := tx.DeleteSession(session.ID); err != nil {
			return err
		}
		return record(tx, v.now(), Event{Actor: account.Username, Action: eventSignedOut,
			Subject: session.ID, Outcome: outcomeOK})
	})
}

// purge forgets what has expired (openChallenge does so for challenges). It runs where
// somebody signs in: everybody comes by there, and a password hash hides what it costs.
func purge(tx Tx, now time.Time) error {
	return errors.Join(tx.DeleteSessionsBefore(now), tx.DeleteGrantsBefore(now), tx.DeleteThrottlesBefore(now))
}
