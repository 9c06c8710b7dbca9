package companion

import "time"

// When writes a time the way a person says it, seen from now: "Today, 08:40",
// "Yesterday, 17:05", "19 Nov" within the year and "3 Sep 2019" before it. The zero
// time is "Never".
func When(t, now time.Time) string {
	if t.IsZero() {
		return "Never"
	}
	t, now = t.Local(), now.Local()
	clock := t.Format("15:04")
	switch days := daysBetween(t, now); {
	case days == 0:
		return "Today, " + clock
	case days == 1:
		return "Yesterday, " + clock
	case days == -1:
		return "Tomorrow, " + clock
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// until writes a time to wait for to the second, with its day where that is not today's.
func until(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	clock := t.Format(time.TimeOnly)
	switch daysBetween(t, now) {
	case 0:
		return clock
	case -1:
		return "tomorrow, " + clock
	}
	return t.Format("2 Jan 2006, ") + clock
}

// daysBetween counts calendar days, which are not always 24 hours long.
func daysBetween(t, now time.Time) int {
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(now).Sub(midnight(t)) / (24 * time.Hour))
}
