package verifier

import (
	"context"
	"errors"

	"latchkey/fido/ceremony"
)

// Organization returns the organisation, or ErrNoOrganization before there is one.
func (v *Verifier) Organization(ctx context.Context) (Organization, error) {
	var found Organization
	err := v.view(ctx, func(tx Tx) (err error) {
		found, err = organization(tx)
		return err
	})
	return found, err
}

// CreateOrganization makes the organisation and its first administrator at once,
// and the signing key where the sealer works; where it does not, the first access
// token makes it.
func (v *Verifier) CreateOrganization(ctx context.Context, request NewOrganization) (Organization, Account, error) {
	created := Organization{
		ID:                 randomName(16),
		RPID:               request.RPID,
		VirtualKeysAllowed: request.VirtualKeysAllowed,
		FingerprintAllowed: request.FingerprintAllowed,
		CreatedAt:          v.now(),
	}
	if created.RPID == "" {
		created.RPID = "localhost"
	}
	if err := ceremony.CheckRPID(created.RPID); err != nil {
		return Organization{}, Account{}, &Error{Code: CodeInvalid, Field: "rp_id", Message: sentence(err), Err: err}
	}
	var err error
	if created.Name, err = cleanName("organization", request.Name); err != nil {
		return Organization{}, Account{}, err
	}
	request.Administrator.Role = RoleAdministrator
	if err := request.Administrator.normalize(); err != nil {
		return Organization{}, Account{}, err
	}
	switch _, err := v.Organization(ctx); {
	case err == nil:
		return Organization{}, Account{}, ErrOrganizationExists
	case !errors.Is(err, ErrNoOrganization):
		return Organization{}, Account{}, err
	}

	account := v.newAccount(request.Administrator)
	key, keyErr := v.newSigningKey(ctx, created.ID)
	err = v.update(ctx, func(tx Tx) error {
		if err := tx.InsertOrganization(created); err != nil {
			if errors.Is(err, ErrExists) {
				return ErrOrganizationExists
			}
			return err
		}
		if err := tx.InsertAccount(account); err != nil {
			return err
		}
		if err := record(tx, created.CreatedAt, Event{Actor: account.Username, Action: eventOrganizationCreated,
			Subject: created.Name, Outcome: outcomeOK, Detail: created.RPID}); err != nil {
			return err
		}
		if err := record(tx, created.CreatedAt, addedEvent(account.Username, account)); err != nil {
			return err
		}
		if keyErr != nil {
			return nil
		}
		if err := tx.InsertSigningKey(key); err != nil {
			return err
		}
		return record(tx, created.CreatedAt, Event{Actor: account.Username, Action: eventSigningKeyCreated,
			Subject: key.KID, Outcome: outcomeOK})
	})
	if err != nil {
		return Organization{}, Account{}, err
	}
	return created, account.Account, nil
}
