package keychain

import (
	"errors"
	"testing"

	"latchkey/verifier"
)

// TestSealingKeyWhereNothingCanBeWritten uses a place where not even root may write.
func TestSealingKeyWhereNothingCanBeWritten(t *testing.T) {
	k := over(newRing(sieve{}, patience), "/sys/latchkey")
	if _, err := k.SealingKey(t.Context(), "o"); !errors.Is(err, verifier.ErrStoreReadOnly) || errors.Is(err, verifier.ErrSealUnavailable) {
		t.Error(err)
	}
}
