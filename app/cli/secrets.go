package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"latchkey/app/companion"
)

// longestLine bounds what is read for one answer.
const longestLine = 4096

// lineReader reads lines without taking a byte more than it needs, so that the
// next secret, or the next program, finds what is its own.
type lineReader struct{ file *os.File }

func (l *lineReader) line(ctx context.Context, what string) (string, error) {
	var line []byte
	defer func() { clear(line) }()
	one := make([]byte, 1)
	for len(line) <= longestLine {
		if err := waitReadable(ctx, l.file); err != nil {
			return "", err
		}
		n, err := l.file.Read(one)
		if n == 1 && one[0] == '\n' {
			return string(bytes.TrimSuffix(line, []byte("\r"))), nil
		}
		line = append(line, one[:n]...)
		if err == io.EOF {
			if len(line) == 0 {
				return "", fmt.Errorf("%w: standard input ended before %s", companion.ErrInput, what)
			}
			return string(line), nil
		}
		if err != nil {
			return "", fmt.Errorf("%w: %s could not be read from standard input: %w", companion.ErrInput, what, err)
		}
	}
	return "", fmt.Errorf("%w: %s is longer than %d bytes", companion.ErrInput, what, longestLine)
}

// ask reads a line that may be seen, from a terminal.
func (r *run) ask(ctx context.Context, prompt, flag string) (string, error) {
	return r.atTerminal(ctx, flag, func(terminal *term.Terminal) (string, error) {
		terminal.SetPrompt(prompt)
		return terminal.ReadLine()
	})
}

// askSecret reads a line without echo, from a terminal.
func (r *run) askSecret(ctx context.Context, prompt, flag string) (string, error) {
	return r.atTerminal(ctx, flag, func(terminal *term.Terminal) (string, error) {
		return terminal.ReadPassword(prompt)
	})
}

// interactive tells whether there is somebody to ask.
func (r *run) interactive() bool {
	terminal, err := openTerminal()
	if err != nil {
		return false
	}
	_ = terminal.Close()
	return true
}

// atTerminal lends read the terminal in raw mode and puts it back as it was,
// however read ends.
func (r *run) atTerminal(ctx context.Context, flag string, read func(*term.Terminal) (string, error)) (string, error) {
	terminal, err := openTerminal()
	if err != nil {
		return "", fmt.Errorf("%w: there is no terminal to ask at; use %s", companion.ErrInput, flag)
	}
	defer terminal.Close()
	state, err := term.MakeRaw(int(terminal.Fd()))
	if err != nil {
		return "", fmt.Errorf("%w: the terminal could not be used: %w", companion.ErrInput, err)
	}
	defer func() { _ = term.Restore(int(terminal.Fd()), state) }()
	answer, err := read(term.NewTerminal(&patientTerminal{ctx: ctx, terminal: terminal}, ""))
	switch {
	case ctx.Err() != nil:
		fmt.Fprint(terminal, "\r\n")
		return "", ctx.Err()
	case err == io.EOF: // Ctrl-C and Ctrl-D in raw mode
		fmt.Fprint(terminal, "\r\n")
		return "", context.Canceled
	case err != nil && err != term.ErrPasteIndicator:
		return "", fmt.Errorf("%w: the answer could not be read: %w", companion.ErrInput, err)
	}
	return answer, nil
}

// patientTerminal reads only when there is something to read, so that a context that
// ends also ends the waiting.
type patientTerminal struct {
	ctx context.Context
	*terminal
}

func (t *patientTerminal) Read(p []byte) (int, error) {
	if err := waitReadable(t.ctx, t.File); err != nil {
		return 0, err
	}
	return t.readKey(p)
}

// password returns the password of username, typed or from standard input.
func (r *run) password(ctx context.Context, username string) (string, error) {
	if r.passwordStdin {
		return r.stdin.line(ctx, "the password")
	}
	return r.askSecret(ctx, "Password of "+printable(username)+": ", "--password-stdin")
}

// newPassword returns a password to be set: typed twice, or from standard input.
func (r *run) newPassword(ctx context.Context, username string) (string, error) {
	if r.passwordStdin {
		return r.stdin.line(ctx, "the password")
	}
	return r.typedTwice(ctx, "Password for "+printable(username)+" (at least 12 characters): ", "The passwords differ.", "--password-stdin")
}

func (r *run) typedTwice(ctx context.Context, prompt, differ, flag string) (string, error) {
	for {
		first, err := r.askSecret(ctx, prompt, flag)
		if err != nil {
			return "", err
		}
		second, err := r.askSecret(ctx, "The same again: ", flag)
		if err != nil {
			return "", err
		}
		if first == second {
			return first, nil
		}
		r.tell("%s Type it twice once more.", differ)
	}
}

// username returns what the command line says, or asks.
func (r *run) username(ctx context.Context, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	answer, err := r.ask(ctx, "Username: ", "--username")
	return strings.TrimSpace(answer), err
}
