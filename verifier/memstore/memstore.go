// Package memstore keeps what the verifier must not forget in memory, for tests and
// measurements. It holds to the same contract as a database but for stable storage.
package memstore

import (
	"context"
	"errors"
	"sync"

	"latchkey/verifier"
)

// Store is a verifier.Store that ends with its process. It is safe for concurrent
// use.
type Store struct {
	mu   sync.RWMutex
	data tables
}

type tables struct {
	organization *verifier.Organization
	accounts     map[string]verifier.AccountRecord
	usernames    map[string]string // to account id
	credentials  map[string]verifier.CredentialRecord
	challenges   map[string]verifier.Challenge
	sessions     map[string]verifier.SessionRecord // by token hash
	sessionIDs   map[string]string                 // to token hash
	grants       map[string]verifier.Grant
	throttles    map[string]verifier.Throttle
	signingKeys  map[string]verifier.SigningKey
	events       []verifier.EventRecord
}

var _ verifier.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{data: tables{
		accounts:    map[string]verifier.AccountRecord{},
		usernames:   map[string]string{},
		credentials: map[string]verifier.CredentialRecord{},
		challenges:  map[string]verifier.Challenge{},
		sessions:    map[string]verifier.SessionRecord{},
		sessionIDs:  map[string]string{},
		grants:      map[string]verifier.Grant{},
		throttles:   map[string]verifier.Throttle{},
		signingKeys: map[string]verifier.SigningKey{},
	}}
}

// View runs fn while nobody writes.
func (s *Store) View(ctx context.Context, fn func(verifier.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(&tx{tables: &s.data, readOnly: true})
}

// Update runs fn alone. Each write notes how to undo it.
func (s *Store) Update(ctx context.Context, fn func(verifier.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{tables: &s.data}
	committed := false
	defer func() {
		if !committed { // fn failed or panicked
			t.rollback()
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	committed = true
	return nil
}

// Check finds memory in order.
func (s *Store) Check(ctx context.Context) error { return ctx.Err() }

type tx struct {
	*tables
	readOnly bool
	undo     []func()
}

var errReadOnly = &verifier.Error{Code: verifier.CodeInternal, Err: errors.New("write in a read-only transaction")}

func (t *tx) rollback() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.undo[i]()
	}
}

// put writes an entry of a table.
func put[V any](t *tx, table map[string]V, key string, value V) error {
	if t.readOnly {
		return errReadOnly
	}
	before, existed := table[key]
	t.undo = append(t.undo, func() {
		if existed {
			table[key] = before
		} else {
			delete(table, key)
		}
	})
	table[key] = value
	return nil
}

// insert writes an entry that is not there yet.
func insert[V any](t *tx, table map[string]V, key string, value V) error {
	if _, exists := table[key]; exists && !t.readOnly {
		return verifier.ErrExists
	}
	return put(t, table, key, value)
}

// remove deletes an entry that is there.
func remove[V any](t *tx, table map[string]V, key string) error {
	if t.readOnly {
		return errReadOnly
	}
	before, exists := table[key]
	if !exists {
		return verifier.ErrNotFound
	}
	t.undo = append(t.undo, func() { table[key] = before })
	delete(table, key)
	return nil
}

// removeWhere deletes the entries that match.
func removeWhere[V any](t *tx, table map[string]V, match func(V) bool) error {
	if t.readOnly {
		return errReadOnly
	}
	for key, value := range table {
		if match(value) {
			if err := remove(t, table, key); err != nil {
				return err
			}
		}
	}
	return nil
}
