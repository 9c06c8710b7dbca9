//go:build wine

package windows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// built is where `make windows` puts the programs, absolute.
func built(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../bin/windows", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%v. Build it, and run this test, with: make test-windows", err)
	}
	return path
}

// computer is a Windows computer on which nothing is set up yet.
type computer struct {
	*testing.T
	ctx    context.Context
	folder string
	env    []string
}

func newComputer(t *testing.T) *computer {
	t.Helper()
	if os.Getenv("WINEPREFIX") == "" {
		t.Fatal("there is no scratch Windows. Run this test with: make test-windows")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	folder := t.TempDir()
	state := filepath.Join(folder, "standin")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	return &computer{t, ctx, folder, append(os.Environ(),
		"LATCHKEY_HOME="+filepath.Join(folder, "latchkey"),
		"LATCHKEY_STANDIN_STATE="+state,
		"LATCHKEY_STANDIN_JOURNAL="+filepath.Join(folder, "journal"),
	)}
}

// with returns the same computer with other settings of the stand-in or of Wine.
func (c *computer) with(settings ...string) *computer {
	other := *c
	other.env = slices.Concat(c.env, settings)
	return &other
}

// program is a program on the computer that has not been started yet.
func (c *computer) program(name string, args ...string) *exec.Cmd {
	c.Helper()
	command := exec.CommandContext(c.ctx, "wine", append([]string{built(c.T, name)}, args...)...)
	command.Env, command.Dir = c.env, c.folder
	return command
}

// outcome is how a command has ended.
type outcome struct {
	code      int
	out, said string // standard output and standard error
}

// latchkey runs the command line, with what the person types on standard input.
func (c *computer) latchkey(input string, args ...string) outcome {
	c.Helper()
	command := c.program("latchkey.exe", args...)
	var out, said strings.Builder
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &out, &said
	return outcome{c.code(command.Run()), out.String(), said.String()}
}

// code is the exit code of a program that ended with err.
func (c *computer) code(err error) int {
	c.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		c.Error(err)
		return -1
	}
}

// want holds that a command ended with a code and said all of the texts.
func (c *computer) want(got outcome, code int, texts ...string) {
	c.Helper()
	if got.code != code {
		c.Fatalf("exit code %d, not %d; it said:\n%s%s", got.code, code, got.out, got.said)
	}
	for _, text := range texts {
		if !strings.Contains(got.out+got.said, text) {
			c.Errorf("it did not say %q but:\n%s%s", text, got.out, got.said)
		}
	}
}

// journal is what the stand-in wrote: which dialogues there were.
func (c *computer) journal() string {
	c.Helper()
	content, err := os.ReadFile(filepath.Join(c.folder, "journal"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.Fatal(err)
	}
	return string(content)
}

// forget empties the journal.
func (c *computer) forget() {
	c.Helper()
	if err := os.RemoveAll(filepath.Join(c.folder, "journal")); err != nil {
		c.Fatal(err)
	}
}

// awaitJournal waits until the stand-in has written text.
func (c *computer) awaitJournal(text string) {
	c.Helper()
	c.await(text, func() bool { return strings.Contains(c.journal(), text) })
}

// awaitIdle waits until no thread of a program has run for a while. Wine makes a thread in
// the very handler of the signal that stands for Ctrl-C, and hangs for good where it has
// interrupted one that had a lock.
func (c *computer) awaitIdle(program *os.Process) {
	c.Helper()
	var last string
	since := time.Now()
	c.await("an idle program", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", program.Pid))
		if err != nil || len(threads) == 0 {
			c.Fatalf("threads %v, %v", threads, err)
		}
		var now strings.Builder
		for _, thread := range threads {
			content, _ := os.ReadFile(thread) // which may have ended
			now.Write(content)
		}
		if now.String() != last {
			last, since = now.String(), time.Now()
		}
		return time.Since(since) > 200*time.Millisecond
	})
}

// await waits until something is so.
func (c *computer) await(what string, so func() bool) {
	c.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-c.ctx.Done():
			c.Fatalf("waited in vain for: %s", what)
		case <-tick.C:
		}
	}
}

// screenshots is where pictures go: LATCHKEY_SCREENSHOTS keeps them.
func screenshots(t *testing.T) string {
	return cmp.Or(os.Getenv("LATCHKEY_SCREENSHOTS"), t.TempDir())
}
