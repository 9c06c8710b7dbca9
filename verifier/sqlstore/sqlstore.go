// Package sqlstore keeps what the verifier must not forget in an SQLite file.
//
// A transaction that has been acknowledged is on stable storage (write-ahead log,
// full synchronisation); several processes may use the same file. The file and
// what SQLite puts beside it can be read by their owner alone. A damaged file is
// reported and left as it is.
package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"modernc.org/sqlite"

	"latchkey/verifier"
)

// Options adjust a Store. The zero value of each stands for its default.
type Options struct {
	// BusyTimeout is how long a transaction waits for another process: 5 seconds.
	BusyTimeout time.Duration
	// MaxPages bounds the size of the database in pages of 4,096 bytes: 0 for no bound.
	MaxPages int
}

// Store is a verifier.Store over one file. It is safe for concurrent use.
type Store struct {
	db *sql.DB
	// writer is held by the one goroutine that writes. SQLite has one writer at a
	// time anyway, and waiting here is fair and ends with the context.
	writer chan struct{}
}

var _ verifier.Store = (*Store)(nil)

// maxConnections bounds readers at work at the same time.
const maxConnections = 4

// Open opens the database at path and makes it, and its directory, where there is
// none. An older schema is brought up to date; a newer one is ErrStoreNewer. Every
// failure of the file is one of the verifier's ErrStore refusals. Opening an
// up-to-date database writes nothing.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	if options.BusyTimeout == 0 {
		options.BusyTimeout = 5 * time.Second
	}
	if err := prepareFiles(ctx, path, options); err != nil {
		return nil, err
	}
	db, err := connect(path, options)
	if err != nil {
		return nil, classify(ctx, err)
	}
	if err := migrate(ctx, db); err != nil {
		db.Close()
		return nil, classify(ctx, err)
	}
	return &Store{db: db, writer: make(chan struct{}, 1)}, nil
}

// connect opens no file yet.
func connect(path string, options Options) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dataSource(path, options))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	return db, nil
}

func dataSource(path string, options Options) string {
	settings := url.Values{
		"_txlock": {"immediate"}, // writers queue up at BEGIN, where nothing is lost
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", options.BusyTimeout.Milliseconds()),
			"foreign_keys(ON)",
			"synchronous(FULL)",
			"trusted_schema(OFF)",
		},
	}
	if options.MaxPages > 0 {
		settings["_pragma"] = append(settings["_pragma"], fmt.Sprintf("max_page_count(%d)", options.MaxPages))
	}
	slashed := filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" { // SQLite wants file:/C:/…
		slashed = "/" + slashed
	}
	return "file:" + (&url.URL{Path: slashed}).EscapedPath() + "?" + settings.Encode()
}

// Close closes the database. No transaction may be under way.
func (s *Store) Close() error { return s.db.Close() }

// View runs fn on a snapshot.
func (s *Store) View(ctx context.Context, fn func(verifier.Tx) error) error {
	return s.run(ctx, &sql.TxOptions{ReadOnly: true}, fn)
}

// Update runs fn alone and has what it did on stable storage before it returns nil.
func (s *Store) Update(ctx context.Context, fn func(verifier.Tx) error) error {
	select {
	case s.writer <- struct{}{}:
		defer func() { <-s.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.run(ctx, nil, fn)
}

func (s *Store) run(ctx context.Context, options *sql.TxOptions, fn func(verifier.Tx) error) error {
	begun, err := s.db.BeginTx(ctx, options)
	if err != nil {
		return classify(ctx, err)
	}
	defer begun.Rollback() // after a commit it does nothing
	if err := fn(&tx{ctx: ctx, tx: begun, readOnly: options != nil}); err != nil {
		return err
	}
	return classify(ctx, begun.Commit())
}

// Check runs SQLite's own check of every page, index and constraint, and looks
// for records that refer to missing ones.
func (s *Store) Check(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, "PRAGMA integrity_check(1)")
	if err != nil {
		return classify(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		var finding string
		if err := rows.Scan(&finding); err != nil {
			return classify(ctx, err)
		}
		if finding != "ok" {
			return corrupt("integrity check: %s", finding)
		}
	}
	if err := rows.Err(); err != nil {
		return classify(ctx, err)
	}
	orphans, err := s.db.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return classify(ctx, err)
	}
	defer orphans.Close()
	if orphans.Next() {
		return corrupt("a record refers to one that is missing")
	}
	return classify(ctx, orphans.Err())
}
