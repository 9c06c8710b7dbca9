package desktop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
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
