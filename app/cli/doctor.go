package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"latchkey/app/companion"
)

func (r *run) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check everything that signing in needs, and name the fix",
		Long:  "Check everything that signing in needs and name the exact fix for what is wrong. It changes nothing.",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			checks := r.Doctor(command.Context())
			answer := []checkJSON{}
			for _, check := range checks {
				answer = append(answer, checkJSON{check.Name, check.Verdict, check.Detail, check.Fix})
			}
			err := r.answer(answer, func() {
				for _, check := range checks {
					r.say("%-5s %s: %s", marks[check.Verdict], check.Title, printable(check.Detail))
					if check.Fix != "" {
						r.say("      %s", strings.ReplaceAll(printableLines(check.Fix), "\n", "\n      "))
					}
				}
			})
			if err == nil && !companion.Healthy(checks) {
				err = companion.ErrSetupIncomplete
			}
			return err
		},
	}
}

var marks = map[companion.Verdict]string{
	companion.VerdictOK: "ok", companion.VerdictNote: "note", companion.VerdictFail: "FAIL",
}

func exitCodesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `Latchkey ends with one of these codes:

    0  done
    1  something unexpected went wrong
    2  the command line or what was typed cannot be used
    3  not set up yet, or set up already
    4  not signed in, or a key has to be enrolled first
    5  refused: wrong password or PIN, not allowed, or the key's answer does not hold
    6  no key, or the key cannot do it, or nobody touched it in time
    7  no keyring, or it is locked
    8  the database is busy, damaged, full, read-only or not private
    9  this computer's clock is wrong
   10  the self-check found something to mend
  130  cancelled

With --json an error stands on standard error as
{"error": {"code": ..., "message": ..., "next": ...}}; its code is stable.`,
	}
}
