//go:build linux

// Package linux holds what a Linux system needs beside the programs: the udev rule
// and the desktop entry. It has tests alone.
package linux

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// part is one key of a udev rule, as in udev(7).
var part = regexp.MustCompile(`^[A-Z]+(\{\w+\})?(==|!=|\+=|=)"[^"]*"$`)

func TestUdevRuleIsWellFormed(t *testing.T) {
	parts := strings.Split(rule(t), ", ")
	if len(parts) < 2 {
		t.Errorf("it has %d parts", len(parts))
	}
	for _, one := range parts {
		if !part.MatchString(one) {
			t.Errorf("%s", one)
		}
	}
}

// TestUdevRuleIsWhatTheProgramPrints holds that somebody without this file gets the same rule under the same name.
func TestUdevRuleIsWhatTheProgramPrints(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../fido/system.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if printed[spec.Names[0].Name], err = strconv.Unquote(literal.Value); err != nil {
				t.Fatal(err)
			}
		}
		return true
	})
	if got := printed["rule"]; got != rule(t) {
		t.Errorf("fido prints the rule\n%s\nand not\n%s", got, rule(t))
	}
	if got := printed["ruleFile"]; got != "/etc/udev/rules.d/70-latchkey.rules" {
		t.Errorf("fido writes it to %s", got)
	}
}

// TestUdevRuleKnowsKeys runs the rule's program as udev would, over made-up devices.
func TestUdevRuleKnowsKeys(t *testing.T) {
	program := regexp.MustCompile(`PROGRAM=="/bin/sh -c '([^']*)'", TAG\+="uaccess"`).FindStringSubmatch(rule(t))
	if program == nil {
		t.Fatal("no program gives the tag")
	}
	for name, test := range map[string]struct {
		descriptor string
		key        bool
	}{
		"security key": {"\x06\xd0\xf1\x09\x01\xa1\x01", true},
		"keyboard":     {"\x05\x01\x09\x06\xa1\x01", false},
		"vendor page":  {"\x06\x00\xff\x09\x01\xa1\x01", false},
		"shorter":      {"\x06\xd0", false},
		"empty":        {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			device := filepath.Join(t.TempDir(), "device")
			if err := os.Mkdir(device, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(device, "report_descriptor"), []byte(test.descriptor), 0o600); err != nil {
				t.Fatal(err)
			}
			command := strings.ReplaceAll(program[1], "/sys%p", filepath.Dir(device))
			if strings.ContainsAny(command, "$%") {
				t.Fatalf("udev would replace something in %s", command)
			}
			err := exec.Command("/bin/sh", "-c", command).Run()
			if got := err == nil; got != test.key {
				t.Errorf("is a key: %v (%v), want %v", got, err, test.key)
			}
		})
	}
}

func TestDesktopEntryIsValid(t *testing.T) {
	if out, err := exec.Command("desktop-file-validate", "latchkey.desktop").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// rule returns the one rule of the file.
func rule(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("70-latchkey.rules")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			rules = append(rules, line)
		}
	}
	if len(rules) != 1 {
		t.Fatalf("there are %d rules", len(rules))
	}
	return rules[0]
}
