package fido

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"latchkey/fido/ceremony"
)

// securityKeyDescriptor is that of CTAP 2.1 §11.2.8.1: 64-byte reports.
var securityKeyDescriptor = []byte{
	0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02,
	0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xc0,
}

var mouseDescriptor = []byte{0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x03, 0x81, 0x06, 0xc0}

// sysfsWith is a /sys with hidraw nodes of these descriptors.
func sysfsWith(descriptors map[string][]byte) fstest.MapFS {
	sys := fstest.MapFS{}
	for name, descriptor := range descriptors {
		sys["class/hidraw/"+name+"/device/report_descriptor"] = &fstest.MapFile{Data: descriptor}
		sys["class/hidraw/"+name+"/device/uevent"] = &fstest.MapFile{
			Data: []byte("DRIVER=hid-generic\nHID_ID=0003:00001050:00000407\nHID_NAME=Yubico YubiKey\n")}
	}
	return sys
}

func TestScanHIDRaw(t *testing.T) {
	sys := sysfsWith(map[string][]byte{"hidraw0": mouseDescriptor, "hidraw1": securityKeyDescriptor, "hidraw2": {}})
	got := scanHIDRaw(sys)
	if len(got) != 1 {
		t.Fatalf("found %+v", got)
	}
	if k := got[0]; k.path != "/dev/hidraw1" || k.name != "Yubico YubiKey" || k.vendorID != 0x1050 || k.productID != 0x0407 ||
		k.report.input != 64 || k.report.output != 64 {
		t.Errorf("found %+v", k)
	}
	if got := scanHIDRaw(fstest.MapFS{}); got != nil {
		t.Errorf("found %+v on a system without hidraw", got)
	}
}

