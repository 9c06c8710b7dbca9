package verifier

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/fido/ceremony"
)

// BeginSignIn checks a password and says what is still missing.
//
// Every try counts as wrong until the password turns out right, before the slow
// hash begins: guesses made at the same time cannot slip past the lock together.
// Somebody who does not exist costs the same work and gets the same answers.
func (v *Verifier) BeginSignIn(ctx context.Context, username, password string) (SignIn, error) {
	return v.beginSignIn(ctx, username, password, false)
}

func (v *Verifier) beginSignIn(ctx context.Context, username, password string, clockIsRight bool) (SignIn, error) {
	username = strings.ToLower(strings.TrimSpace(username))
	account, known, err := v.admitTry(ctx, username, clockIsRight)
	if err != nil {
		return SignIn{}, err
	}
	stored := decoyHash(v.options.Password)
	if known {
		if stored, err = parsePasswordHash(account.PasswordHash); err != nil {
			return SignIn{}, err
		}
	}
	if !stored.matches(password) {
		return SignIn{}, v.wrongPassword(ctx, account.Username)
	}
	hash := account.PasswordHash
	if stored.params != v.options.Password {
		hash = newPasswordHash(v.options.Password, password).String()
	}

	var answer SignIn
	err = v.update(ctx, func(tx Tx) error {
		now := v.now()
		current, err := tx.Account(account.ID)
		if err != nil {
			return err
		}
		if current.PasswordHash != account.PasswordHash {
			return ErrWrongPassword // changed in the meantime
		}
		current.PasswordHash = hash
		if err := tx.UpdateAccount(current); err != nil {
			return err
		}
		if err := errors.Join(tx.DeleteThrottle(passwordThrottle(username)), purge(tx, now)); err != nil {
			return err
		}
		purpose, err := signInPurpose(tx, now, clockIsRight)
		if err != nil {
			return err
		}
		answer, err = v.next(tx, now, current, purpose)
		return err
	})
	if err != nil {
		return SignIn{}, err
	}
	return answer, nil
}

// admitTry counts a try at a password and looks the account up.
func (v *Verifier) admitTry(ctx context.Context, username string, clockIsRight bool) (account AccountRecord, known bool, err error) {
	err = v.update(ctx, func(tx Tx) error {
		now := v.now()
		if _, err := organization(tx); err != nil {
			return err
		}
		if _, err := signInPurpose(tx, now, clockIsRight); err != nil {
			return err
		}
		key := passwordThrottle(username)
		if err := checkThrottle(tx, key, now); err != nil {
			return err
		}
		if _, err := countFailure(tx, key, now); err != nil {
			return err
		}
		if checkUsername(username) != nil {
			return nil
		}
		account, err = tx.AccountByUsername(username)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		known = err == nil
		return err
	})
	return account, known, err
}

// wrongPassword records a wrong password. Names that are nobody's are left out of
// the trail: people type passwords into the wrong field.
func (v *Verifier) wrongPassword(ctx context.Context, username string) error {
	return v.update(ctx, func(tx Tx) error {
		return refused(tx, v.now(), Event{Action: eventSignInRefused, Subject: username}, ErrWrongPassword)
	})
}

// next decides what a right password leads to.
func (v *Verifier) next(tx Tx, now time.Time, account AccountRecord, purpose Purpose) (SignIn, error) {
	organization, err := organization(tx)
	if err != nil {
		return SignIn{}, err
	}
	credentials, err := tx.CredentialsOf(account.ID)
	if err != nil {
		return SignIn{}, err
	}
	counting := accepted(organization, credentials)
	answer := SignIn{Account: account.Account}
	switch {
	case len(counting) > 0:
		if err := closeEnrollment(tx, account); err != nil {
			return SignIn{}, err
		}
		if err := checkThrottle(tx, assertionThrottle(account.ID), now); err != nil {
			return SignIn{}, kept(err)
		}
		challenge, err := v.openChallenge(tx, now, Challenge{Purpose: purpose, AccountID: account.ID})
		if err != nil {
			return SignIn{}, err
		}
		options := v.requestOptions(organization, challenge, counting)
		answer.Next, answer.CeremonyID, answer.Request = NextAssert, challenge.ID, &options
	case purpose == PurposeCorrectClock:
		return SignIn{}, errKeyCorrectsClock
	case !account.FactorRequired && len(credentials) == 0:
		answer.Next = NextDone
		answer.Issued, err = v.issue(tx, now, organization, account, nil)
		return answer, err
	case account.EnrollmentOpen:
		grant, hash := newSecret()
		answer.Next, answer.Grant = NextEnroll, grant
		return answer, tx.InsertGrant(Grant{Hash: hash, AccountID: account.ID, ExpiresAt: now.Add(v.options.GrantTTL)})
	default: // they deleted their last key, knowing that it locks them out
		return SignIn{}, refused(tx, now, Event{Actor: account.Username, Action: eventSignInRefused,
			Subject: account.Username}, ErrFactorRequired)
	}
	return answer, nil
}

// closeEnrollment takes back the leave to enrol with a password alone from somebody who
// has a key that counts again, as when a policy is turned back.
func closeEnrollment(tx Tx, account AccountRecord) error {
	if !account.EnrollmentOpen {
		return nil
	}
	account.EnrollmentOpen = false
	return errors.Join(tx.DeleteGrantsOf(account.ID), tx.UpdateAccount(account))
}

// FinishSignIn checks the assertion that BeginSignIn or BeginSignInByThisClock asked
// for.
func (v *Verifier) FinishSignIn(ctx context.Context, ceremonyID string, response ceremony.AuthenticationResponse) (IssuedSession, error) {
	var issued *IssuedSession
	err := v.update(ctx, func(tx Tx) error {
		now := v.now()
		event := Event{Action: eventSignInRefused}
		challenge, err := takeChallenge(tx, ceremonyID, nil, now, PurposeSignIn, PurposeCorrectClock)
		corrects := err == nil && challenge.Purpose == PurposeCorrectClock
		if !corrects {
			if err := checkClock(tx, now); err != nil {
				return err
			}
		}
		if err != nil {
			return refused(tx, now, event, err)
		}
		organization, err := organization(tx)
		if err != nil {
			return err
		}
		account, err := tx.Account(challenge.AccountID)
		if err != nil {
			return err
		}
		event.Actor, event.Subject = account.Username, account.Username
		credential, err := checkAssertion(tx, now, organization, account, challenge, response)
		if err != nil {
			return refused(tx, now, event, err)
		}
		if corrects {
			if err := correctClock(tx, now, account.Username); err != nil {
				return err
			}
		}
		issued, err = v.issue(tx, now, organization, account, &credential)
		return err
	})
	if err != nil {
		return IssuedSession{}, err
	}
	return *issued, nil
}
