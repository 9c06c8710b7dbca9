package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"Anna’s key, №\u00a05": "Anna’s key, №\u00a05",
		"\x1b[2J":              "?[2J",
		"a\u202etxt\u2028b":    "a?txt?b",
		"a\nb\tc\u009b":        "a?b?c?",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// bare stands for everything but a key that may not be used.
type bare struct{ companion.RelyingParty }

func (bare) CheckStore(context.Context) error { return nil }
func (bare) Organization(context.Context) (verifier.Organization, error) {
	return verifier.Organization{}, verifier.ErrNoOrganization
}

type emptyVault struct{ companion.Vault }

func (emptyVault) Check(context.Context) error { return nil }

type offline struct{}

func (offline) Online() bool { return false }

type lockedKey struct {
	companion.Authenticator
	fix string
}

func (lockedKey) Kind() ceremony.Kind { return ceremony.KindSecurityKey }

func (k lockedKey) Probe(context.Context) ceremony.Availability {
	return ceremony.Availability{Kind: ceremony.KindSecurityKey, State: ceremony.StateNoAccess,
		Problem: &ceremony.Error{Code: ceremony.CodeNoAccess, Fix: k.fix}}
}

// A fix of several lines is there to be copied line by line.
func TestFixesKeepTheirLines(t *testing.T) {
	fix := "Install the udev rule:\n  echo 'rule' | sudo tee file\n  sudo \x1budevadm"
	var out bytes.Buffer
	r := &run{Program: Program{Out: &out, Err: &out}, Companion: companion.New(companion.Deps{
		RelyingParty: bare{}, Vault: emptyVault{}, Network: offline{},
		Authenticators: []companion.Authenticator{lockedKey{fix: fix}},
	})}
	doctor := r.doctorCommand()
	doctor.SetArgs(nil)
	doctor.SilenceErrors, doctor.SilenceUsage = true, true
	if err := doctor.ExecuteContext(t.Context()); !errors.Is(err, companion.ErrSetupIncomplete) {
		t.Fatal(err)
	}
	want := "\n      Install the udev rule:\n        echo 'rule' | sudo tee file\n        sudo ?udevadm\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("doctor said:\n%s", &out)
	}
	out.Reset()
	r.report(&ceremony.Error{Code: ceremony.CodeNoAccess, Fix: fix})
	if want := "Install the udev rule:\n  echo 'rule' | sudo tee file\n  sudo ?udevadm\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("the report is:\n%s", &out)
	}
}
