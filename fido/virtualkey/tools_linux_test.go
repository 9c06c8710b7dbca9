package virtualkey_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/fido/virtualkey"
	"latchkey/fido/virtualkey/internal/tooltest"
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

// enrolled is a credential that fido2-cred made and verified.
type enrolled struct {
	id        string
	publicKey string // path of a PEM file
}

// enrol makes a credential with fido2-cred -M and checks it with fido2-cred -V.
func enrol(t *testing.T, key *virtualkey.Key, kind, pin string, flags ...string) enrolled {
	t.Helper()
	request := tooltest.File(t, tooltest.Random(32), "relying.example", "alice", tooltest.Random(16))
	args := append([]string{"fido2-cred", "-M", "-i", request}, flags...)
	made := tooltest.Must(t, answer(pin), append(args, key.Path(), kind)...)
	verify := []string{"fido2-cred", "-V", "-i", tooltest.File(t, tooltest.Lines(made)...)}
	if pin != "" {
		verify = append(verify, "-v")
	}
	verified := tooltest.Lines(tooltest.Must(t, "", append(verify, kind)...))
	return enrolled{id: verified[0], publicKey: tooltest.File(t, verified[1:]...)}
}

// signIn makes an assertion with fido2-assert -G and checks it with fido2-assert -V. Without an ID it must be a discoverable credential.
func signIn(t *testing.T, key *virtualkey.Key, c enrolled, kind, pin string, flags ...string) {
	t.Helper()
	request := []string{tooltest.Random(32), "relying.example"}
	if c.id != "" {
		request = append(request, c.id)
	}
	args := append([]string{"fido2-assert", "-G", "-i", tooltest.File(t, request...)}, flags...)
	made := tooltest.Lines(tooltest.Must(t, answer(pin), append(args, key.Path())...))
	verify := []string{"fido2-assert", "-V", "-p", "-i", tooltest.File(t, made[:4]...)}
	if pin != "" {
		verify = append(verify, "-v")
	}
	tooltest.Must(t, "", append(verify, c.publicKey, kind)...)
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
				request := tooltest.File(t, tooltest.Random(32), "relying.example", "alice", tooltest.Random(16))
				made := tooltest.Must(t, answer(pin), "fido2-cred", "-M", "-r", "-v", "-h", "-c", "3", "-i", request, key.Path(), kind)
				verified := tooltest.Lines(tooltest.Must(t, "", "fido2-cred", "-V", "-v", "-h", "-c", "3", "-i", tooltest.File(t, tooltest.Lines(made)...), kind))
				signIn(t, key, enrolled{publicKey: tooltest.File(t, verified[1:]...)}, kind, pin, "-r", "-v")
				tooltest.Refused(t, "FIDO_ERR_NO_CREDENTIALS", "", "fido2-assert", "-G", "-r", "-i",
					tooltest.File(t, tooltest.Random(32), "relying.example"), key.Path())
			})
		})
	}
}

func TestToolsHMACSecretIsStable(t *testing.T) {
	key := serve(t, virtualkey.Options{})
	request := tooltest.File(t, tooltest.Random(32), "relying.example", "alice", tooltest.Random(16))
	made := tooltest.Must(t, "", "fido2-cred", "-M", "-h", "-i", request, key.Path())
	id := tooltest.Lines(tooltest.Must(t, "", "fido2-cred", "-V", "-h", "-i", tooltest.File(t, tooltest.Lines(made)...)))[0]
	salt := tooltest.Random(32)
	secret := func(salt string) string {
		out := tooltest.Lines(tooltest.Must(t, "", "fido2-assert", "-G", "-h", "-i", tooltest.File(t, tooltest.Random(32), "relying.example", id, salt), key.Path()))
		return out[len(out)-1]
	}
	first := secret(salt)
	if again := secret(salt); again != first {
		t.Errorf("the same salt gave %s and then %s", first, again)
	}
	if other := secret(tooltest.Random(32)); other == first {
		t.Error("another salt gave the same secret")
	}
}

