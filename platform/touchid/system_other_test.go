//go:build !darwin

package touchid

import (
	"path/filepath"
	"testing"

	"latchkey/fido/ceremony"
)

// TestOtherSystemsHaveNone is the only one that asks the system that it runs on.
func TestOtherSystemsHaveNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "touchid.json")
	requirement, fix := problem(t, New(Options{Records: path}), ceremony.StateUnsupported)
	if requirement != RequireMacOS || fix != fixNotAMac {
		t.Errorf("named %q, and the person is told: %s", requirement, fix)
	}
}
