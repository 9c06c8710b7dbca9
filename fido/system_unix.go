//go:build unix

package fido

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"syscall"

	"golang.org/x/sys/unix"
)

// accessible tells whether we may open the device node at path, without opening it:
// that alone can make a key blink.
func accessible(path string) error {
	if err := unix.Access(path, unix.R_OK|unix.W_OK); err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return nil
}

// groupOf returns the group that may read and write the node, "" where it is root's
// or has no such right.
func groupOf(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o060 != 0o060 {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Gid == 0 {
		return ""
	}
	group, err := user.LookupGroupId(fmt.Sprint(stat.Gid))
	if err != nil {
		return ""
	}
	return group.Name
}