func TestReportSizeOf(t *testing.T) {
	short := append([]byte(nil), securityKeyDescriptor...)
	short[17], short[30] = 8, 8
	sys := sysfsWith(map[string][]byte{"hidraw1": securityKeyDescriptor, "hidraw2": short})
	here := t.TempDir()
	for _, name := range []string{"hidraw1", "hidraw2", "hidraw3", "5"} {
		if err := os.WriteFile(filepath.Join(here, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("hidraw1", filepath.Join(here, "link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"hidraw1": 64, "hidraw2": 8, "hidraw3": 0, "5": 0, "link": 64, "nothing": 0} {
		path := filepath.Join(here, name)
		if got := reportSizeOf(sys, path); got != want {
			t.Errorf("reports of %s have %d bytes", name, got)
		}
	}
}

func FuzzReportDescriptor(f *testing.F) {
	f.Add(securityKeyDescriptor)
	f.Add(mouseDescriptor)
	f.Add([]byte{0x77, 0xff, 0xff, 0xff, 0xff, 0x97, 0xff, 0xff, 0xff, 0xff, 0x81, 0x02, 0x81, 0x02})
	f.Add([]byte{0xfe, 0x10})
	f.Fuzz(func(t *testing.T, descriptor []byte) {
		got := parseReportDescriptor(descriptor)
		if got.input < 0 || got.output < 0 || got.input > maxReportBits/8 || got.output > maxReportBits/8 {
			t.Errorf("%x has reports of %d and %d bytes", descriptor, got.input, got.output)
		}
	})
}

// machine is a system where nodes are as access says; others do not exist.
func machine(sys fs.FS, access map[string]error, group string, member, enrolled bool) system {
	return system{
		sys: sys,
		access: func(path string) error {
			err, ok := access[path]
			if !ok {
				err = syscall.ENOENT
			}
			if err != nil {
				return &fs.PathError{Op: "open", Path: path, Err: err}
			}
			return nil
		},
		group:    func(string) string { return group },
		member:   func(string) bool { return member },
		enrolled: func(string) bool { return enrolled },
		same:     filepath.Clean,
	}
}

// stand-in for libfido2, as far as discovery goes
type listing struct {
	devices []ceremony.Device
	err     error
}

func (l listing) discover() ([]ceremony.Device, error) { return l.devices, l.err }

func (l listing) key(string, func()) (key, error) {
	return nil, failure{operation: "open the key", opening: syscall.EBUSY}
}

func TestDiscovery(t *testing.T) {
	plugged := sysfsWith(map[string][]byte{"hidraw0": mouseDescriptor, "hidraw1": securityKeyDescriptor})
	found := listing{devices: []ceremony.Device{{Path: "/dev/hidraw1", Name: "YubiKey"}}}
	denied := map[string]error{"/dev/hidraw0": syscall.EACCES, "/dev/hidraw1": syscall.EACCES}
	for name, c := range map[string]struct {
		options Options
		driver  driver
		system  system
		state   ceremony.State
		problem error
		device  string // named by the problem
		fix     string // part of it
	}{
		"nothing":                     {Options{}, listing{}, machine(fstest.MapFS{}, nil, "", false, false), ceremony.StateAbsent, ceremony.ErrNoDevice, "", ""},
		"no sysfs":                    {Options{}, listing{}, machine(nil, nil, "", false, false), ceremony.StateAbsent, ceremony.ErrNoDevice, "", ""},
		"only a mouse":                {Options{}, listing{}, machine(sysfsWith(map[string][]byte{"hidraw0": mouseDescriptor}), denied, "", false, false), ceremony.StateAbsent, ceremony.ErrNoDevice, "", ""},
		"plugged in":                  {Options{}, found, machine(plugged, map[string]error{"/dev/hidraw1": nil}, "", false, false), ceremony.StateReady, nil, "", ""},
		"root's":                      {Options{}, listing{}, machine(plugged, denied, "", false, false), ceremony.StateNoAccess, ceremony.ErrNoAccess, "Yubico YubiKey /dev/hidraw1", "udevadm control --reload"},
		"a group's":                   {Options{}, listing{}, machine(plugged, denied, "plugdev", false, false), ceremony.StateNoAccess, ceremony.ErrNoAccess, "Yubico YubiKey /dev/hidraw1", "usermod -aG plugdev"},
		"joined lately":               {Options{}, listing{}, machine(plugged, denied, "plugdev", false, true), ceremony.StateNoAccess, ceremony.ErrNoAccess, "Yubico YubiKey /dev/hidraw1", "log out and in"},
		"group is no help":            {Options{}, listing{}, machine(plugged, denied, "plugdev", true, true), ceremony.StateNoAccess, ceremony.ErrNoAccess, "Yubico YubiKey /dev/hidraw1", "/etc/udev/rules.d/70-latchkey.rules"},
		"named":                       {Options{Paths: []string{"/dev/pts/5"}}, listing{}, machine(plugged, map[string]error{"/dev/pts/5": nil}, "", false, false), ceremony.StateReady, nil, "", ""},
		"named, missing":              {Options{Paths: []string{"/dev/pts/5"}}, found, machine(plugged, nil, "", false, false), ceremony.StateAbsent, ceremony.ErrNoDevice, "/dev/pts/5", ""},
		"named, root's":               {Options{Paths: []string{"/dev/hidraw1"}}, listing{}, machine(plugged, denied, "", false, false), ceremony.StateNoAccess, ceremony.ErrNoAccess, "/dev/hidraw1", "udevadm trigger"},
		"virtual, another's":          {Options{Paths: []string{"/dev/pts/5"}}, listing{}, machine(plugged, map[string]error{"/dev/pts/5": syscall.EACCES}, "tty", false, false), ceremony.StateNoAccess, ceremony.ErrNoAccess, "/dev/pts/5", "as the user who runs"},
		"named, missing, but another": {Options{Paths: []string{"/dev/pts/5"}, Discover: true}, found, machine(plugged, map[string]error{"/dev/hidraw1": nil}, "", false, false), ceremony.StateReady, nil, "", ""},
		"named twice":                 {Options{Paths: []string{"/dev/../dev/hidraw1"}, Discover: true}, found, machine(plugged, map[string]error{"/dev/../dev/hidraw1": nil}, "", false, false), ceremony.StateReady, nil, "", ""},
		"libfido2 fails":              {Options{}, listing{err: errors.New("no udev")}, machine(plugged, nil, "", false, false), ceremony.StateAbsent, ceremony.ErrDevice, "", ""},
		"no libfido2":                 {Options{}, nil, machine(plugged, nil, "", false, false), ceremony.StateUnsupported, ceremony.ErrUnsupported, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := newKeys(c.options, c.driver, c.system).Probe(t.Context())
			if got.Kind != ceremony.KindSecurityKey || got.State != c.state {
				t.Fatalf("%+v", got)
			}
			if c.problem == nil {
				if len(got.Devices) != 1 || got.Problem != nil {
					t.Errorf("%+v", got)
				}
				return
			}
			e := wantCode(t, got.Problem, c.problem)
			if e.Device != c.device || !strings.Contains(e.Fix, c.fix) || (c.fix == "") != (e.Fix == "") {
				t.Errorf("device %q, fix %q", e.Device, e.Fix)
			}
		})
	}
}

func TestWithoutLibfido2(t *testing.T) {
	k := newKeys(Options{}, nil, machine(nil, nil, "", false, false))
	_, err := k.Create(t.Context(), ceremony.CreateRequest{}, nil)
	wantCode(t, err, ceremony.ErrUnsupported)
	_, err = k.Assert(t.Context(), ceremony.AssertRequest{}, nil)
	wantCode(t, err, ceremony.ErrUnsupported)
	_, err = k.Inspect(t.Context(), "/dev/hidraw0")
	wantCode(t, err, ceremony.ErrUnsupported)
}

func TestDevicePaths(t *testing.T) {
	if got := DevicePaths([]string{"/dev/a"}, "/dev/b"); len(got) != 1 || got[0] != "/dev/a" {
		t.Errorf("%q", got)
	}
	if got := DevicePaths(nil, "/dev/b::/dev/c"); len(got) != 2 || got[1] != "/dev/c" {
		t.Errorf("%q", got)
	}
	if got := DevicePaths(nil, ""); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
