package cli

import (
	"github.com/spf13/cobra"

	"latchkey/verifier"
)

func (r *run) initCommand() *cobra.Command {
	var (
		request verifier.NewOrganization
		person  = &request.Administrator
	)
	command := &cobra.Command{
		Use:   "init",
		Short: "Make the organisation and its first administrator",
		Long: `Make the organisation that accounts and keys on this computer belong to, and its
first administrator.

The portal domain is part of every key that is enrolled, so it can never change.
It is "localhost" unless you say otherwise.`,
		Example: `  latchkey init --org "Northgate Clinic" --username anna.berg --name "Anna Berg"`,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) (err error) {
			ctx := command.Context()
			if request.Name == "" {
				if request.Name, err = r.ask(ctx, "Name of the organisation: ", "--org"); err != nil {
					return err
				}
			}
			if person.Username, err = r.username(ctx, person.Username); err != nil {
				return err
			}
			if person.Password, err = r.newPassword(ctx, person.Username); err != nil {
				return err
			}
			organization, account, err := r.CreateOrganization(ctx, request)
			if err != nil {
				return err
			}
			answer := map[string]any{"organization": organizationJSON(organization), "administrator": accountJSON(account)}
			return r.answer(answer, func() {
				r.say("Made %s, portal domain %s.", printable(organization.Name), organization.RPID)
				r.say("%s is its administrator. Add your first key: latchkey enroll", account.Username)
			})
		},
	}
	flags := command.Flags()
	flags.StringVar(&request.Name, "org", "", "`name` of the organisation")
	flags.StringVar(&request.RPID, "domain", "localhost", "portal `domain`, fixed for good")
	flags.BoolVar(&request.FingerprintAllowed, "allow-fingerprint", false, "count a finger that a Linux computer's own reader has recognised")
	flags.BoolVar(&request.VirtualKeysAllowed, "allow-virtual-keys", false, "let software keys be enrolled, for trying things out")
	r.personFlags(command, person)
	return command
}

func (r *run) usersCommand() *cobra.Command {
	return group("users", "Add and list the people of the organisation", r.usersAddCommand(), r.usersListCommand(), r.usersLetEnrollCommand())
}

func (r *run) usersAddCommand() *cobra.Command {
	var (
		request       verifier.NewAccount
		administrator bool
	)
	command := &cobra.Command{
		Use:     "add",
		Short:   "Make an account for somebody",
		Long:    "Make an account for somebody. It needs an administrator, who touches a key for it.",
		Example: `  latchkey users add --username ben.okafor --name "Ben Okafor"`,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) (err error) {
			ctx := command.Context()
			// Refuse before asking for anything.
			if _, err := r.Current(ctx); err != nil {
				return err
			}
			if request.Username, err = r.username(ctx, request.Username); err != nil {
				return err
			}
			if request.Password, err = r.newPassword(ctx, request.Username); err != nil {
				return err
			}
			if administrator {
				request.Role = verifier.RoleAdministrator
			}
			account, err := r.AddUser(ctx, request, r.prompter())
			if err != nil {
				return err
			}
			return r.answer(accountJSON(account), func() {
				r.say("Added %s (%s). They add their first key with: latchkey enroll --username %s",
					printable(account.DisplayName), account.Username, account.Username)
			})
		},
	}
	r.personFlags(command, &request)
	r.pinFlag(command)
	command.Flags().BoolVar(&administrator, "administrator", false, "let them administer the organisation")
	command.Flags().BoolVar(&request.FactorOptional, "factor-optional", false, "let them sign in with the password alone while they have no key")
	return command
}

func (r *run) usersListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the people, and who has a key",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			users, err := r.Users(command.Context())
			if err != nil {
				return err
			}
			answer := []userJSON{}
			rows := [][]string{}
			for _, user := range users {
				answer = append(answer, userJSON{accountJSON(user.Account), user.Keys, stamp(user.LastSignIn)})
				enrolled := "not enrolled"
				if user.Keys > 0 {
					enrolled = countOf(user.Keys, "key", "keys")
				}
				rows = append(rows, []string{user.Username, user.DisplayName, string(user.Role), enrolled, requirement(user.Account), r.when(user.LastSignIn)})
			}
			return r.answer(answer, func() {
				r.table([]string{"username", "name", "role", "mfa: webauthn", "mfa: user requirement", "last sign-in"}, rows)
			})
		},
	}
}

func (r *run) usersLetEnrollCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "let-enroll USERNAME",
		Short: "Let somebody who lost their last key enrol a new one",
		Long: `Let somebody whose last key was deleted enrol a new one with their password, as when
their account was new. It grants nothing else.`,
		Args: arguments(1, "a username"),
		RunE: func(command *cobra.Command, args []string) error {
			if err := r.LetEnroll(command.Context(), args[0], r.prompter()); err != nil {
				return err
			}
			return r.answer(map[string]string{"may_enroll": args[0]}, func() {
				r.say("%s may enrol a key now: latchkey enroll --username %s", printable(args[0]), printable(args[0]))
			})
		},
	}
	r.pinFlag(command)
	return command
}

func (r *run) personFlags(command *cobra.Command, person *verifier.NewAccount) {
	command.Flags().StringVar(&person.Username, "username", "", "`username` to sign in with")
	command.Flags().StringVar(&person.DisplayName, "name", "", "`name` of the person")
	r.passwordFlag(command)
}

func (r *run) passwordFlag(command *cobra.Command) {
	command.Flags().BoolVar(&r.passwordStdin, "password-stdin", false, "read the password from the next line of standard input")
}

func (r *run) pinFlag(command *cobra.Command) {
	command.Flags().BoolVar(&r.pinStdin, "pin-stdin", false, "read the key's PIN from the next line of standard input, after the password")
}
