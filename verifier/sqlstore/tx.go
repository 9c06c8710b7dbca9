package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"latchkey/verifier"
)

// tx is a verifier.Tx over one SQL transaction.
type tx struct {
	ctx      context.Context
	tx       *sql.Tx
	readOnly bool
}

var errReadOnly = &verifier.Error{Code: verifier.CodeInternal, Err: errors.New("write in a read-only transaction")}

// row reads one row into targets, ErrNotFound where there is none.
func (t *tx) row(query string, arguments, targets []any) error {
	return classify(t.ctx, t.tx.QueryRowContext(t.ctx, query, arguments...).Scan(targets...))
}

// rows calls read for each row.
func (t *tx) rows(query string, arguments []any, read func(scan func(...any) error) error) error {
	rows, err := t.tx.QueryContext(t.ctx, query, arguments...)
	if err != nil {
		return classify(t.ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return classify(t.ctx, err)
		}
	}
	return classify(t.ctx, rows.Err())
}

// exec writes any number of rows.
func (t *tx) exec(query string, arguments ...any) error {
	_, err := t.affect(query, arguments)
	return err
}

// execOne writes to exactly one row, ErrNotFound where there is none.
func (t *tx) execOne(query string, arguments ...any) error {
	count, err := t.affect(query, arguments)
	if err == nil && count == 0 {
		return verifier.ErrNotFound
	}
	return err
}

func (t *tx) affect(query string, arguments []any) (int64, error) {
	if t.readOnly {
		return 0, errReadOnly
	}
	result, err := t.tx.ExecContext(t.ctx, query, arguments...)
	if err != nil {
		return 0, classify(t.ctx, err)
	}
	return result.RowsAffected()
}

// micros is how a time is stored.
func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// instant reads a stored time into the time it points to.
type instant struct{ target *time.Time }

// Scan implements sql.Scanner.
func (i instant) Scan(value any) error {
	stored, ok := value.(int64)
	if !ok {
		return corrupt("a time is stored as %T", value)
	}
	*i.target = time.Time{}
	if stored != 0 {
		*i.target = time.UnixMicro(stored).UTC()
	}
	return nil
}

// words reads a stored list of words.
type words struct{ target *[]string }

// Scan implements sql.Scanner.
func (w words) Scan(value any) error {
	stored, ok := value.(string)
	if !ok {
		return corrupt("a list is stored as %T", value)
	}
	*w.target = strings.Fields(stored)
	if len(*w.target) == 0 {
		*w.target = nil
	}
	return nil
}

func joined(list []string) string { return strings.Join(list, " ") }
