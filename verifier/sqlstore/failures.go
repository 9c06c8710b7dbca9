package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"latchkey/verifier"
)

// classify is the one table from what SQLite and the file system say to what the
// verifier's callers can act on.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if _, ok := errors.AsType[*verifier.Error](err); ok {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return verifier.ErrNotFound
	}
	refuse := func(code verifier.Code) error { return &verifier.Error{Code: code, Err: err} }
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		switch {
		case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
			return refuse(verifier.CodeStoreFull)
		case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
			return refuse(verifier.CodeStoreReadOnly)
		}
		return refuse(verifier.CodeInternal)
	}
	switch failure.Code() { // extended result codes
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return verifier.ErrExists
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return verifier.ErrNotFound
	case sqlite3.SQLITE_IOERR_SHMSIZE: // the file beside the database could not be made larger
		return refuse(verifier.CodeStoreFull)
	case sqlite3.SQLITE_IOERR_CORRUPTFS:
		return refuse(verifier.CodeStoreCorrupt)
	}
	switch failure.Code() & 0xff { // primary result codes
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return refuse(verifier.CodeStoreBusy)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return refuse(verifier.CodeStoreCorrupt)
	case sqlite3.SQLITE_FULL:
		return refuse(verifier.CodeStoreFull)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return refuse(verifier.CodeStoreReadOnly)
	}
	return refuse(verifier.CodeInternal)
}

func corrupt(format string, arguments ...any) error {
	return &verifier.Error{Code: verifier.CodeStoreCorrupt, Err: fmt.Errorf(format, arguments...)}
}
