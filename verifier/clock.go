package verifier

import (
	"context"
	"errors"
	"time"
)

// clockTolerance is how far the clock may be behind the audit trail: more than a
// wrong time zone, less than what would bring expired things back to life.
const clockTolerance = 24 * time.Hour

// checkClock refuses to judge expiry by a clock that is behind what is on record. It
// looks at the latest time there is, not at the last event: a clock cannot be walked
// back in small steps.
func checkClock(tx Tx, now time.Time) error {
	latest, err := tx.LatestSince(eventClockCorrected)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if now.Before(latest.Add(-clockTolerance)) {
		return refuse(CodeClock, "the clock says %s, but something happened at %s already",
			now.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	return nil
}

// BeginSignInByThisClock is BeginSignIn for somebody who says that the clock is right
// now and was ahead before. Where the clock is refused with ErrClock otherwise, the
// sign-in goes on, with a key and never with the password alone, and corrects the
// clock when it succeeds: every session ends, and time counts from now. Where it is
// not, this is an ordinary sign-in.
func (v *Verifier) BeginSignInByThisClock(ctx context.Context, username, password string) (SignIn, error) {
	return v.beginSignIn(ctx, username, password, true)
}

// signInPurpose judges the clock for a sign-in that is about to begin.
func signInPurpose(tx Tx, now time.Time, clockIsRight bool) (Purpose, error) {
	err := checkClock(tx, now)
	switch {
	case err == nil:
		return PurposeSignIn, nil
	case clockIsRight && errors.Is(err, ErrClock):
		return PurposeCorrectClock, nil
	}
	return "", err
}

// errKeyCorrectsClock refuses to take a password alone for a correction.
var errKeyCorrectsClock = &Error{Code: CodeClock, Message: "Only somebody who signs in with a key can say that it is right."}

// correctClock forgets whatever has an expiry, since that may come from the clock
// that was ahead, and makes the trail start over for checkClock.
func correctClock(tx Tx, now time.Time, actor string) error {
	wrong, err := tx.LatestSince(eventClockCorrected)
	if err != nil {
		return err
	}
	ever := time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
	if err := errors.Join(tx.DeleteSessionsBefore(ever), tx.DeleteGrantsBefore(ever),
		tx.DeleteChallengesBefore(ever), tx.DeleteThrottlesBefore(ever)); err != nil {
		return err
	}
	return record(tx, now, Event{Actor: actor, Action: eventClockCorrected, Subject: actor, Outcome: outcomeOK,
		Detail: "was at " + wrong.Format(time.RFC3339)})
}
