package sqlstore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// prepareFiles makes the directory (0700) and an empty file (0600) where there are
// none, and makes sure that nobody else can get at those that are there. SQLite
// gives its own files the mode of the database.
func prepareFiles(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return classify(context.Background(), err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return classify(context.Background(), err)
	}
	if err := checkDirectory(dir, info); err != nil {
		return err
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return classify(context.Background(), err)
		}
		if err := checkFile(file, info); err != nil {
			return err
		}
	}
	return createFile(dir, path)
}

// createFile makes the file and the directory's entry durable. It touches no file
// that is there: closing it would drop the locks that this process may have on it.
func createFile(dir, path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return classify(context.Background(), err)
	}
	return classify(context.Background(), errors.Join(file.Sync(), file.Close(), syncDirectory(dir)))
}
