package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// The values of a policy flag.
const (
	policyAllowed = "allowed"
	policyRefused = "refused"
)

func (r *run) policyCommand() *cobra.Command {
	var fingerprint string
	command := &cobra.Command{
		Use:   "policy",
		Short: "Show or change what the organisation accepts",
		Long: `Show what the organisation accepts, or change it. Changing needs an administrator, who
touches a key for it.

A Linux computer's fingerprint reader is checked by the operating system and not by the
chip that keeps the key: a program that runs as the person could go around it. With
--fingerprint refused, such keys are not enrolled and do not sign in, and sessions made
with them count no more. Who is locked out by it is told.`,
		Example: `  latchkey policy --fingerprint allowed`,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx := command.Context()
			switch fingerprint {
			case "":
			case policyAllowed, policyRefused:
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
	r.pinFlag(command)
	return command
}

func allowance(allowed bool) string {
	if allowed {
		return policyAllowed
	}
	return policyRefused
}
