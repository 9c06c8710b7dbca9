//go:build unix

package sqlstore

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"latchkey/verifier"
)

// takeOwnership is the command that makes a file or directory ours.
const takeOwnership = "sudo chown \"$(id -un)\" %s"

// checkDirectory refuses a directory in which others could swap the database. Root
// can do so anywhere.
func checkDirectory(dir string, info fs.FileInfo) error {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return unsafe(dir, info, takeOwnership)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return unsafe(dir, info, "chmod go-w %s")
	}
	return nil
}

// checkFile refuses a file that others can read or change, or that is not ours.
func checkFile(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return corrupt("%s is not a regular file", path)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return unsafe(path, info, takeOwnership)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return unsafe(path, info, "chmod 600 %s")
	}
	return nil
}

// unsafe says what is wrong and the exact command that mends it.
func unsafe(path string, info fs.FileInfo, command string) error {
	quoted := "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	return &verifier.Error{
		Code:    verifier.CodeStoreUnsafe,
		Message: fmt.Sprintf(command, quoted),
		Err:     fmt.Errorf("%s has mode %v", path, info.Mode()),
	}
}

// syncDirectory makes a new entry of the directory durable.
func syncDirectory(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}
