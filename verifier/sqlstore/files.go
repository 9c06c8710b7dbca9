package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// prepareFiles makes the directory (0700) and the database (0600) where there are
// none, and makes sure that nobody else can get at those that are there. SQLite
// gives its own files the mode of the database.
func prepareFiles(ctx context.Context, path string, options Options) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return classify(ctx, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return classify(ctx, err)
	}
	if err := checkDirectory(dir, info); err != nil {
		return err
	}
	// The database last: one that another process is making right now is there before
	// its log is.
	log, err := examine(ctx, path+"-wal")
	if err != nil {
		return err
	}
	if _, err := examine(ctx, path+"-shm"); err != nil {
		return err
	}
	database, err := examine(ctx, path)
	switch {
	case err != nil:
		return err
	case database == nil && log != nil && log.Size() > 0:
		return corrupt("%s is missing, and its write-ahead log is there", path)
	case database == nil:
		return classify(ctx, create(ctx, dir, path, options))
	case database.Size() == 0: // create never leaves one
		return corrupt("%s is empty", path)
	}
	return nil
}

// examine describes a file that nobody else can get at, nil where there is none.
func examine(ctx context.Context, path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	return info, checkFile(path, info)
}

// create makes a database under another name, and gives it its own when it is whole:
// after a crash there is either a database or none. A link, unlike a rename, leaves
// alone what another process has made meanwhile.
func create(ctx context.Context, dir, path string, options Options) (err error) {
	draft, err := os.CreateTemp(dir, ".new-*.db") // 0600
	if err != nil {
		return err
	}
	name := draft.Name()
	defer func() {
		for _, file := range []string{name, name + "-wal", name + "-shm"} {
			if removed := os.Remove(file); !errors.Is(removed, fs.ErrNotExist) {
				err = errors.Join(err, removed)
			}
		}
	}()
	if err := draft.Close(); err != nil {
		return err
	}
	if err := initialize(ctx, name, options); err != nil {
		return err
	}
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(dir)
}

// initialize makes the schema in an empty file, and leaves nothing of it in a log.
func initialize(ctx context.Context, path string, options Options) (err error) {
	db, err := connect(path, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrate(ctx, db); err != nil {
		return err
	}
	var busy, logged, moved int
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return fmt.Errorf("the log of the new database %s could not be emptied", path)
	}
	return nil
}
