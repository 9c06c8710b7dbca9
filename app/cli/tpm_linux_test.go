package cli_test

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/platform/fprintd/fprintdtest"
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

// TestFingerprint runs the scripts of testdata/fingerprint, which have a software TPM and
// a fprintd with a virtual reader to themselves and beside the usual commands
//
//	finger enrol NAME       makes a finger known to fprintd
//	finger press NAME...    puts fingers on the reader in the next command
//	finger forbid|permit    makes polkit refuse the reader, or not any more
func TestFingerprint(t *testing.T) {
	chip, system := swtpmtest.Start(t), fprintdtest.Start(t)
	scripts := scripts("testdata/fingerprint")
	scripts.Setup = func(env *testscript.Env) error {
		err := setup(env)
		env.Setenv(tpm.EnvDevice, chip.Path())
		env.Setenv("DBUS_SYSTEM_BUS_ADDRESS", system.Address())
		return err
	}
	scripts.Cmds["finger"] = func(ts *testscript.TestScript, _ bool, args []string) {
		switch {
		case len(args) == 2 && args[0] == "enrol":
			system.Enrol(args[1])
		case len(args) > 1 && args[0] == "press":
			var presses []fprintdtest.Event
			for _, finger := range args[1:] {
				presses = append(presses, fprintdtest.Press(finger))
			}
			system.Next(presses...)
		case len(args) == 1 && (args[0] == "forbid" || args[0] == "permit"):
			system.Permit(args[0] == "permit")
		default:
			ts.Fatalf("usage: finger enrol NAME | press NAME... | forbid | permit")
		}
	}
	testscript.Run(t, scripts)
}
