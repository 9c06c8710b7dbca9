package verifier

import (
	"context"

	"latchkey/fido/ceremony"
)

// BeginStepUp asks the holder of a session for a fresh assertion. Who has no key
// gets ErrReauthenticate: there is only signing in again.
func (v *Verifier) BeginStepUp(ctx context.Context, token string) (Assertion, error) {
	var assertion Assertion
	err := v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.holder(tx, token, now)
		if err != nil {
			return err
		}
		if err := checkClock(tx, now); err != nil {
			return err
		}
		credentials, err := tx.CredentialsOf(holder.account.ID)
		if err != nil {
			return err
		}
		if credentials = accepted(holder.organization, credentials); len(credentials) == 0 {
			return ErrReauthenticate
		}
		if err := checkThrottle(tx, assertionThrottle(holder.account.ID), now); err != nil {
			return err
		}
		challenge, err := v.openChallenge(tx, now, Challenge{
			Purpose: PurposeStepUp, AccountID: holder.account.ID, Authority: holder.session.TokenHash})
		if err != nil {
			return err
		}
		assertion = Assertion{CeremonyID: challenge.ID, Request: v.requestOptions(holder.organization, challenge, credentials)}
		return nil
	})
	return assertion, err
}

// FinishStepUp makes the session fresh again. A session that began with a password
// alone is from then on one with a key.
func (v *Verifier) FinishStepUp(ctx context.Context, token, ceremonyID string, response ceremony.AuthenticationResponse) (Session, error) {
	var session Session
	err := v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.holder(tx, token, now)
		if err != nil {
			return err
		}
		if err := checkClock(tx, now); err != nil {
			return err
		}
		event := Event{Actor: holder.account.Username, Action: eventStepUpRefused, Subject: holder.session.ID}
		challenge, err := takeChallenge(tx, ceremonyID, holder.session.TokenHash, now, PurposeStepUp)
		if err != nil {
			return refused(tx, now, event, err)
		}
		credential, err := checkAssertion(tx, now, holder.organization, holder.account, challenge, response)
		if err != nil {
			return refused(tx, now, event, err)
		}
		updated := holder.session
		updated.AMR = methods(&credential)
		updated.CredentialID, updated.Model = credential.ID, credential.AAGUID
		updated.AuthenticatedAt = now
		updated.IdleExpiresAt = now.Add(v.options.SessionIdle)
		if err := tx.UpdateSession(updated); err != nil {
			return err
		}
		session = describe(updated, holder.account, holder.organization, &credential)
		event.Action, event.Outcome, event.Detail = eventStepUpOK, outcomeOK, credential.Name
		return record(tx, now, event)
	})
	return session, err
}
