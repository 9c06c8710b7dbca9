package fido

import (
	"os/exec"
	"strings"
	"testing"
)

// TestFixSurvivesTheShell runs what a person would paste, up to where it needs root.
func TestFixSurvivesTheShell(t *testing.T) {
	fix := system{group: func(string) string { return "" }}.fix("/dev/hidraw1")
	var said string
	for line := range strings.Lines(fix) {
		if before, _, ok := strings.Cut(line, "| sudo tee "+ruleFile); ok {
			said = before
		}
	}
	out, err := exec.Command("/bin/sh", "-c", said).Output()
	if err != nil || strings.TrimSuffix(string(out), "\n") != rule {
		t.Errorf("%q says %q: %v", said, out, err)
	}
}
