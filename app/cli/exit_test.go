package cli

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// TestExitCodesAreDocumented holds the code, its help topic and docs/cli.md to the
// same list.
func TestExitCodesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^\s+(\d+)  (.+)$`)
	topics := line.FindAllStringSubmatch(exitCodesTopic().Long, -1)
	documented := map[int]bool{}
	for _, topic := range topics {
		var code int
		fmt.Sscan(topic[1], &code)
		documented[code] = true
		if row := fmt.Sprintf("| %s | %s |", topic[1], topic[2]); !strings.Contains(string(page), row) {
			t.Errorf("docs/cli.md lacks %q", row)
		}
	}
	used := map[int]bool{exitOK: true, exitFailure: true}
	for _, code := range exitCodes {
		used[code] = true
	}
	if len(documented) != len(used) {
		t.Errorf("documented %v, used %v", documented, used)
	}
	for code := range used {
		if !documented[code] {
			t.Errorf("%d is not documented", code)
		}
	}
}

// TestEveryMessageHasAnExitCode finds codes that would end as an unexpected failure.
func TestEveryMessageHasAnExitCode(t *testing.T) {
	for name, err := range map[string]error{
		"wrapped refusal": fmt.Errorf("x: %w", verifier.ErrWrongPassword),
		"key":             ceremony.ErrUnplugged,
		"keyring":         companion.ErrNotStored,
		"usage":           fmt.Errorf("%w: x", errUsage),
	} {
		if exitCode(err) == exitFailure {
			t.Errorf("%s: %v has no exit code", name, err)
		}
	}
	source := func(file string) []string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, match := range regexp.MustCompile(`Code\w+\s+Code = "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			codes = append(codes, match[1])
		}
		for _, match := range regexp.MustCompile(`(?m)^\tCode\w+\s+= "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			codes = append(codes, match[1])
		}
		return codes
	}
	check := func(code string, err error) {
		if code != "internal" && exitCode(err) == exitFailure {
			t.Errorf("%s has no exit code", code)
		}
	}
	ceremonyCodes, verifierCodes := source("../../fido/ceremony/errors.go"), source("../../verifier/errors.go")
	if len(ceremonyCodes) < 15 || len(verifierCodes) < 15 {
		t.Fatalf("only %d and %d codes found", len(ceremonyCodes), len(verifierCodes))
	}
	for _, code := range ceremonyCodes {
		check(code, &ceremony.Error{Code: ceremony.Code(code)})
	}
	for _, code := range verifierCodes {
		check(code, &verifier.Error{Code: verifier.Code(code)})
	}
}
