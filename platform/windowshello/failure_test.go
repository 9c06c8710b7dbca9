package windowshello

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
)

// worded returns what a person reads of every way in which Windows fails a ceremony of
// either kind, and two that Latchkey finds by itself.
func worded(t *testing.T) map[string]companion.Message {
	t.Helper()
	failures := map[string]error{"nobody knows": hresult(0x8badf00d)}
	for result, known := range outcomes {
		failures[known.name] = result
	}
	words := map[string]companion.Message{}
	word := func(kind ceremony.Kind, failure, operation string, err error) {
		if err == nil {
			t.Errorf("%s of %s: did not fail by %s", operation, kind, failure)
		}
		words[fmt.Sprintf("%s %s", kind, failure)] = companion.Describe(&companion.FactorError{Kind: kind, Err: err})
		words[fmt.Sprintf("%s %s, of any kind", kind, failure)] = companion.Describe(err)
	}
	for name, failure := range failures {
		fake := newFake()
		fake.failure = failure
		hello, keys := newAuthenticators(Options{}, fake, nil)
		for kind, a := range map[ceremony.Kind]authenticator{ceremony.KindWindowsHello: hello, ceremony.KindSecurityKey: keys} {
			_, err := a.Create(t.Context(), createRequest(), &prompter{})
			word(kind, name, "Create", err)
			_, err = a.Assert(t.Context(), assertRequest(), &prompter{})
			word(kind, name, "Assert", err)
		}
	}
	hello, keys := newAuthenticators(Options{}, nil, errors.New("there is none"))
	for _, a := range []authenticator{hello, keys} {
		offered := a.Probe(t.Context())
		word(offered.Kind, "no library", "Probe", offered.Problem)
	}
	fake := newFake()
	fake.notSetUp = true
	hello, _ = newAuthenticators(Options{}, fake, nil)
	word(ceremony.KindWindowsHello, "not set up", "Probe", hello.Probe(t.Context()).Problem)
	return words
}

func TestFailuresAreToldInWordsOfWindows(t *testing.T) {
	words := worded(t)
	for name, message := range words {
		if message.What == "" || message.Next == "" && message.Code != string(ceremony.CodeCanceled) || message.Code == "internal" {
			t.Errorf("%s: no advice in %+v", name, message)
		}
		for _, wrong := range []string{"udev", "sudo", "rules.d", "at Security key", "at Windows Hello", "/dev", "read fingers"} {
			if strings.Contains(message.String(), wrong) {
				t.Errorf("%s: %q has %q", name, message, wrong)
			}
		}
		if strings.HasPrefix(name, "windows_hello") && !strings.HasSuffix(name, "of any kind") && strings.Contains(strings.ToLower(message.String()), "plug") {
			t.Errorf("%s: %q, and there is nothing to plug in", name, message)
		}
	}
	for name, want := range map[string]string{
		"security_key NTE_DEVICE_NOT_FOUND":        "No security key is plugged in. Plug one in",
		"security_key E_ACCESSDENIED":              "Ask whoever looks after this computer to allow",
		"security_key ERROR_SERVICE_DISABLED":      "is disabled",
		"security_key NTE_UI_REQUIRED":             "Sign in to Windows at this computer",
		"security_key NTE_NOT_ACTIVE_CONSOLE":      "Sign in to Windows at this computer",
		"security_key ERROR_INVALID_WINDOW_HANDLE": "to the front",
		"security_key NTE_AUTHENTICATION_IGNORED":  "Too many wrong PINs in a row. Unplug the key",
		"security_key TPM_20_E_LOCKOUT":            "Leave this computer on",
		"security_key no library":                  "Update Windows",
		"windows_hello NTE_AUTHENTICATION_IGNORED": "Too many wrong PINs: Windows Hello takes none for now.",
		"windows_hello not set up":                 "Sign-in options",
	} {
		if got := words[name].String(); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", name, got, want)
		}
	}
}
