package virtualkey_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/fido/virtualkey"
)

const pin = "correct horse"

// serve starts a key for the test.
func serve(t *testing.T, options virtualkey.Options) *virtualkey.Key {
	t.Helper()
	key, err := virtualkey.Serve(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := key.Close(); err != nil {
			t.Error(err)
		}
	})
	return key
}

// result is what a tool left.
type result struct {
	stdout, stderr string
	failed         bool
}

// tool runs a program with the input on its standard input, where PIN prompts read when there is no terminal. It gets a session of its
// own, led by a shell: a leader that opens a pseudo-terminal would get it as its controlling terminal and prompt the key.
func tool(t *testing.T, input string, args ...string) result {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Fatalf("%s is not installed: run make deps", args[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", `"$@"; exit $?`, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SSH_ASKPASS_REQUIRE=never")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err := cmd.Run()
	return result{stdout: stdout.String(), stderr: stderr.String(), failed: err != nil}
}

// must runs a tool that has to succeed and returns its output.
func must(t *testing.T, input string, args ...string) string {
	t.Helper()
	r := tool(t, input, args...)
	if r.failed {
		t.Fatalf("%q failed:\n%s%s", args, r.stdout, r.stderr)
	}
	return r.stdout
}

// refused runs a tool that has to fail with the message.
func refused(t *testing.T, message, input string, args ...string) {
	t.Helper()
	r := tool(t, input, args...)
	if !r.failed || !strings.Contains(r.stderr, message) {
		t.Fatalf("%q: failed %t, want a failure with %q:\n%s%s", args, r.failed, message, r.stdout, r.stderr)
	}
}

// random returns n random bytes in base64, as the tools want them.
func random(n int) string {
	data := make([]byte, n)
	rand.Read(data)
	return base64.StdEncoding.EncodeToString(data)
}

// writeLines makes a file for a tool's -i, which leaves standard input to the PIN.
func writeLines(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// enrolled is a credential that fido2-cred made and verified.
type enrolled struct {
	id        string
	publicKey string // path of a PEM file
}

// enrol makes a credential with fido2-cred -M and checks it with fido2-cred -V.
func enrol(t *testing.T, key *virtualkey.Key, kind, pin string, flags ...string) enrolled {
	t.Helper()
	request := writeLines(t, random(32), "relying.example", "alice", random(16))
	args := append([]string{"fido2-cred", "-M", "-i", request}, flags...)
	made := must(t, answer(pin), append(args, key.Path(), kind)...)
	verify := []string{"fido2-cred", "-V", "-i", writeLines(t, lines(made)...)}
	if pin != "" {
		verify = append(verify, "-v")
	}
	verified := lines(must(t, "", append(verify, kind)...))
	return enrolled{id: verified[0], publicKey: writeLines(t, verified[1:]...)}
}

// signIn makes an assertion with fido2-assert -G and checks it with fido2-assert -V. Without an ID it must be a discoverable credential.
func signIn(t *testing.T, key *virtualkey.Key, c enrolled, kind, pin string, flags ...string) {
	t.Helper()
	request := []string{random(32), "relying.example"}
	if c.id != "" {
		request = append(request, c.id)
	}
	args := append([]string{"fido2-assert", "-G", "-i", writeLines(t, request...)}, flags...)
	made := lines(must(t, answer(pin), append(args, key.Path())...))
	verify := []string{"fido2-assert", "-V", "-p", "-i", writeLines(t, made[:4]...)}
	if pin != "" {
		verify = append(verify, "-v")
	}
	must(t, "", append(verify, c.publicKey, kind)...)
}

// answer is what a person types when asked for the PIN.
func answer(pin string) string {
	if pin == "" {
		return ""
	}
	return pin + "\n"
}

func TestToolsEnrolAndSignIn(t *testing.T) {
	for _, kind := range []string{"es256", "eddsa"} {
		t.Run(kind, func(t *testing.T) {
			t.Run("no PIN", func(t *testing.T) {
				key := serve(t, virtualkey.Options{})
				signIn(t, key, enrol(t, key, kind, ""), kind, "")
			})
			t.Run("no PIN, resident", func(t *testing.T) {
				key := serve(t, virtualkey.Options{})
				c := enrol(t, key, kind, "", "-r")
				signIn(t, key, enrolled{publicKey: c.publicKey}, kind, "", "-r")
			})
			t.Run("PIN", func(t *testing.T) {
				key := serve(t, virtualkey.Options{PIN: pin})
				signIn(t, key, enrol(t, key, kind, pin, "-v"), kind, pin, "-v")
			})
			t.Run("PIN, resident, credProtect and hmac-secret", func(t *testing.T) {
				key := serve(t, virtualkey.Options{PIN: pin})
				request := writeLines(t, random(32), "relying.example", "alice", random(16))
				made := must(t, answer(pin), "fido2-cred", "-M", "-r", "-v", "-h", "-c", "3", "-i", request, key.Path(), kind)
				verified := lines(must(t, "", "fido2-cred", "-V", "-v", "-h", "-c", "3", "-i", writeLines(t, lines(made)...), kind))
				signIn(t, key, enrolled{publicKey: writeLines(t, verified[1:]...)}, kind, pin, "-r", "-v")
				refused(t, "FIDO_ERR_NO_CREDENTIALS", "", "fido2-assert", "-G", "-r", "-i",
					writeLines(t, random(32), "relying.example"), key.Path())
			})
		})
	}
}

func TestToolsHMACSecretIsStable(t *testing.T) {
	key := serve(t, virtualkey.Options{})
	request := writeLines(t, random(32), "relying.example", "alice", random(16))
	made := must(t, "", "fido2-cred", "-M", "-h", "-i", request, key.Path())
	id := lines(must(t, "", "fido2-cred", "-V", "-h", "-i", writeLines(t, lines(made)...)))[0]
	salt := random(32)
	secret := func(salt string) string {
		out := lines(must(t, "", "fido2-assert", "-G", "-h", "-i", writeLines(t, random(32), "relying.example", id, salt), key.Path()))
		return out[len(out)-1]
	}
	first := secret(salt)
	if again := secret(salt); again != first {
		t.Errorf("the same salt gave %s and then %s", first, again)
	}
	if other := secret(random(32)); other == first {
		t.Error("another salt gave the same secret")
	}
}

func TestToolsManagePIN(t *testing.T) {
	key := serve(t, virtualkey.Options{})
	info := must(t, "", "fido2-token", "-I", key.Path())
	for _, want := range []string{"noclientPin", "credMgmt", "es256", "eddsa", "FIDO_2_1", "credProtect, hmac-secret",
		"aaguid: " + strings.ReplaceAll(virtualkey.AAGUID, "-", ""), "pin protocols: 2, 1", "pin retries: 8"} {
		if !strings.Contains(info, want) {
			t.Errorf("fido2-token -I does not say %q:\n%s", want, info)
		}
	}
	must(t, "1234\n1234\n", "fido2-token", "-S", key.Path())
	must(t, "1234\n"+pin+"\n"+pin+"\n", "fido2-token", "-C", key.Path())
	refused(t, "FIDO_ERR_PIN_INVALID", "1234\n4321\n4321\n", "fido2-token", "-C", key.Path())
	if info := must(t, "", "fido2-token", "-I", key.Path()); !strings.Contains(info, "pin retries: 7") {
		t.Errorf("a wrong PIN did not take a retry:\n%s", info)
	}
	refused(t, "FIDO_ERR_PIN_INVALID", "1234\n4321\n4321\n", "fido2-token", "-C", key.Path())
	refused(t, "FIDO_ERR_PIN_AUTH_BLOCKED", "1234\n4321\n4321\n", "fido2-token", "-C", key.Path())
	refused(t, "FIDO_ERR_PIN_AUTH_BLOCKED", pin+"\n4321\n4321\n", "fido2-token", "-C", key.Path())
	if err := key.Replug(); err != nil {
		t.Fatal(err)
	}
	must(t, pin+"\n4321\n4321\n", "fido2-token", "-C", key.Path())
}

func TestToolsManageCredentials(t *testing.T) {
	key := serve(t, virtualkey.Options{PIN: pin})
	refused(t, "FIDO_ERR_NO_CREDENTIALS", answer(pin), "fido2-token", "-L", "-r", key.Path())
	c := enrol(t, key, "es256", pin, "-r", "-v")
	if list := must(t, answer(pin), "fido2-token", "-L", "-r", key.Path()); !strings.Contains(list, "relying.example") {
		t.Errorf("the relying party is missing:\n%s", list)
	}
	if list := must(t, answer(pin), "fido2-token", "-L", "-k", "relying.example", key.Path()); !strings.Contains(list, c.id) {
		t.Errorf("the credential %s is missing:\n%s", c.id, list)
	}
	must(t, answer(pin), "fido2-token", "-D", "-i", c.id, key.Path())
	refused(t, "FIDO_ERR_NO_CREDENTIALS", answer(pin), "fido2-token", "-L", "-r", key.Path())
	refused(t, "FIDO_ERR_NO_CREDENTIALS", answer(pin), "fido2-assert", "-G", "-v", "-i",
		writeLines(t, random(32), "relying.example", c.id), key.Path())
}

func TestToolsReset(t *testing.T) {
	key := serve(t, virtualkey.Options{PIN: pin, ResetWindow: time.Hour})
	c := enrol(t, key, "es256", pin, "-r", "-v")
	must(t, "", "fido2-token", "-R", key.Path())
	if info := must(t, "", "fido2-token", "-I", key.Path()); !strings.Contains(info, "noclientPin") {
		t.Errorf("the PIN outlived the reset:\n%s", info)
	}
	refused(t, "FIDO_ERR_NO_CREDENTIALS", "", "fido2-assert", "-G", "-i", writeLines(t, random(32), "relying.example", c.id), key.Path())

	late := serve(t, virtualkey.Options{ResetWindow: time.Nanosecond})
	refused(t, "FIDO_ERR_NOT_ALLOWED", "", "fido2-token", "-R", late.Path())
}

func TestToolsU2FOnly(t *testing.T) {
	key := serve(t, virtualkey.Options{U2FOnly: true})
	info := must(t, "", "fido2-token", "-I", key.Path())
	if !strings.Contains(info, "nocbor, msg") {
		t.Errorf("fido2-token -I does not call it a U2F key:\n%s", info)
	}
	signIn(t, key, enrol(t, key, "es256", ""), "es256", "")
}

func TestToolsU2FOnNormalKey(t *testing.T) {
	key := serve(t, virtualkey.Options{})
	signIn(t, key, enrol(t, key, "es256", "", "-u"), "es256", "", "-u")
}

