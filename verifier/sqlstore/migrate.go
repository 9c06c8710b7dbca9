package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"latchkey/verifier"
)

// applicationID marks the file as Latchkey's: "LATC".
const applicationID = 0x4c415443

// migrations are applied in the order of their names. They only ever go forward: a
// released one is never changed, what is wrong with it is mended by the next.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. PRAGMA user_version counts the migrations
// that have been applied.
func migrate(ctx context.Context, db *sql.DB) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, db)
	if err != nil || version == len(names) {
		return err
	}
	if version > len(names) {
		return newer(version, len(names))
	}
	// The journal mode stays with the file and cannot change in a transaction.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Another process may have been faster.
	if version, err = schemaVersion(ctx, tx); err != nil {
		return err
	}
	if version > len(names) {
		return newer(version, len(names))
	}
	for _, name := range names[version:] {
		script, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
		applicationID, len(names))); err != nil {
		return err
	}
	return tx.Commit()
}

func newer(version, known int) error {
	return &verifier.Error{Code: verifier.CodeStoreNewer,
		Err: fmt.Errorf("the schema has version %d, this program knows %d", version, known)}
}

// schemaVersion counts the migrations applied to a Latchkey database, 0 for an
// empty file. Anything else is not ours to touch.
func schemaVersion(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (int, error) {
	var application, version int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return 0, err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if application == applicationID && version > 0 {
		return version, nil
	}
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, err
	}
	if tables > 0 || application != 0 || version != 0 {
		return 0, corrupt("this is not a Latchkey database")
	}
	return 0, nil
}
