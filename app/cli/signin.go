package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/app/companion"
	"latchkey/verifier"
)

func (r *run) loginCommand() *cobra.Command {
	var (
		username, with string
		clockIsRight   bool
	)
	command := &cobra.Command{
		Use:   "login",
		Short: "Sign in with your password and a key",
		Long: `Sign in with your password and a key: a security key, or what is built into this
computer and was enrolled before. Where one cannot be used, the next is tried.

Where this computer's clock is behind what has happened already, signing in is
refused. If it is the clock that was ahead before, and it is right now, sign in with
--clock-is-right. That takes a key and ends the sessions of everybody.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			request := companion.SignInRequest{Username: username, ByThisClock: clockIsRight}
			var err error
			if request.With, err = kindsToUse(with); err != nil {
				return err
			}
			signedIn, err := r.signIn(command.Context(), request)
			if err != nil && !errors.Is(err, companion.ErrNotStored) {
				return err
			}
			if signedIn.Session == nil {
				return companion.ErrEnrollFirst
			}
			overview := companion.Overview{
				Organization: &signedIn.Session.Organization, Session: &signedIn.Session.Session,
				Stored: signedIn.Session.Stored(), Online: r.Network.Online(),
			}
			if answerErr := r.answerOverview(overview); answerErr != nil {
				return answerErr
			}
			return err // signed in and not stored: scripts have to know
		},
	}
	r.signInFlags(command, &username)
	withFlag(command, &with, "use this `kind` of key alone")
	command.Flags().BoolVar(&clockIsRight, "clock-is-right", false, "the clock was ahead before and is right now")
	return command
}

func (r *run) signInFlags(command *cobra.Command, username *string) {
	command.Flags().StringVar(username, "username", "", "`username` to sign in with")
	r.passwordFlag(command)
	r.pinFlag(command)
}

// signIn asks for what the request lacks and signs in.
func (r *run) signIn(ctx context.Context, request companion.SignInRequest) (companion.SignedIn, error) {
	// Refuse before asking for anything.
	if _, err := r.RelyingParty.Organization(ctx); err != nil {
		return companion.SignedIn{}, err
	}
	var err error
	if request.Username, err = r.username(ctx, request.Username); err != nil {
		return companion.SignedIn{}, err
	}
	if request.Password, err = r.password(ctx, request.Username); err != nil {
		return companion.SignedIn{}, err
	}
	return r.SignIn(ctx, request, r.prompter())
}

func (r *run) enrollCommand() *cobra.Command {
	var username, name, with string
	command := &cobra.Command{
		Use:     "enroll",
		Aliases: []string{"enrol"},
		Short:   "Add a key to your account",
		Long: `Add a security key to your account, or what is built into this computer: Windows
Hello, Touch ID, or the security chip of a Linux computer with a PIN of your own or
with your finger. What is built in signs you in on this computer alone.

Your first key needs your password. For another one you sign in, and confirm it with
a key that you have already.`,
		Example: `  latchkey enroll --name "Work key"
  latchkey enroll --with this-computer`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx := command.Context()
			kind, err := r.kindToEnroll(ctx, with)
			if err != nil {
				return err
			}
			if err := r.CanEnroll(ctx, kind); err != nil {
				r.advice = r.inItsPlace(ctx, kind, err)
				return err
			}
			authority, err := r.enrollAuthority(ctx, username)
			if err != nil {
				return err
			}
			key, err := r.Enroll(ctx, authority, companion.Enrollment{Kind: kind, Name: name}, r.prompter())
			if err != nil {
				return err
			}
			return r.answer(r.keyJSON(key), func() {
				r.say("Added %s: %s.", printable(key.Name), r.model(key))
				if authority != "" {
					r.say("Now sign in with it: latchkey login")
				}
			})
		},
	}
	command.Flags().StringVar(&name, "name", "", "what to call the key")
	withFlag(command, &with, "add this `kind` of key; a security key if left out")
	r.signInFlags(command, &username)
	return command
}

// enrollAuthority returns the grant of somebody who has no key yet, or "" when
// there is a session to enrol with.
func (r *run) enrollAuthority(ctx context.Context, username string) (string, error) {
	held, err := r.Current(ctx)
	switch {
	case err == nil && (username == "" || username == held.Account.Username):
		return "", nil
	case err != nil && !errors.Is(err, companion.ErrNotSignedIn):
		return "", err
	}
	signedIn, err := r.signIn(ctx, companion.SignInRequest{Username: username})
	if errors.Is(err, companion.ErrNotStored) {
		err = nil // the session lives as long as this command, which is enough
	}
	return signedIn.Authority, err
}

func (r *run) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Sign out",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			session, err := r.SignOut(command.Context())
			if err != nil {
				return err
			}
			return r.answer(map[string]string{"signed_out": session.Account.Username}, func() {
				r.say("Signed out %s.", session.Account.Username)
			})
		},
	}
}

func (r *run) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show who is signed in, with which key and until when",
		Long:  "Show who is signed in, with which key and until when. Ends with 4 when nobody is, and with 7 when that cannot be known without a keyring.",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			overview, err := r.Overview(command.Context())
			if err != nil {
				return err
			}
			if err := r.answerOverview(overview); err != nil {
				return err
			}
			switch {
			case overview.Organization == nil:
				return verifier.ErrNoOrganization
			case overview.Problem != nil:
				return overview.Problem
			case overview.Session == nil:
				return companion.ErrNotSignedIn
			}
			return nil
		},
	}
}

// answerOverview says nothing where nobody is signed in: the error that follows
// says it.
func (r *run) answerOverview(overview companion.Overview) error {
	return r.answer(r.overviewJSON(overview), func() {
		session := overview.Session
		if session == nil {
			return
		}
		r.say("Signed in as %s (%s) at %s", printable(session.Account.DisplayName), session.Account.Username, printable(session.Organization.Name))
		network := "offline; everything works as usual"
		if overview.Online {
			network = "online"
		}
		stored := ""
		if !overview.Stored {
			stored = "this program only"
		}
		r.facts(
			[2]string{"With", r.factor(*session)},
			[2]string{"Since", r.when(session.AuthenticatedAt)},
			[2]string{"Until", r.when(session.Until())},
			[2]string{"Kept in", stored},
			[2]string{"Network", network},
		)
	})
}

// factor says what somebody signed in with.
func (r *run) factor(session verifier.Session) string {
	if session.CredentialID == nil {
		return "password"
	}
	parts := []string{session.CredentialName}
	if model := r.Model(session.CredentialModel); model != "" && model != session.CredentialName {
		parts = append(parts, model)
	}
	return "password and " + strings.Join(parts, ", ")
}
