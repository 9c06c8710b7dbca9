package verifier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// What the audit trail can say. The names are stable.
const (
	eventOrganizationCreated = "organization.created"
	eventAccountAdded        = "account.added"
	eventEnrollmentOpened    = "account.enrollment_opened"
	eventSignInOK            = "sign_in.ok"
	eventSignInRefused       = "sign_in.refused"
	eventStepUpOK            = "step_up.ok"
	eventStepUpRefused       = "step_up.refused"
	eventEnrolled            = "credential.enrolled"
	eventEnrollRefused       = "credential.refused"
	eventRenamed             = "credential.renamed"
	eventDeleted             = "credential.deleted"
	eventSignedOut           = "session.ended"
	eventSigningKeyCreated   = "signing_key.created"
	eventSigningKeyReplaced  = "signing_key.replaced"
	eventClockCorrected      = "clock.corrected"
	eventPolicyChanged       = "policy.changed"
)

const outcomeOK = "ok"

// record appends an event in the transaction of the change that it tells of.
func record(tx Tx, at time.Time, event Event) error {
	last, err := tx.LastEvent()
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	event.Sequence = last.Sequence + 1
	event.At = at
	return tx.AppendEvent(EventRecord{Event: event, Hash: chain(last.Hash, event)})
}

// refused records a refusal and keeps what has been written so far. What is no
// refusal (a failing store) is passed on, so that everything is rolled back.
func refused(tx Tx, at time.Time, event Event, err error) error {
	refusal, ok := errors.AsType[*keptRefusal](kept(err))
	if !ok {
		return err
	}
	event.Outcome = string(refusal.refusal.Code)
	if err := record(tx, at, event); err != nil {
		return err
	}
	return refusal
}

// remembered tells the verifier's own refusals from failures to keep anything.
func remembered(code Code) bool {
	switch code {
	case CodeStoreBusy, CodeStoreCorrupt, CodeStoreFull, CodeStoreReadOnly, CodeStoreNewer,
		CodeStoreUnsafe, CodeInternal, CodeNoOrganization, CodeClock:
		return false
	}
	return true
}

// chain is the hash that links an event to those before it. Each field goes in
// with its length, so that no two events have the same input. The chain shows
// damage and careless edits; somebody who can rewrite the whole file can also
// rewrite the whole chain.
func chain(previous []byte, event Event) []byte {
	buffer := make([]byte, 0, 256)
	add := func(field string) {
		buffer = binary.BigEndian.AppendUint64(buffer, uint64(len(field)))
		buffer = append(buffer, field...)
	}
	add(string(previous))
	buffer = binary.BigEndian.AppendUint64(buffer, uint64(event.Sequence))
	buffer = binary.BigEndian.AppendUint64(buffer, uint64(event.At.UnixMicro()))
	for _, field := range []string{event.Actor, event.Action, event.Subject, event.Outcome, event.Detail} {
		add(field)
	}
	sum := sha256.Sum256(buffer)
	return sum[:]
}

// Events returns the audit trail above the sequence number after, limit (1,000 at
// most) at a time. It is for administrators.
func (v *Verifier) Events(ctx context.Context, token string, after int64, limit int) ([]Event, error) {
	if limit < 1 || limit > maxEvents {
		return nil, invalid("limit", "Ask for 1 to 1,000 events at a time.")
	}
	var events []Event
	err := v.held(ctx, token, func(tx Tx, holder holder) error {
		if err := holder.administers(); err != nil {
			return err
		}
		records, err := tx.Events(after, limit)
		for _, record := range records {
			events = append(events, record.Event)
		}
		return err
	})
	return events, err
}

// CheckStore reads the whole database and the audit trail's chain.
func (v *Verifier) CheckStore(ctx context.Context) error {
	if err := v.store.Check(ctx); err != nil {
		return outward(err)
	}
	err := v.view(ctx, func(tx Tx) error {
		var last EventRecord
		for {
			events, err := tx.Events(last.Sequence, maxEvents)
			if err != nil {
				return err
			}
			if len(events) == 0 {
				return nil
			}
			for _, event := range events {
				if event.Sequence != last.Sequence+1 || !bytes.Equal(event.Hash, chain(last.Hash, event.Event)) {
					return refuse(CodeStoreCorrupt, "the audit trail is broken at event %d", last.Sequence+1)
				}
				last = event
			}
		}
	})
	if errors.Is(err, ErrNoOrganization) { // nothing was ever stored
		return nil
	}
	return err
}
