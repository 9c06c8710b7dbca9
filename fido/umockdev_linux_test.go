//go:build cgo

package fido

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
)

// TestDiscoveryThroughUdev plugs a virtual key into a made-up machine, out and in
// again: udev, libfido2's own discovery and the hidraw node are as with hardware.
func TestDiscoveryThroughUdev(t *testing.T) {
	if _, err := exec.LookPath("umockdev-run"); err != nil {
		t.Fatalf("%v: run make deps", err)
	}
	key := plugIn(t, virtualkey.Options{})
	dir := t.TempDir()
	device, ioctl := filepath.Join(dir, "key.umockdev"), filepath.Join(dir, "key.ioctl")
	for path, content := range map[string]string{device: mockDevice(), ioctl: mockIoctl()} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	machine := startMachine(t, child(t, "discover", "umockdev-run", "-d", device, "-i", "/dev/hidraw0="+ioctl, "--"))

	machine.do("link " + key.Path())
	if got := machine.do("probe"); len(got) != 1 || got[0].Path != "/dev/hidraw0" || got[0].Manufacturer != "Latchkey" ||
		got[0].VendorID != 0x1209 || got[0].ProductID != 0xf1d0 || !got[0].Virtual {
		t.Fatalf("found %+v", got)
	}
	machine.do("remove")
	if got := machine.do("probe"); len(got) != 0 {
		t.Fatalf("found %+v after it was taken out", got)
	}
	machine.do("add")
	if got := machine.do("probe"); len(got) != 1 || !got[0].Virtual {
		t.Fatalf("found %+v after it was plugged in again", got)
	}
}

// mockDevice describes a hidraw node on a USB device as umockdev wants it.
func mockDevice() string {
	const usb = "/devices/pci0000:00/0000:00:14.0/usb1/1-1"
	const hid = usb + "/1-1:1.0/0003:1209:F1D0.0001"
	return fmt.Sprintf(`P: %[1]s
N: bus/usb/001/002
E: BUSNUM=001
E: DEVNUM=002
E: DEVNAME=/dev/bus/usb/001/002
E: DEVTYPE=usb_device
E: PRODUCT=1209/f1d0/100
E: SUBSYSTEM=usb
A: idVendor=1209\n
A: idProduct=f1d0\n
A: manufacturer=Latchkey\n
A: product=Mock key\n

P: %[1]s/1-1:1.0
E: DEVTYPE=usb_interface
E: SUBSYSTEM=usb

P: %[2]s
E: SUBSYSTEM=hid
E: HID_ID=0003:00001209:0000F1D0
E: HID_NAME=Latchkey Mock key
H: report_descriptor=%[3]X

P: %[2]s/hidraw/hidraw0
N: hidraw0
E: DEVNAME=/dev/hidraw0
E: MAJOR=242
E: MINOR=0
E: SUBSYSTEM=hidraw
`, usb, hid, securityKeyDescriptor)
}

// mockIoctl answers the two requests with which libfido2 reads the descriptor.
func mockIoctl() string {
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(securityKeyDescriptor)))
	padded := append(bytes.Clone(securityKeyDescriptor), make([]byte, 4096-len(securityKeyDescriptor))...)
	return fmt.Sprintf("@DEV /dev/hidraw0\nHIDIOCGRDESCSIZE 0 %X\nHIDIOCGRDESC 0 %X%X\n", size, size, padded)
}

// mockMachine is a child under umockdev that obeys a line at a time.
type mockMachine struct {
	t       *testing.T
	in      io.Writer
	answers *json.Decoder
}

func startMachine(t *testing.T, cmd *exec.Cmd) mockMachine {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return mockMachine{t, in, json.NewDecoder(out)}
}

func (m mockMachine) do(line string) (found []ceremony.Device) {
	m.t.Helper()
	if _, err := fmt.Fprintln(m.in, line); err != nil {
		m.t.Fatal(err)
	}
	if err := m.answers.Decode(&found); err != nil {
		m.t.Fatal(err)
	}
	return found
}

// serveDiscovery is the child: it answers each line on standard input with a list
// of devices in JSON.
func serveDiscovery() {
	root := os.Getenv("UMOCKDEV_DIR")
	nodes := []string{filepath.Join(root, "sys/class/hidraw/hidraw0"), filepath.Join(root, "dev/hidraw0")}
	k := New(Options{})
	out := json.NewEncoder(os.Stdout)
	for {
		var command, argument string
		if n, _ := fmt.Scanln(&command, &argument); n == 0 {
			return
		}
		found := []ceremony.Device{}
		var err error
		switch command {
		case "link":
			err = replaceByLink(argument, nodes[1])
		case "remove":
			err = moveAll(nodes, "", ".out")
		case "add":
			err = moveAll(nodes, ".out", "")
		case "probe":
			got := k.Probe(context.Background())
			found = append(found, got.Devices...)
			if got.Problem != nil && !errors.Is(got.Problem, ceremony.ErrNoDevice) {
				err = got.Problem
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, command, err)
			os.Exit(1)
		}
		if err := out.Encode(found); err != nil {
			os.Exit(1)
		}
	}
}

func replaceByLink(target, path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Symlink(target, path)
}

func moveAll(paths []string, from, to string) error {
	for _, path := range paths {
		hidden := func(suffix string) string {
			if suffix == "" {
				return path
			}
			return filepath.Join(filepath.Dir(filepath.Dir(path)), filepath.Base(path)+suffix)
		}
		if err := os.Rename(hidden(from), hidden(to)); err != nil {
			return err
		}
	}
	return nil
}
