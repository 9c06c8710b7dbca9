package verifier

import (
	"bytes"
	"context"
	"errors"

	"latchkey/fido/ceremony"
)

// Credentials lists the keys of the session's owner, oldest first.
func (v *Verifier) Credentials(ctx context.Context, token string) ([]Credential, error) {
	var credentials []Credential
	err := v.held(ctx, token, func(tx Tx, holder holder) error {
		records, err := tx.CredentialsOf(holder.account.ID)
		for _, record := range records {
			credentials = append(credentials, record.Credential)
		}
		return err
	})
	return credentials, err
}

// RenameCredential gives a key of the session's owner another name.
func (v *Verifier) RenameCredential(ctx context.Context, token string, id ceremony.Bytes, name string) error {
	name, err := cleanName("name", name)
	if err != nil {
		return err
	}
	return v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.holder(tx, token, now)
		if err != nil {
			return err
		}
		credential, err := ownCredential(tx, holder, id)
		if err != nil {
			return err
		}
		event := Event{Actor: holder.account.Username, Action: eventRenamed,
			Subject: holder.account.Username, Outcome: outcomeOK, Detail: credential.Name + " → " + name}
		credential.Name = name
		if err := tx.UpdateCredential(credential); err != nil {
			return err
		}
		return record(tx, now, event)
	})
}

// DeleteCredential forgets a key of the session's owner and ends the other sessions
// that were made with it. It needs a fresh assertion, and lockOut where it is the
// last factor of somebody who must use one (ErrLastFactor otherwise): an
// administrator has to let them enrol again (OpenEnrollment).
func (v *Verifier) DeleteCredential(ctx context.Context, token string, id ceremony.Bytes, lockOut bool) error {
	return v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.holder(tx, token, now)
		if err != nil {
			return err
		}
		if err := checkClock(tx, now); err != nil {
			return err
		}
		credential, err := ownCredential(tx, holder, id)
		if err != nil {
			return err
		}
		if err := v.checkFresh(tx, holder, now); err != nil {
			return err
		}
		credentials, err := tx.CredentialsOf(holder.account.ID)
		if err != nil {
			return err
		}
		counting := accepted(holder.organization, credentials)
		last := len(counting) == 1 && bytes.Equal(counting[0].ID, id)
		if last && holder.account.FactorRequired && !lockOut {
			return ErrLastFactor
		}
		if err := tx.DeleteCredential(id); err != nil {
			return err
		}
		if err := tx.DeleteSessionsOf(id, holder.session.ID); err != nil {
			return err
		}
		return record(tx, now, Event{Actor: holder.account.Username, Action: eventDeleted,
			Subject: holder.account.Username, Outcome: outcomeOK, Detail: credential.Name})
	})
}

// ownCredential is the holder's credential. That somebody else has one with that id
// is nobody's business.
func ownCredential(tx Tx, holder holder, id ceremony.Bytes) (CredentialRecord, error) {
	if len(id) == 0 || len(id) > maxCredentialID {
		return CredentialRecord{}, ErrUnknownCredential
	}
	credential, err := tx.Credential(id)
	if errors.Is(err, ErrNotFound) || err == nil && credential.AccountID != holder.account.ID {
		return CredentialRecord{}, ErrUnknownCredential
	}
	return credential, err
}
