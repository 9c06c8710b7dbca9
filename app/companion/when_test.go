package companion_test

import (
	"testing"
	"time"

	"latchkey/app/companion"
)

func TestWhen(t *testing.T) {
	at := func(year int, month time.Month, day, hour int) time.Time {
		return time.Date(year, month, day, hour, 5, 0, 0, time.Local)
	}
	now := at(2026, time.November, 23, 9)
	for want, when := range map[string]time.Time{
		"Never":            {},
		"Today, 08:05":     at(2026, time.November, 23, 8),
		"Today, 23:05":     at(2026, time.November, 23, 23),
		"Yesterday, 23:05": at(2026, time.November, 22, 23),
		"Tomorrow, 00:05":  at(2026, time.November, 24, 0),
		"19 Nov":           at(2026, time.November, 19, 9),
		"3 Sep 2019":       at(2019, time.September, 3, 9),
		"31 Dec 2025":      at(2025, time.December, 31, 23),
	} {
		if got := companion.When(when, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
