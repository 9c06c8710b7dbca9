package fido

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"latchkey/fido/ceremony"
)

// system is what discovery wants to know of the operating system, in one place so
// that a test can stand for any machine.
type system struct {
	sys      fs.FS                    // what stands at /sys; nil where there is none
	access   func(path string) error  // whether we may read and write the device node
	group    func(path string) string // the group that may use the node, "" for none but root's
	member   func(group string) bool  // whether this process has the group
	enrolled func(group string) bool  // whether the person has it, at the next login
	same     func(path string) string // the node behind symbolic links
}

// thisSystem asks the machine that we run on.
func thisSystem() system {
	return system{sys: sysfs(), access: accessible, group: groupOf, member: inGroup, enrolled: userInGroup, same: resolve}
}

// explicit says what is known of a key that was named by its path, or why it cannot
// be used, as an *ceremony.Error.
func (s system) explicit(path string) (ceremony.Device, error) {
	device := ceremony.Device{Path: path, Kind: ceremony.KindSecurityKey, Transport: ceremony.TransportUSB}
	if s.sys != nil {
		if node, ok := readHIDRaw(s.sys, filepath.Base(s.same(path))); ok {
			device.Name, device.VendorID, device.ProductID = node.name, node.vendorID, node.productID
		}
	}
	err := s.access(path)
	if err == nil {
		return device, nil
	}
	refused := &ceremony.Error{Code: openingCode(err), Device: path, Retries: -1, Err: err}
	if refused.Code == ceremony.CodeNoAccess {
		refused.Fix = s.fix(s.same(path))
	}
	return device, refused
}

// locked finds a security key that is plugged in but may not be opened, and says
// how to change that. It returns nil when there is none.
func (s system) locked() *ceremony.Error {
	if s.sys == nil {
		return nil
	}
	for _, node := range scanHIDRaw(s.sys) {
		err := s.access(node.path)
		if err == nil || openingCode(err) != ceremony.CodeNoAccess {
			continue
		}
		return &ceremony.Error{
			Code: ceremony.CodeNoAccess, Device: strings.TrimSpace(node.name + " " + node.path),
			Retries: -1, Fix: s.fix(node.path), Err: err,
		}
	}
	return nil
}

// Where the rule goes: before 73-seat-late.rules, which acts on the uaccess tag.
const ruleFile = "/etc/udev/rules.d/70-latchkey.rules"

// rule lets whoever sits at the computer use every security key. It is that of assets/linux/70-latchkey.rules, where a test
// compares the two: it needs no helper program of udev's, which a system old enough to need the rule does not have.
const rule = `ACTION!="remove", SUBSYSTEM=="hidraw", PROGRAM=="/bin/sh -c 'od -An -tx1 -N3 /sys%p/device/report_descriptor | grep -qx .06.d0.f1'", TAG+="uaccess"`

// fix tells how to get permission to use the node at path.
func (s system) fix(path string) string {
	if strings.HasPrefix(path, "/dev/pts/") {
		return fmt.Sprintf("%s belongs to another user: start the virtual key as the user who runs Latchkey.", path)
	}
	group := s.group(path)
	switch {
	case group == "" || s.member(group):
		return fmt.Sprintf("Install the udev rule and plug the key in again:\n"+
			"  echo '%s' | sudo tee %s\n"+
			"  sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=hidraw", strings.ReplaceAll(rule, "'", `'\''`), ruleFile)
	case s.enrolled(group):
		return fmt.Sprintf("You are in the group %s since your last login: log out and in again.", group)
	default:
		return fmt.Sprintf("Join the group %s, then log out and in again:\n  sudo usermod -aG %s \"$USER\"", group, group)
	}
}

func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// sysfs is nil where the system has none.
func sysfs() fs.FS {
	if _, err := os.Stat("/sys/class"); err != nil {
		return nil
	}
	return os.DirFS("/sys")
}

// inGroup tells whether this process has the group.
func inGroup(name string) bool {
	group, err := user.LookupGroup(name)
	if err != nil {
		return false
	}
	ids, err := os.Getgroups()
	return err == nil && slices.ContainsFunc(ids, func(id int) bool { return fmt.Sprint(id) == group.Gid })
}

// userInGroup tells whether the account of this process has the group, whether or
// not the process has it yet.
func userInGroup(name string) bool {
	group, err := user.LookupGroup(name)
	if err != nil {
		return false
	}
	me, err := user.Current()
	if err != nil {
		return false
	}
	ids, err := me.GroupIds()
	return err == nil && slices.Contains(ids, group.Gid)
}
