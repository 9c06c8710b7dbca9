package sqlstore

import (
	"time"

	"latchkey/verifier"
)

const selectEvent = "SELECT sequence, at, actor, action, subject, outcome, detail, hash FROM events "

func eventTargets(e *verifier.EventRecord) []any {
	return []any{&e.Sequence, instant{&e.At}, &e.Actor, &e.Action, &e.Subject, &e.Outcome, &e.Detail, &e.Hash}
}

func (t *tx) LastEvent() (last verifier.EventRecord, err error) {
	err = t.row(selectEvent+"ORDER BY sequence DESC LIMIT 1", nil, eventTargets(&last))
	return last, err
}

// LatestSince walks down the index of times, past nothing but events that the last
// one with that action has made void.
func (t *tx) LatestSince(action string) (latest time.Time, err error) {
	err = t.row(`SELECT at FROM events
		WHERE sequence >= coalesce((SELECT sequence FROM events WHERE action = ? ORDER BY sequence DESC LIMIT 1), 0)
		ORDER BY at DESC LIMIT 1`, []any{action}, []any{instant{&latest}})
	return latest, err
}

// AppendEvent relies on a trigger for the order of sequences.
func (t *tx) AppendEvent(e verifier.EventRecord) error {
	return t.exec(`INSERT INTO events (sequence, at, actor, action, subject, outcome, detail, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Sequence, micros(e.At), e.Actor, e.Action, e.Subject, e.Outcome, e.Detail, e.Hash)
}

func (t *tx) Events(after int64, limit int) (found []verifier.EventRecord, err error) {
	err = t.rows(selectEvent+"WHERE sequence > ? ORDER BY sequence LIMIT ?", []any{after, limit},
		func(scan func(...any) error) error {
			var e verifier.EventRecord
			err := scan(eventTargets(&e)...)
			found = append(found, e)
			return err
		})
	return found, err
}
