package companion_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// TestEveryCodeHasItsSentence reads the codes from the source, so that a code
// cannot be added without saying what a person reads for it.
func TestEveryCodeHasItsSentence(t *testing.T) {
	codes := func(file string) []string {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
				found = append(found, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			}
			return true
		})
		if len(found) < 15 {
			t.Fatalf("%s: only %d codes found", file, len(found))
		}
		return found
	}
	check := func(code string, message companion.Message) {
		t.Helper()
		if message.Code != code && code != string(verifier.CodeInternal) {
			t.Errorf("%s: message has code %q", code, message.Code)
		}
		if message.What == "" || !strings.HasSuffix(message.What, ".") {
			t.Errorf("%s: no sentence: %q", code, message.What)
		}
		for _, word := range []string{"credential", "authenticator ", "ceremony", "relying party"} {
			if strings.Contains(strings.ToLower(message.String()), word) {
				t.Errorf("%s: %q is not a word for people: %q", code, word, message)
			}
		}
	}
	for _, code := range codes("../../fido/ceremony/errors.go") {
		check(code, companion.Describe(&ceremony.Error{Code: ceremony.Code(code)}))
		for _, kind := range []ceremony.Kind{ceremony.KindTPM, ceremony.KindFingerprint, ceremony.KindTouchID, ceremony.KindWindowsHello} {
			message := companion.Describe(&companion.FactorError{Kind: kind, Err: &ceremony.Error{Code: ceremony.Code(code)}})
			check(code, message)
			for _, word := range []string{"plug", "$IT", "touched the key"} {
				if strings.Contains(message.String(), word) {
					t.Errorf("%s: %q is no word for %s: %q", code, word, kind, message)
				}
			}
		}
	}
	for _, code := range codes("../../verifier/errors.go") {
		check(code, companion.Describe(&verifier.Error{Code: verifier.Code(code), Message: "Say it."}))
	}
}

func TestDescribe(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		code string
		want string
	}{
		"tries left":      {&ceremony.Error{Code: ceremony.CodePINInvalid, Retries: 5}, "pin_invalid", "Wrong PIN. 5 tries left. Try again."},
		"last try":        {&ceremony.Error{Code: ceremony.CodePINInvalid, Retries: 1}, "pin_invalid", "1 try left; after that the key blocks itself."},
		"tries unknown":   {&ceremony.Error{Code: ceremony.CodePINInvalid, Retries: -1}, "pin_invalid", "Wrong PIN. Try again."},
		"fix of its own":  {&ceremony.Error{Code: ceremony.CodeNoAccess, Fix: "Run this."}, "no_access", "Run this."},
		"path":            {&ceremony.Error{Code: ceremony.CodeNoDevice, Device: "/dev/x"}, "no_device", "There is no security key at /dev/x."},
		"invalid input":   {&verifier.Error{Code: verifier.CodeInvalid, Field: "password", Message: "The password is short."}, "invalid_input", "The password is short."},
		"cancelled":       {fmt.Errorf("x: %w", context.Canceled), "canceled", "Cancelled."},
		"input":           {fmt.Errorf("%w: there is no terminal to ask at", companion.ErrInput), "input", "There is no terminal to ask at."},
		"input for a key": {&companion.FactorError{Kind: ceremony.KindTPM, Err: fmt.Errorf("%w: there is no terminal to ask at", companion.ErrInput)}, "input", "There is no terminal to ask at."},
		"ended session":   {fmt.Errorf("%w: %w", companion.ErrNotSignedIn, verifier.ErrSignedOut), "not_signed_in", "You are not signed in."},
		"locked keyring":  {fmt.Errorf("%w: x", companion.ErrKeyringLocked), "keyring_locked", "Your keyring is locked."},
		"no keyring":      {fmt.Errorf("%w: %w", companion.ErrNotSignedIn, companion.ErrNoKeyring), "no_keyring", "This session has no keyring"},
		"kept half-way":   {fmt.Errorf("%w: %w", companion.ErrNotStored, context.Canceled), "not_stored", "You are signed in, but"},
		"unknown failure": {errors.New("sql: secret detail"), "internal", "Something unexpected went wrong."},
	} {
		t.Run(name, func(t *testing.T) {
			got := companion.Describe(test.err)
			if got.Code != test.code || !strings.Contains(got.String(), test.want) {
				t.Errorf("got %+v, want %s: %s", got, test.code, test.want)
			}
			if strings.Contains(got.String(), "secret") {
				t.Errorf("shows the cause: %s", got)
			}
		})
	}
}
