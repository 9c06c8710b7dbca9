//go:build wine

package windows

import (
	"bytes"
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestProgramsNeedNothingButWindows holds that one file is the whole program, and which
// of them brings a console along.
func TestProgramsNeedNothingButWindows(t *testing.T) {
	const window, console = 2, 3 // IMAGE_SUBSYSTEM_WINDOWS_GUI and _CUI
	ofWindows := []string{"kernel32.dll", "user32.dll", "gdi32.dll", "shell32.dll", "opengl32.dll", "advapi32.dll", "msvcrt.dll", "ole32.dll"}
	for name, subsystem := range map[string]uint16{"latchkey.exe": console, "latchkey-desktop.exe": window} {
		file, err := pe.Open(built(t, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		header, ok := file.OptionalHeader.(*pe.OptionalHeader64)
		if !ok || header.Subsystem != subsystem {
			t.Errorf("%s: no 64-bit program of subsystem %d: %+v", name, subsystem, file.OptionalHeader)
		}
		symbols, err := file.ImportedSymbols() // ImportedLibraries is not implemented
		if err != nil {
			t.Fatal(err)
		}
		for _, symbol := range symbols {
			if _, library, _ := strings.Cut(symbol, ":"); !slices.Contains(ofWindows, strings.ToLower(library)) {
				t.Errorf("%s needs %s", name, library)
			}
		}
		if len(symbols) == 0 {
			t.Errorf("%s imports nothing at all", name)
		}
	}
}

// TestProgramsCarryNoTestTools looks for the names of functions, which every Go program
// has for its stack traces.
func TestProgramsCarryNoTestTools(t *testing.T) {
	for _, name := range []string{"latchkey.exe", "latchkey-desktop.exe"} {
		program, err := os.ReadFile(built(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(program, []byte("latchkey/platform/windowshello.(*Hello).Create")) {
			t.Errorf("%s does not know Windows Hello", name)
		}
		for _, tool := range []string{"latchkey/fido/virtualkey", "latchkey/platform/windowshello/standin", "latchkey/platform/softchip", "latchkey/platform/conformance"} {
			if bytes.Contains(program, []byte(tool)) {
				t.Errorf("%s carries %s", name, tool)
			}
		}
	}
}

// TestProgramsAreSigned holds that they are, by whom the certificate names, and not once they are changed.
func TestProgramsAreSigned(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	tool := func(name string, args ...string) (string, error) {
		said, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
		return string(said), err
	}
	must := func(name string, args ...string) {
		t.Helper()
		if said, err := tool(name, args...); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, said)
		}
	}
	const password = "the password of the key"
	must("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
		"-subj", "/CN=Latchkey Test", "-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=critical,codeSigning",
		"-keyout", in("key.pem"), "-out", in("cert.pem"))
	if err := os.WriteFile(in("password"), []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	must("openssl", "pkcs12", "-export", "-inkey", in("key.pem"), "-in", in("cert.pem"), "-out", in("both.p12"), "-passout", "file:"+in("password"))

	original, err := os.ReadFile(built(t, "latchkey.exe"))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(settings ...string) (said string, err error) {
		t.Helper()
		if err := os.WriteFile(in("latchkey.exe"), original, 0o700); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "../../assets/windows/sign", in("latchkey.exe"))
		command.Env = append(unsigning(os.Environ()), settings...)
		out, err := command.CombinedOutput()
		return string(out), err
	}
	verify := func() error {
		_, err := tool("osslsigncode", "verify", "-CAfile", in("cert.pem"), "-in", in("latchkey.exe"))
		return err
	}
	for name, settings := range map[string][]string{
		"PEM":                          {"SIGN_CERT=" + in("cert.pem"), "SIGN_KEY=" + in("key.pem")},
		"PKCS #12, password in a file": {"SIGN_PKCS12=" + in("both.p12"), "SIGN_PASSWORD_FILE=" + in("password")},
		"PKCS #12, password":           {"SIGN_PKCS12=" + in("both.p12"), "SIGN_PASSWORD=" + password},
	} {
		said, err := sign(settings...)
		if err != nil || !strings.HasPrefix(said, "Signed ") || strings.Contains(said, password) {
			t.Errorf("%s: %v, said %s", name, err, said)
		}
		if err := verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	signed, err := os.ReadFile(in("latchkey.exe"))
	if err != nil {
		t.Fatal(err)
	}
	signed[len(original)/2] ^= 1
	if err := os.WriteFile(in("latchkey.exe"), signed, 0o700); err != nil {
		t.Fatal(err)
	}
	if verify() == nil {
		t.Error("a program that was changed still verifies")
	}

	if said, err := sign(); err != nil || !strings.HasPrefix(said, "Not signed") || verify() == nil {
		t.Errorf("without a certificate: %v, said %s", err, said)
	}
	for name, settings := range map[string][]string{
		"no key":         {"SIGN_CERT=" + in("cert.pem")},
		"wrong password": {"SIGN_PKCS12=" + in("both.p12"), "SIGN_PASSWORD=another"},
	} {
		if said, err := sign(settings...); err == nil || strings.HasPrefix(said, "Signed") {
			t.Errorf("%s: signed, said %s", name, said)
		}
	}
}

// unsigning leaves out the settings of whoever signs the programs that are tested: theirs
// is another certificate, and the time server is none for tests to call.
func unsigning(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(setting string) bool { return strings.HasPrefix(setting, "SIGN_") })
}