func TestToolsManagePIN(t *testing.T) {
	key := serve(t, virtualkey.Options{})
	info := tooltest.Must(t, "", "fido2-token", "-I", key.Path())
	for _, want := range []string{"noclientPin", "credMgmt", "es256", "eddsa", "FIDO_2_1", "credProtect, hmac-secret",
		"aaguid: " + strings.ReplaceAll(virtualkey.AAGUID, "-", ""), "pin protocols: 2, 1", "pin retries: 8"} {
		if !strings.Contains(info, want) {
			t.Errorf("fido2-token -I does not say %q:\n%s", want, info)
		}
	}
	tooltest.Must(t, "1234\n1234\n", "fido2-token", "-S", key.Path())
	tooltest.Must(t, "1234\n"+pin+"\n"+pin+"\n", "fido2-token", "-C", key.Path())
	tooltest.Refused(t, "FIDO_ERR_PIN_INVALID", "1234\n4321\n4321\n", "fido2-token", "-C", key.Path())
	if info := tooltest.Must(t, "", "fido2-token", "-I", key.Path()); !strings.Contains(info, "pin retries: 7") {
		t.Errorf("a wrong PIN did not take a retry:\n%s", info)
	}
	tooltest.Refused(t, "FIDO_ERR_PIN_INVALID", "1234\n4321\n4321\n", "fido2-token", "-C", key.Path())
	tooltest.Refused(t, "FIDO_ERR_PIN_AUTH_BLOCKED", "1234\n4321\n4321\n", "fido2-token", "-C", key.Path())
	tooltest.Refused(t, "FIDO_ERR_PIN_AUTH_BLOCKED", pin+"\n4321\n4321\n", "fido2-token", "-C", key.Path())
	if err := key.Replug(); err != nil {
		t.Fatal(err)
	}
	tooltest.Must(t, pin+"\n4321\n4321\n", "fido2-token", "-C", key.Path())
}

func TestToolsManageCredentials(t *testing.T) {
	key := serve(t, virtualkey.Options{PIN: pin})
	tooltest.Refused(t, "FIDO_ERR_NO_CREDENTIALS", answer(pin), "fido2-token", "-L", "-r", key.Path())
	c := enrol(t, key, "es256", pin, "-r", "-v")
	if list := tooltest.Must(t, answer(pin), "fido2-token", "-L", "-r", key.Path()); !strings.Contains(list, "relying.example") {
		t.Errorf("the relying party is missing:\n%s", list)
	}
	if list := tooltest.Must(t, answer(pin), "fido2-token", "-L", "-k", "relying.example", key.Path()); !strings.Contains(list, c.id) {
		t.Errorf("the credential %s is missing:\n%s", c.id, list)
	}
	tooltest.Must(t, answer(pin), "fido2-token", "-D", "-i", c.id, key.Path())
	tooltest.Refused(t, "FIDO_ERR_NO_CREDENTIALS", answer(pin), "fido2-token", "-L", "-r", key.Path())
	tooltest.Refused(t, "FIDO_ERR_NO_CREDENTIALS", answer(pin), "fido2-assert", "-G", "-v", "-i",
		tooltest.File(t, tooltest.Random(32), "relying.example", c.id), key.Path())
}

func TestToolsReset(t *testing.T) {
	key := serve(t, virtualkey.Options{PIN: pin, ResetWindow: time.Hour})
	c := enrol(t, key, "es256", pin, "-r", "-v")
	tooltest.Must(t, "", "fido2-token", "-R", key.Path())
	if info := tooltest.Must(t, "", "fido2-token", "-I", key.Path()); !strings.Contains(info, "noclientPin") {
		t.Errorf("the PIN outlived the reset:\n%s", info)
	}
	tooltest.Refused(t, "FIDO_ERR_NO_CREDENTIALS", "", "fido2-assert", "-G", "-i", tooltest.File(t, tooltest.Random(32), "relying.example", c.id), key.Path())

	late := serve(t, virtualkey.Options{ResetWindow: time.Nanosecond})
	tooltest.Refused(t, "FIDO_ERR_NOT_ALLOWED", "", "fido2-token", "-R", late.Path())
}

func TestToolsU2FOnly(t *testing.T) {
	key := serve(t, virtualkey.Options{U2FOnly: true})
	info := tooltest.Must(t, "", "fido2-token", "-I", key.Path())
	if !strings.Contains(info, "nocbor, msg") {
		t.Errorf("fido2-token -I does not call it a U2F key:\n%s", info)
	}
	signIn(t, key, enrol(t, key, "es256", ""), "es256", "")
}

func TestToolsU2FOnNormalKey(t *testing.T) {
	key := serve(t, virtualkey.Options{})
	signIn(t, key, enrol(t, key, "es256", "", "-u"), "es256", "", "-u")
}
