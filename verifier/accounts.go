package verifier

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const userHandleSize = 32 // bytes; random, WebAuthn L3 §14.6.1

// normalize fills in what is left open and refuses what cannot be.
func (n *NewAccount) normalize() error {
	if err := checkUsername(n.Username); err != nil {
		return err
	}
	if strings.TrimSpace(n.DisplayName) == "" {
		n.DisplayName = n.Username
	}
	var err error
	if n.DisplayName, err = cleanName("display_name", n.DisplayName); err != nil {
		return err
	}
	switch n.Role {
	case "":
		n.Role = RoleMember
	case RoleMember, RoleAdministrator:
	default:
		return invalid("role", "Choose the role member or administrator.")
	}
	return checkNewPassword(n.Password, n.Username)
}

// newAccount makes the record of a normalized request. It hashes the password, so
// it is slow and has no place in a transaction.
func (v *Verifier) newAccount(request NewAccount) AccountRecord {
	return AccountRecord{
		Account: Account{
			ID:             randomName(16),
			Username:       request.Username,
			DisplayName:    request.DisplayName,
			Role:           request.Role,
			FactorRequired: !request.FactorOptional,
			CreatedAt:      v.now(),
		},
		UserHandle:     randomBytes(userHandleSize),
		PasswordHash:   newPasswordHash(v.options.Password, request.Password).String(),
		EnrollmentOpen: true,
	}
}

// AddAccount makes an account. It is for administrators with a fresh assertion: a
// token alone must not be enough to make another administrator, who stays.
func (v *Verifier) AddAccount(ctx context.Context, token string, request NewAccount) (Account, error) {
	if err := request.normalize(); err != nil {
		return Account{}, err
	}
	mayAdd := func(tx Tx, holder holder) error { return v.administersFresh(tx, holder, v.now()) }
	if err := v.held(ctx, token, mayAdd); err != nil { // before the slow hash
		return Account{}, err
	}
	account := v.newAccount(request)
	err := v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.administrator(tx, token, now)
		if err != nil {
			return err
		}
		if err := tx.InsertAccount(account); err != nil {
			if errors.Is(err, ErrExists) {
				return &Error{Code: CodeUsernameTaken, Field: "username", Message: "Somebody has that username already."}
			}
			return err
		}
		return record(tx, now, addedEvent(holder.account.Username, account))
	})
	if err != nil {
		return Account{}, err
	}
	return account.Account, nil
}

func addedEvent(actor string, account AccountRecord) Event {
	detail := string(account.Role)
	if !account.FactorRequired {
		detail += ", key optional"
	}
	return Event{Actor: actor, Action: eventAccountAdded, Subject: account.Username, Outcome: outcomeOK, Detail: detail}
}

// Accounts lists everybody, by username. It is for administrators.
func (v *Verifier) Accounts(ctx context.Context, token string) ([]AccountSummary, error) {
	var summaries []AccountSummary
	err := v.held(ctx, token, func(tx Tx, holder holder) (err error) {
		if err = holder.administers(); err != nil {
			return err
		}
		if summaries, err = tx.Summaries(); err != nil {
			return err
		}
		refused, err := refusedKeys(tx, holder.organization)
		for i := range summaries {
			summaries[i].Keys -= refused[summaries[i].ID]
		}
		return err
	})
	return summaries, err
}

// OpenEnrollment lets somebody who deleted their last key enrol a new one with
// their password alone, as when the account was new. It is for administrators with
// a fresh assertion.
func (v *Verifier) OpenEnrollment(ctx context.Context, token, username string) error {
	return v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.administrator(tx, token, now)
		if err != nil {
			return err
		}
		account, err := tx.AccountByUsername(username)
		if errors.Is(err, ErrNotFound) {
			return invalid("username", "Nobody has that username.")
		}
		if err != nil {
			return err
		}
		credentials, err := tx.CredentialsOf(account.ID)
		if err != nil {
			return err
		}
		if len(accepted(holder.organization, credentials)) > 0 {
			return invalid("username", "That person has a key and needs no enrolment by password.")
		}
		account.EnrollmentOpen = true
		if err := tx.UpdateAccount(account); err != nil {
			return err
		}
		return record(tx, now, Event{Actor: holder.account.Username, Action: eventEnrollmentOpened,
			Subject: account.Username, Outcome: outcomeOK})
	})
}

// administrator is the holder of token, who has to be one with a fresh assertion.
func (v *Verifier) administrator(tx Tx, token string, now time.Time) (holder, error) {
	found, err := v.holder(tx, token, now)
	if err != nil {
		return holder{}, err
	}
	return found, v.administersFresh(tx, found, now)
}

// administersFresh refuses who is no administrator, then who is one without a fresh
// assertion.
func (v *Verifier) administersFresh(tx Tx, holder holder, now time.Time) error {
	if err := holder.administers(); err != nil {
		return err
	}
	return v.checkFresh(tx, holder, now)
}

// sentence makes an error's text one that a person reads.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
