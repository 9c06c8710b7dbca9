package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"latchkey/fido/virtualkey"
	"latchkey/fido/virtualkey/authenticator"
)

// staleQuestion is how long after a request the answer to its question still counts: U2F platforms ask again and again, with pauses.
const staleQuestion = 2 * time.Second

// settings are the flags of serve.
type settings struct {
	state, link string
	touch       virtualkey.TouchPolicy
	u2f         bool
	control     bool
}

func (s *settings) parse(args []string) error {
	var touch string
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main says what is wrong
	flags.StringVar(&s.state, "state", "", "")
	flags.StringVar(&s.link, "link", "", "")
	flags.StringVar(&touch, "touch", string(virtualkey.TouchAuto), "")
	flags.BoolVar(&s.u2f, "u2f", false, "")
	flags.BoolVar(&s.control, "control", false, "")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("argument %q is one too many: %w", flags.Arg(0), errUsage)
	}
	policy, err := virtualkey.ParseTouchPolicy(touch)
	if err != nil {
		return fmt.Errorf("--touch: %w: %w", err, errUsage)
	}
	s.touch = policy
	return nil
}

// console is where serve reads and writes.
type console struct {
	stdin          *os.File
	stdout, stderr io.Writer
	log            *slog.Logger
}

// serve runs a key until ctx ends or the control channel says so.
func serve(ctx context.Context, s settings, c console) (err error) {
	ask := s.touch == virtualkey.TouchAsk && !s.control
	if ask && !term.IsTerminal(int(c.stdin.Fd())) {
		return fmt.Errorf("--touch ask needs a terminal to ask on, or --control: %w", errUsage)
	}
	asked := make(chan authenticator.Prompt, 1)
	key, err := virtualkey.Serve(ctx, virtualkey.Options{
		StateFile: s.state,
		Link:      s.link,
		Touch:     s.touch,
		U2FOnly:   s.u2f,
		Log:       c.log,
		Asked: func(p authenticator.Prompt) {
			select {
			case asked <- p:
			default: // one question stands already
			}
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := key.Close(); err == nil {
			err = closeErr
		}
	}()
	if _, err := fmt.Fprintln(c.stdout, key.Path()); err != nil {
		return fmt.Errorf("print the path: %w", err)
	}
	switch {
	case s.control:
		ctx, commands := lines(ctx, c.stdin)
		return control(ctx, key, commands, c.stdout)
	case ask:
		ctx, answers := lines(ctx, c.stdin)
		askOnTerminal(ctx, key, asked, answers, c.stderr)
		return nil
	default:
		<-ctx.Done()
		return nil
	}
}

// lines returns the lines of r and a context that ends with them, for who is busy with a line then. Its goroutine ends with r,
// which for standard input can be the end of the process.
func lines(ctx context.Context, r io.Reader) (context.Context, <-chan string) {
	ctx, ended := context.WithCancel(ctx)
	out := make(chan string)
	go func() {
		defer ended()
		for scanner := bufio.NewScanner(r); scanner.Scan(); {
			out <- strings.TrimSpace(scanner.Text())
		}
	}()
	return ctx, out
}

// control obeys one command a line until ctx ends.
func control(ctx context.Context, key *virtualkey.Key, commands <-chan string, stdout io.Writer) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case line := <-commands:
			if line == "quit" {
				return nil
			}
			answer, err := obey(ctx, key, line)
			if err != nil {
				answer = "error: " + strings.ReplaceAll(err.Error(), "\n", "; ")
			}
			if _, err := fmt.Fprintln(stdout, answer); err != nil {
				return fmt.Errorf("answer on standard output: %w", err)
			}
		}
	}
}

// obey does one command and returns its answer.
func obey(ctx context.Context, key *virtualkey.Key, line string) (string, error) {
	verb, argument, _ := strings.Cut(line, " ")
	switch {
	case verb == "touch" && argument != "":
		policy, err := virtualkey.ParseTouchPolicy(argument)
		if err != nil {
			return "", err
		}
		key.SetTouch(policy)
	case line == "touch":
		key.Touch()
	case line == "deny":
		key.Deny()
	case line == "wait":
		if err := key.AwaitTouch(ctx); err != nil {
			return "", err
		}
	case line == "unplug":
		if err := key.Unplug(); err != nil {
			return "", err
		}
	case line == "replug":
		if err := key.Replug(); err != nil {
			return "", err
		}
		return key.Path(), nil
	default:
		return "", fmt.Errorf("command %q is unknown: see virtualkey --help", line)
	}
	return "ok", nil
}

// askOnTerminal asks the person for each touch until ctx ends.
func askOnTerminal(ctx context.Context, key *virtualkey.Key, asked <-chan authenticator.Prompt, answers <-chan string, stderr io.Writer) {
	var last time.Time // of the request that the question is about
	for {
		select {
		case <-ctx.Done():
			return
		case prompt := <-asked:
			if time.Since(last) > staleQuestion {
				fmt.Fprintf(stderr, "Touch the key to %s? [y/n] ", describe(prompt))
			}
			last = time.Now()
		case answer := <-answers:
			switch {
			case !key.Waiting() && time.Since(last) > staleQuestion:
				fmt.Fprintln(stderr, "Nothing waits for a touch.")
			case strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"):
				key.Touch()
				last = time.Time{}
			default:
				key.Deny()
				last = time.Time{}
			}
		}
	}
}

// describe says what a touch is wanted for.
func describe(p authenticator.Prompt) string {
	switch {
	case p.RPID == "":
		return string(p.Action)
	case p.Action == authenticator.ActionRegister:
		return fmt.Sprintf("register with %q", p.RPID)
	default:
		return fmt.Sprintf("sign in to %q", p.RPID)
	}
}
