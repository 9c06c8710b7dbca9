//go:build unix

// Package tooltest runs the stock tools of libfido2 and OpenSSH in tests.
package tooltest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Result is what a tool left.
type Result struct {
	Stdout, Stderr string
	Failed         bool
}

// Run runs a tool with the input on its standard input, where PIN prompts read when there is no terminal. It gets a session of its
// own, led by a shell: a leader that opens a pseudo-terminal would get it as its controlling terminal and prompt the key.
func Run(t testing.TB, input string, args ...string) Result {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Fatalf("%s is not installed: run make deps", args[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", `"$@"; exit $?`, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SSH_ASKPASS_REQUIRE=never")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // the shell and the tool
	err := cmd.Run()
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Failed: err != nil}
}

// Must runs a tool that has to succeed and returns its output.
func Must(t testing.TB, input string, args ...string) string {
	t.Helper()
	r := Run(t, input, args...)
	if r.Failed {
		t.Fatalf("%q failed:\n%s%s", args, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// Refused runs a tool that has to fail with the message.
func Refused(t testing.TB, message, input string, args ...string) {
	t.Helper()
	r := Run(t, input, args...)
	if !r.Failed || !strings.Contains(r.Stderr, message) {
		t.Fatalf("%q: failed %t, want a failure with %q:\n%s%s", args, r.Failed, message, r.Stdout, r.Stderr)
	}
}

// Random returns n random bytes in base64, as the tools want them.
func Random(n int) string {
	data := make([]byte, n)
	rand.Read(data)
	return base64.StdEncoding.EncodeToString(data)
}

// File makes a file of lines for a tool's -i, which leaves standard input to the PIN.
func File(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Lines returns the lines of a tool's output.
func Lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }
