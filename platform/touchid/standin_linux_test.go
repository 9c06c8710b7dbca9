//go:build cgo && !standin

package touchid

import (
	"bytes"
	"os/exec"
	"testing"
)

// TestTheCallsOfMacOS runs the code that calls macOS, which is built for Macs alone, against
// a stand-in in C.
func TestTheCallsOfMacOS(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "test", "-tags=standin", "-count=1", "-run=^TestStandIn", "-v", ".").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestStandIn")) { // none is a failure too
		t.Errorf("%v\n%s", err, out)
	}
}
