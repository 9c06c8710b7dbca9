package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/app/companion"
)

// Settings are what the command line says about the whole run.
type Settings struct {
	Devices []string // explicit paths of security keys
}

// Program is the CLI with what it touches of the outside world.
type Program struct {
	In       *os.File
	Out, Err io.Writer
	Version  string
	// Open makes the use cases ready. It has to be cheap: the database and the
	// keyring are opened when they are first needed.
	Open func(settings Settings) (c *companion.Companion, closeAll func() error, err error)
}

// run is one run of a command: the program with the command line's choices.
type run struct {
	Program
	settings      Settings
	json          bool
	passwordStdin bool
	pinStdin      bool
	stdin         *lineReader
	advice        string // what else there is to do about the error that the command ends with
	*companion.Companion
}

// Run runs the command that args name and returns the exit code.
func (p Program) Run(ctx context.Context, args []string) int {
	out := &watchedWriter{Writer: p.Out}
	p.Out = out
	r := &run{Program: p, stdin: &lineReader{file: p.In}}
	closeAll := func() error { return nil }
	root := r.root()
	root.SetArgs(args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	root.PersistentPreRunE = func(command *cobra.Command, _ []string) error {
		if command.Name() == "help" || command.Parent() != nil && command.Parent().Name() == "completion" {
			return nil // they need nothing of this computer
		}
		opened, closeOpened, err := p.Open(r.settings)
		if err != nil {
			return err
		}
		r.Companion, closeAll = opened, closeOpened
		return nil
	}
	err := root.ExecuteContext(ctx)
	if isUsage(err) {
		err = fmt.Errorf("%w: %w", errUsage, err)
	}
	if closing := closeAll(); err == nil {
		err = closing
	}
	if err == nil && out.err != nil { // a script must not take half an answer for a whole one
		err = fmt.Errorf("the answer could not be written: %w", out.err)
	}
	if err != nil {
		r.report(err)
	}
	return exitCode(err)
}

func (r *run) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "latchkey",
		Short: "Sign in with a security key, with or without a network",
		Long: `Latchkey signs you in with a password and a security key. It works with no network.

A first sign-in on a new computer:

  latchkey init      make the organisation and your account
  latchkey enroll    add your first key
  latchkey login     sign in
  latchkey token     get a token for a script or a local app

Latchkey keeps its files where your system wants them; LATCHKEY_HOME moves all of
them. LATCHKEY_DEVICE names security keys that cannot be found by themselves.`,
		Version:       r.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("latchkey {{.Version}}\n")
	flags := root.PersistentFlags()
	flags.BoolVar(&r.json, "json", false, "answer with one JSON document")
	flags.StringArrayVar(&r.settings.Devices, "device", nil, "use the security key at this `path` (may be repeated)")
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w. See: %s --help", errUsage, err, command.CommandPath())
	})
	root.AddCommand(
		r.initCommand(), r.enrollCommand(), r.loginCommand(), r.logoutCommand(), r.statusCommand(),
		r.tokenCommand(), r.jwksCommand(), r.keysCommand(), r.usersCommand(), r.policyCommand(), r.deviceCommand(),
		r.doctorCommand(), exitCodesTopic(),
	)
	return root
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{Use: use, Short: short, Args: noArguments, RunE: func(command *cobra.Command, _ []string) error {
		return fmt.Errorf("%w: say what to do. See: %s --help", errUsage, command.CommandPath())
	}}
	command.AddCommand(commands...)
	return command
}

// arguments demands n of them; names says what they are.
func arguments(n int, names string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return fmt.Errorf("%w: %s takes %s. See: %s --help", errUsage, command.CommandPath(), names, command.CommandPath())
	}
}

// atMostOneArgument is for an argument that can be left out.
func atMostOneArgument(name string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < 2 {
			return nil
		}
		return fmt.Errorf("%w: %s takes %s and no more. See: %s --help", errUsage, command.CommandPath(), name, command.CommandPath())
	}
}

func noArguments(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %q is not a command of %s. See: %s --help", errUsage, args[0], command.CommandPath(), command.CommandPath())
}

// report tells what went wrong, as text or JSON, on standard error.
func (r *run) report(err error) {
	message := companion.Describe(err)
	if errors.Is(err, errUsage) {
		message = companion.Message{Code: "usage", What: sentenceOf(err)}
	}
	message.Next = strings.TrimSpace(message.Next + " " + r.advice)
	if r.json {
		_ = json.NewEncoder(r.Err).Encode(map[string]any{"error": map[string]string{
			"code": message.Code, "message": message.What, "next": message.Next,
		}})
		return
	}
	r.tell("%s", printableLines(message.String()))
	if message.Code == "internal" {
		r.tell("Cause: %s", printable(err.Error()))
	}
}
