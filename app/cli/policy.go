package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The values of a policy flag.
const (
	policyAllowed = "allowed"
	policyRefused = "refused"
)

func (r *run) policyCommand() *cobra.Command {
	var (
		fingerprint string
		lockOut     bool
	)
	command := &cobra.Command{
		Use:   "policy",
		Short: "Show or change what the organisation accepts",
		Long: `Show what the organisation accepts, or change it. Changing needs an administrator, who
touches a key for it.

A Linux computer's fingerprint reader is checked by the operating system and not by the
chip that keeps the key: a program that runs as the person could go around it. With
--fingerprint refused, such keys are not enrolled and do not sign in, and sessions made
with them count no more. Who would be locked out by it is told first.`,
		Example: `  latchkey policy --fingerprint allowed`,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx := command.Context()
			switch fingerprint {
			case "":
			case policyAllowed, policyRefused:
				if fingerprint == policyRefused && !lockOut {
					if err := r.confirmLockOut(ctx); err != nil {
						return err
					}
				}
				lockedOut, err := r.AllowFingerprint(ctx, fingerprint == policyAllowed, r.prompter())
				if err != nil {
					return err
				}
				for _, account := range lockedOut {
					r.tell("%s has no key any more that counts. To let them enrol a new one: latchkey users let-enroll %s",
						printable(account.DisplayName), account.Username)
				}
			default:
				return fmt.Errorf("%w: --fingerprint takes %s or %s", errUsage, policyAllowed, policyRefused)
			}
			organization, err := r.RelyingParty.Organization(ctx)
			if err != nil {
				return err
			}
			return r.answer(organizationJSON(organization), func() {
				r.facts(
					[2]string{"Fingerprint", allowance(organization.FingerprintAllowed)},
					[2]string{"Virtual keys", allowance(organization.VirtualKeysAllowed)},
				)
			})
		},
	}
	command.Flags().StringVar(&fingerprint, "fingerprint", "", "a finger recognised by a Linux computer's own reader: allowed or refused")
	command.Flags().BoolVar(&lockOut, "lock-out", false, "do not ask whether people without another key may be locked out")
	r.pinFlag(command)
	return command
}

// confirmLockOut asks whether people who have a finger alone may be locked out.
func (r *run) confirmLockOut(ctx context.Context) error {
	people, err := r.FingerprintOnly(ctx)
	if err != nil || len(people) == 0 {
		return err
	}
	r.tell("These people have no other key, and cannot sign in until you let them enrol one:")
	for _, person := range people {
		r.tell("  %s (%s)", printable(person.DisplayName), person.Username)
	}
	answer, err := r.ask(ctx, "Lock them out? (yes/no) ", "--lock-out")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "yes" && answer != "y" {
		return context.Canceled
	}
	return nil
}

func allowance(allowed bool) string {
	if allowed {
		return policyAllowed
	}
	return policyRefused
}
