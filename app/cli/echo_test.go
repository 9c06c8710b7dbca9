//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminalSession runs latchkey at a terminal of its own and answers its prompts as
// they come.
type terminalSession struct {
	t       *testing.T
	command *exec.Cmd
	file    *os.File
	seen    bytes.Buffer
}

func startAtTerminal(t *testing.T, home string, args ...string) *terminalSession {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	self, err := exec.LookPath("latchkey") // testscript.Main puts it there
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, self, args...)
	command.Env = append(os.Environ(), "LATCHKEY_HOME="+home, "DBUS_SESSION_BUS_ADDRESS=unix:path="+home+"/none")
	file, err := pty.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return &terminalSession{t: t, command: command, file: file}
}

// expect reads until text has come.
func (s *terminalSession) expect(text string) {
	s.t.Helper()
	chunk := make([]byte, 1024)
	for !strings.Contains(s.seen.String(), text) {
		n, err := s.file.Read(chunk)
		s.seen.Write(chunk[:n])
		if err != nil {
			s.t.Fatalf("%q did not come: %v; seen: %q", text, err, s.seen.String())
		}
	}
}

func (s *terminalSession) typeLine(text string) {
	s.t.Helper()
	if _, err := s.file.WriteString(text + "\r"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *terminalSession) wait() (exitCode int) {
	s.t.Helper()
	chunk := make([]byte, 1024)
	for {
		n, err := s.file.Read(chunk)
		s.seen.Write(chunk[:n])
		if err != nil { // the terminal is gone with its last user
			break
		}
	}
	_ = s.command.Wait()
	return s.command.ProcessState.ExitCode()
}

func TestSecretsAreNotShown(t *testing.T) {
	const secret = "correct horse battery staple"
	session := startAtTerminal(t, t.TempDir(), "init", "--org", "Clinic", "--username", "anna")
	session.expect("at least 12 characters): ")
	session.typeLine(secret)
	session.expect("The same again: ")
	session.typeLine(secret)
	if code := session.wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if seen := session.seen.String(); strings.Contains(seen, "horse") || !strings.Contains(seen, "Made Clinic") {
		t.Errorf("seen: %q", seen)
	}
}

// TestEndedWhileAsking holds that a signal in the middle of a secret ends the
// program as a cancellation, after it has put the terminal back as it was.
func TestEndedWhileAsking(t *testing.T) {
	for name, end := range map[string]func(s *terminalSession) error{
		"SIGTERM": func(s *terminalSession) error { return s.command.Process.Signal(syscall.SIGTERM) },
		"Ctrl-C":  func(s *terminalSession) error { _, err := s.file.Write([]byte{3}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			session := startAtTerminal(t, t.TempDir(), "init", "--org", "Clinic", "--username", "anna")
			session.expect("at least 12 characters): ")
			if _, err := session.file.WriteString("half"); err != nil {
				t.Fatal(err)
			}
			if err := end(session); err != nil {
				t.Fatal(err)
			}
			if code := session.wait(); code != 130 {
				t.Errorf("ended with %d", code)
			}
			if !strings.Contains(session.seen.String(), "Cancelled. Nothing was changed.") {
				t.Errorf("seen: %q", session.seen.String())
			}
		})
	}
}
