package virtualkey_test

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/fido/virtualkey"
	"latchkey/fido/virtualkey/internal/tooltest"
)

// reportDescriptor is what a FIDO HID device says of its reports (CTAP 2.1 §11.2.8.1).
var reportDescriptor = []byte{
	0x06, 0xD0, 0xF1, // usage page FIDO
	0x09, 0x01, // usage CTAPHID
	0xA1, 0x01, // collection
	0x09, 0x20, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, // 64 bytes in
	0x09, 0x21, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, // 64 bytes out
	0xC0,
}

// mockedUSB returns the start of a command line that runs a program on a machine where key is plugged into USB. OpenSSH signs only
// with keys that it finds by itself.
func mockedUSB(t *testing.T, key *virtualkey.Key) []string {
	t.Helper()
	const usb = "/devices/pci0000:00/0000:00:14.0/usb1/1-1"
	const hid = usb + "/1-1:1.0/0003:F1D0:0001.0001"
	device := strings.Join([]string{
		"P: " + hid + "/hidraw/hidraw0", "N: hidraw0", "E: DEVNAME=/dev/hidraw0", "E: SUBSYSTEM=hidraw", "",
		"P: " + hid, "E: SUBSYSTEM=hid", "E: HID_ID=0003:0000F1D0:00000001", "E: HID_NAME=Latchkey virtual key",
		"H: report_descriptor=" + strings.ToUpper(hex.EncodeToString(reportDescriptor)), "",
		"P: " + usb, "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device", "A: idVendor=f1d0\\n", "A: idProduct=0001\\n",
		"A: manufacturer=Latchkey\\n", "A: product=virtual key\\n", "",
	}, "\n")
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(reportDescriptor)))
	padded := make([]byte, 4096)
	copy(padded, reportDescriptor)
	ioctls := strings.Join([]string{
		"@DEV /dev/hidraw0",
		"HIDIOCGRDESCSIZE 0 " + strings.ToUpper(hex.EncodeToString(size)),
		"HIDIOCGRDESC 0 " + strings.ToUpper(hex.EncodeToString(append(size, padded...))), "",
	}, "\n")
	dir := t.TempDir()
	for name, content := range map[string]string{"key.umockdev": device, "key.ioctl": ioctls} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{
		"umockdev-run", "-d", filepath.Join(dir, "key.umockdev"), "-i", "/dev/hidraw0=" + filepath.Join(dir, "key.ioctl"), "--",
		"sh", "-c", `ln -sf "$1" "$UMOCKDEV_DIR/dev/hidraw0"; shift; "$@"; exit $?`, "sh", key.Path(),
	}
}

func TestOpenSSH(t *testing.T) {
	for _, kind := range []string{"ecdsa-sk", "ed25519-sk"} {
		t.Run(kind, func(t *testing.T) {
			key := serve(t, virtualkey.Options{})
			file := filepath.Join(t.TempDir(), "id")
			tooltest.Must(t, "", "ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "alice", "-O", "device="+key.Path(), "-f", file)

			message := tooltest.File(t, "a message")
			tooltest.Must(t, "", append(mockedUSB(t, key), "ssh-keygen", "-Y", "sign", "-f", file, "-n", "test", message)...)
			public, err := os.ReadFile(file + ".pub")
			if err != nil {
				t.Fatal(err)
			}
			signers := tooltest.File(t, "alice "+strings.TrimSpace(string(public)))
			verify := []string{"ssh-keygen", "-Y", "verify", "-f", signers, "-I", "alice", "-n", "test", "-s", message + ".sig"}
			tooltest.Must(t, "a message\n", verify...)
			tooltest.Refused(t, "incorrect signature", "another message\n", verify...)
		})
	}
}
