package verifier

import (
	"crypto/sha256"
	"errors"
	"time"
)

// Five wrong tries in a row lock for half a minute; each one after that doubles the
// lock, up to a quarter of an hour.
const (
	freeTries = 5
	firstLock = 30 * time.Second
	longLock  = 15 * time.Minute

	// throttleMemory is how long wrong tries are remembered after the last lock.
	// Forgetting bounds the table (a row costs its maker a password hash) and is
	// the same for names that exist and names that do not, so it tells nothing.
	throttleMemory = time.Hour
)

// passwordThrottle is where tries at a password are counted. No account can have
// a name outside the grammar, so all such names share one row.
func passwordThrottle(username string) []byte {
	if checkUsername(username) != nil {
		username = ""
	}
	sum := sha256.Sum256([]byte("password\x00" + username))
	return sum[:]
}

// assertionThrottle is where tries to sign with a key of an account are counted.
func assertionThrottle(accountID string) []byte {
	sum := sha256.Sum256([]byte("assertion\x00" + accountID))
	return sum[:]
}

// checkThrottle refuses while key is locked. A lock that ends later than any lasts was
// made under a clock that was ahead, and would last until then.
func checkThrottle(tx Tx, key []byte, now time.Time) error {
	throttle, err := tx.Throttle(key)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case now.Before(throttle.LockedUntil) && !throttle.LockedUntil.After(now.Add(longLock)):
		return &Error{Code: CodeLocked, Until: throttle.LockedUntil}
	}
	return nil
}

// countFailure counts a wrong try and tells until when it locks, zero for not.
func countFailure(tx Tx, key []byte, now time.Time) (time.Time, error) {
	throttle, err := tx.Throttle(key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, err
	}
	if !now.Before(throttle.ForgetAt) {
		throttle = Throttle{}
	}
	throttle.Key = key
	throttle.Failures++
	throttle.LockedUntil = time.Time{}
	throttle.ForgetAt = now.Add(throttleMemory)
	if extra := throttle.Failures - freeTries; extra >= 0 {
		lock := longLock
		if extra < 5 { // 30 s doubled five times is past the longest already
			lock = min(firstLock<<extra, longLock)
		}
		throttle.LockedUntil = now.Add(lock)
		throttle.ForgetAt = throttle.LockedUntil.Add(throttleMemory)
	}
	return throttle.LockedUntil, tx.PutThrottle(throttle)
}
