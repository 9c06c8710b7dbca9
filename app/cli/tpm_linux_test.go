package cli_test

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/platform/tpm"
	"latchkey/platform/tpm/swtpmtest"
)

// TestSecurityChip runs the scripts of testdata/tpm, which have a software TPM to
// themselves and beside the usual commands
//
//	tpm restart|stop    switches the computer off and on again; switches the TPM off
func TestSecurityChip(t *testing.T) {
	chip := swtpmtest.Start(t)
	scripts := scripts("testdata/tpm")
	scripts.Setup = func(env *testscript.Env) error {
		err := setup(env)
		env.Setenv(tpm.EnvDevice, chip.Path())
		return err
	}
	scripts.Cmds["tpm"] = func(ts *testscript.TestScript, _ bool, args []string) {
		switch {
		case len(args) == 1 && args[0] == "restart":
			chip.Restart()
		case len(args) == 1 && args[0] == "stop":
			chip.Stop()
		default:
			ts.Fatalf("usage: tpm restart|stop")
		}
	}
	testscript.Run(t, scripts)
}
