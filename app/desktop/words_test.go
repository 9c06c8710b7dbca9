package desktop

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Every text that the code names is in the table, and every text in the table is named by the code.
func TestTableHasTheTextsThatTheCodeNames(t *testing.T) {
	named := map[string]bool{}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			named[text] = true
			return true
		})
	}
	for name := range words {
		if strings.HasPrefix(name, problemWords+".") {
			continue // named by a code
		}
		single := strings.TrimSuffix(strings.TrimSuffix(name, "_one"), "_many")
		if !named[name] && !named[single] {
			t.Errorf("nothing says %q", name)
		}
	}
	sections := map[string]bool{}
	for name := range words {
		section, _, _ := strings.Cut(name, ".")
		sections[section] = true
	}
	for text := range named {
		section, rest, dotted := strings.Cut(text, ".")
		if !dotted || !sections[section] || strings.ContainsAny(rest, " ./") {
			continue
		}
		if words[text] == "" && words[text+"_one"] == "" {
			t.Errorf("%q is said and is not in the table", text)
		}
	}
}

func TestSayFillsBraces(t *testing.T) {
	if got := say("home.at", "username", "anna.berg", "organization", "Northgate Clinic"); got != "anna.berg at Northgate Clinic" {
		t.Errorf("say = %q", got)
	}
	if one, many := sayCount("device.tries", 1), sayCount("device.tries", 8); one != "1 try left" || many != "8 tries left" {
		t.Errorf("sayCount = %q and %q", one, many)
	}
}

func TestEveryTextKeepsToTheRules(t *testing.T) {
	for name, text := range words {
		if strings.ContainsAny(text, "!✓→'") || strings.Contains(text, "...") {
			t.Errorf("%s: %q has a mark that Latchkey does not use", name, text)
		}
		if strings.Count(text, "{") != strings.Count(text, "}") {
			t.Errorf("%s: %q has braces that do not match", name, text)
		}
	}
}

// problems are errors of every code that there is, read from where the codes are declared.
func problems(t *testing.T) []error {
	t.Helper()
	all := []error{
		companion.ErrNotSignedIn, companion.ErrEnrollFirst, companion.ErrNoKeyring, companion.ErrKeyringLocked,
		companion.ErrNotStored, companion.ErrUnknownKey, companion.ErrAmbiguousKey, companion.ErrSetupIncomplete,
		companion.ErrUseAnother, companion.ErrOtherComputer, companion.ErrNotHere,
	}
	inputs := map[string]string{string(verifier.CodeInvalid): "Choose a username."} // it has no words but those of the error
	for _, code := range codes(t, "../../verifier/errors.go") {
		all = append(all, &verifier.Error{Code: verifier.Code(code), Message: inputs[code]})
	}
	for _, code := range codes(t, "../../fido/ceremony/errors.go") {
		failed := &ceremony.Error{Code: ceremony.Code(code)}
		all = append(all, failed, &companion.FactorError{Kind: ceremony.KindTPM, Err: failed})
	}
	return all
}

func codes(t *testing.T, source string) []string {
	t.Helper()
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, match := range regexp.MustCompile(`Code = "([a-z0-9_]+)"`).FindAllStringSubmatch(string(content), -1) {
		found = append(found, match[1])
	}
	if len(found) < 10 {
		t.Fatalf("%s: found only the codes %q", source, found)
	}
	return found
}

// Whoever sits before a window cannot be asked to type a command of Latchkey, or an option of one.
func TestNoProblemNamesACommand(t *testing.T) {
	command := regexp.MustCompile(`latchkey [a-z]|(^|\s)--[a-z]`)
	known := map[string]bool{}
	for _, err := range problems(t) {
		code := companion.Describe(err).Code
		known[problemWords+"."+code] = true
		if factor := (*companion.FactorError)(nil); errors.As(err, &factor) {
			known[problemWords+"."+code+"_built_in"] = true
		}
		text := describe(err)
		if code == string(ceremony.CodeNoAccess) {
			text = strings.ReplaceAll(text, "udevadm control --reload", "") // the system's own, and there is no other way
		}
		if text == "" || command.MatchString(text) {
			t.Errorf("%s: %q", code, text)
		}
	}
	for name, text := range words {
		if strings.HasPrefix(name, problemWords+".") && !known[name] {
			t.Errorf("%s belongs to no problem", name)
		}
		if command.MatchString(text) {
			t.Errorf("%s names a command: %q", name, text)
		}
	}
	fix := "Join the group tss."
	if text := describe(&ceremony.Error{Code: ceremony.CodePINRequired, Fix: fix}); !strings.HasSuffix(text, fix) {
		t.Errorf("what the authenticator says is lost: %q", text)
	}
	said := "It lies in another folder."
	if text := describe(&verifier.Error{Code: verifier.CodeStoreUnsafe, Message: said}); !strings.HasSuffix(text, said) {
		t.Errorf("what the store says is lost: %q", text)
	}
}
