package companion

import (
	"testing"
	"time"
)

func TestUntil(t *testing.T) {
	now := time.Date(2026, time.December, 31, 23, 59, 50, 0, time.Local)
	for after, want := range map[time.Duration]string{
		5 * time.Second:  "23:59:55",
		30 * time.Second: "tomorrow, 00:00:20",
		25 * time.Hour:   "2 Jan 2027, 00:59:50",
	} {
		if got := until(now.Add(after), now); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
}
