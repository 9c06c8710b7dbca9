package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/app/companion"
	"latchkey/verifier"
)

func (r *run) keysCommand() *cobra.Command {
	return group("keys", "List, rename and delete your keys", r.keysListCommand(), r.keysRenameCommand(), r.keysDeleteCommand())
}

func (r *run) keysListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List your keys",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			keys, err := r.Keys(command.Context())
			if err != nil {
				return err
			}
			organization, err := r.RelyingParty.Organization(command.Context())
			if err != nil {
				return err
			}
			answer := []keyJSON{}
			rows := [][]string{}
			for _, key := range keys {
				answer = append(answer, r.keyJSON(key))
				kind := kindOf(key)
				if !organization.Accepts(key) {
					kind += ", not accepted"
				}
				rows = append(rows, []string{key.Name, r.model(key), kind, r.when(key.CreatedAt), r.when(key.LastUsedAt), shortID(key)})
			}
			return r.answer(answer, func() {
				if len(keys) == 0 {
					r.say("No keys yet. Add one to sign in with more than a password: latchkey enroll")
					return
				}
				r.table([]string{"name", "model", "kind", "added", "last used", "id"}, rows)
			})
		},
	}
}

func (r *run) keysRenameCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "rename KEY NAME",
		Short:   "Give a key another name",
		Example: `  latchkey keys rename "Work key" "Blue key"`,
		Args:    arguments(2, "a key (its name or id) and its new name"),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			key, err := r.FindKey(ctx, args[0])
			if err != nil {
				return err
			}
			if err := r.RenameKey(ctx, key.ID, args[1]); err != nil {
				return err
			}
			before := key.Name
			key.Name = strings.TrimSpace(args[1])
			return r.answer(r.keyJSON(key), func() { r.say("%s is now called %s.", printable(before), printable(key.Name)) })
		},
	}
}

func (r *run) keysDeleteCommand() *cobra.Command {
	var (
		yes     bool
		lockOut string
	)
	command := &cobra.Command{
		Use:   "delete KEY",
		Short: "Delete a key from your account",
		Long: `Delete a key from your account. It cannot be used to sign in any more.

Deleting your only key locks you out until an administrator enrols a new one. To do
it all the same, type your username when asked or give it with --lock-out.`,
		Args: arguments(1, "a key (its name or id)"),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			key, err := r.FindKey(ctx, args[0])
			if err != nil {
				return err
			}
			locksOut, err := r.confirmDelete(ctx, key, yes, lockOut)
			if err != nil {
				return err
			}
			if err := r.DeleteKey(ctx, key.ID, locksOut, r.prompter()); err != nil {
				return err
			}
			return r.answer(map[string]string{"deleted": key.ID.String()}, func() { r.say("Deleted %s.", printable(key.Name)) })
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "do not ask (not enough for your only key)")
	command.Flags().StringVar(&lockOut, "lock-out", "", "your `username`, to delete your only key and be locked out")
	r.pinFlag(command)
	return command
}

// confirmDelete asks as the loss deserves and tells whether the person agreed to be
// locked out.
func (r *run) confirmDelete(ctx context.Context, key verifier.Credential, yes bool, lockOut string) (bool, error) {
	held, err := r.Current(ctx)
	if err != nil {
		return false, err
	}
	keys, err := r.Keys(ctx)
	if err != nil {
		return false, err
	}
	username := held.Account.Username
	if companion.LocksOut(held.Session, keys, key) {
		if lockOut == "" {
			if !r.interactive() {
				return false, verifier.ErrLastFactor
			}
			r.tell("%s", companion.Describe(verifier.ErrLastFactor).What)
			if lockOut, err = r.ask(ctx, fmt.Sprintf("Type %s to delete it all the same: ", username), "--lock-out"); err != nil {
				return false, err
			}
		}
		if strings.TrimSpace(lockOut) != username {
			return false, fmt.Errorf("%w: that is not %s, so nothing was deleted", companion.ErrInput, username)
		}
		return true, nil
	}
	if yes {
		return false, nil
	}
	answer, err := r.ask(ctx, fmt.Sprintf("Delete %s? (yes/no) ", printable(key.Name)), "--yes")
	if err != nil {
		return false, err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "yes" && answer != "y" {
		return false, context.Canceled
	}
	return false, nil
}

// model names the make of a key, and says so where it is virtual.
func (r *run) model(key verifier.Credential) string {
	model := r.Model(key.AAGUID)
	switch {
	case key.Virtual:
		return "Virtual key"
	case model == "":
		return "Unknown model"
	}
	return model
}

// kindOf names the kind of a key, and the computer that it is built into.
func kindOf(key verifier.Credential) string {
	switch {
	case key.Kind == verifier.SecurityKey:
		return "Security key"
	case key.Kind == verifier.LegacyKey:
		return "Legacy key"
	case key.Kind != verifier.DeviceAuthenticator:
		return string(key.Kind)
	case key.Computer != "":
		return "Device authenticator of " + printable(key.Computer)
	default:
		return "Device authenticator"
	}
}

// shortID is enough of a key's id to name it on a command line.
func shortID(key verifier.Credential) string {
	const length = 12
	id := key.ID.String()
	return id[:min(len(id), length)]
}
