//go:build !unix

package sqlstore

import "io/fs"

// Elsewhere files are private because the person's profile directory is.
func checkDirectory(string, fs.FileInfo) error { return nil }
func checkFile(string, fs.FileInfo) error      { return nil }
func syncDirectory(string) error               { return nil }
