package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"latchkey/fido/virtualkey/internal/tooltest"
)

// asProgram makes the test binary be the program itself.
const asProgram = "VIRTUALKEY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program returns the program with these arguments, to be killed when the test ends.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// server is a running virtualkey serve.
type server struct {
	*testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
	path   string
}

// start runs virtualkey serve and reads the path of its device.
func start(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{T: t, cmd: program(t, append([]string{"serve"}, args...)...), stderr: &bytes.Buffer{}}
	s.cmd.Stderr = s.stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if s.path = s.line(); !strings.HasPrefix(s.path, "/dev/pts/") {
		t.Fatalf("the first line is %q: %s", s.path, s.stderr)
	}
	return s
}

// line reads a line of standard output.
func (s *server) line() string {
	s.Helper()
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		s.Fatalf("no line: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

// control gives a command and returns its answer.
func (s *server) control(command string) string {
	s.Helper()
	if _, err := io.WriteString(s.stdin, command+"\n"); err != nil {
		s.Fatal(err)
	}
	return s.line()
}

// end waits for the end and returns the exit status.
func (s *server) end() int {
	s.Helper()
	rest, err := io.ReadAll(s.stdout)
	if err != nil || len(rest) != 0 {
		s.Errorf("more on standard output: %q, %v", rest, err)
	}
	if err := s.cmd.Wait(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			s.Fatal(err)
		}
	}
	return s.cmd.ProcessState.ExitCode()
}

func makeRequest(t *testing.T) string {
	return tooltest.File(t, tooltest.Random(32), "relying.example", "alice", tooltest.Random(16))
}

func TestKilledRightAfterTheAnswer(t *testing.T) {
	state := filepath.Join(t.TempDir(), "key.json")
	for range 5 {
		s := start(t, "--state", state)
		made := tooltest.Must(t, "", "fido2-cred", "-M", "-r", "-i", makeRequest(t), s.path)
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.end()
		id := tooltest.Lines(tooltest.Must(t, "", "fido2-cred", "-V", "-i", tooltest.File(t, tooltest.Lines(made)...)))[0]
		again := start(t, "--state", state)
		tooltest.Must(t, "", "fido2-assert", "-G", "-i", tooltest.File(t, tooltest.Random(32), "relying.example", id), again.path)
		if err := again.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if status := again.end(); status != 0 {
			t.Errorf("exit status %d: %s", status, again.stderr)
		}
	}
}

func TestSignalsEndItCleanly(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		link := filepath.Join(t.TempDir(), "key")
		s := start(t, "--link", link)
		tooltest.Must(t, "", "fido2-token", "-I", link)
		if err := s.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if status := s.end(); status != 0 {
			t.Errorf("%v: exit status %d: %s", sig, status, s.stderr)
		}
		if _, err := os.Lstat(link); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v left the link: %v", sig, err)
		}
	}
}

func TestControl(t *testing.T) {
	link := filepath.Join(t.TempDir(), "key")
	s := start(t, "--control", "--touch", "ask", "--link", link)
	result := make(chan tooltest.Result, 1)
	enrol := func() {
		request := makeRequest(t)
		go func() { result <- tooltest.Run(t, "", "fido2-cred", "-M", "-i", request, link) }()
	}
	ok := func(command string) {
		t.Helper()
		if answer := s.control(command); answer != "ok" {
			t.Errorf("%s: %q", command, answer)
		}
	}
	enrol()
	ok("wait")
	ok("touch")
	if r := <-result; r.Failed {
		t.Errorf("touched: %+v", r)
	}
	enrol()
	ok("deny")
	if r := <-result; !strings.Contains(r.Stderr, "OPERATION_DENIED") {
		t.Errorf("denied: %+v", r)
	}
	enrol()
	ok("wait")
	ok("unplug")
	if r := <-result; !r.Failed {
		t.Error("the request survived the unplugging")
	}
	if path := s.control("replug"); !strings.HasPrefix(path, "/dev/pts/") {
		t.Errorf("plugged in at %q", path)
	}
	ok("touch auto")
	tooltest.Must(t, "", "fido2-cred", "-M", "-i", makeRequest(t), link)
	for _, wrong := range []string{"touch sometimes", "sing", ""} {
		if answer := s.control(wrong); !strings.HasPrefix(answer, "error: ") {
			t.Errorf("%q: %q", wrong, answer)
		}
	}
	if _, err := io.WriteString(s.stdin, "quit\n"); err != nil {
		t.Fatal(err)
	}
	if status := s.end(); status != 0 {
		t.Errorf("exit status %d: %s", status, s.stderr)
	}
}

func TestControlEndsWithItsInput(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		s := start(t, "--control")
		if err := s.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if status := s.end(); status != 0 {
			t.Errorf("exit status %d: %s", status, s.stderr)
		}
	})
	t.Run("while it waits for a touch", func(t *testing.T) {
		s := start(t, "--control")
		if _, err := io.WriteString(s.stdin, "wait\n"); err != nil {
			t.Fatal(err)
		}
		if err := s.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if answer := s.line(); !strings.HasPrefix(answer, "error: ") {
			t.Errorf("wait: %q", answer)
		}
		if status := s.end(); status != 0 {
			t.Errorf("exit status %d: %s", status, s.stderr)
		}
	})
}

func TestU2FOnly(t *testing.T) {
	s := start(t, "--u2f")
	if info := tooltest.Must(t, "", "fido2-token", "-I", s.path); !strings.Contains(info, "nocbor") {
		t.Errorf("not a U2F key:\n%s", info)
	}
}

func TestSecondProcessOnOneStateFile(t *testing.T) {
	state := filepath.Join(t.TempDir(), "key.json")
	start(t, "--state", state)
	out, err := program(t, "serve", "--state", state).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another virtual key uses it") {
		t.Errorf("the second process: %v, %s", err, out)
	}
}

func TestAskOnTerminal(t *testing.T) {
	cmd := program(t, "serve", "--touch", "ask")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	screen := &screen{T: t, terminal: terminal}
	path := strings.TrimSpace(screen.until("\n"))
	for answer, failed := range map[string]bool{"y": false, "n": true} {
		request, result := makeRequest(t), make(chan tooltest.Result, 1)
		go func() { result <- tooltest.Run(t, "", "fido2-cred", "-M", "-i", request, path) }()
		screen.until(`Touch the key to register with "relying.example"? [y/n] `)
		if _, err := io.WriteString(terminal, answer+"\n"); err != nil {
			t.Fatal(err)
		}
		if r := <-result; r.Failed != failed {
			t.Errorf("answered %s: %+v", answer, r)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// screen is what a program has written to its terminal and was not read yet.
type screen struct {
	*testing.T
	terminal *os.File
	text     string
}

// until reads up to and with the text.
func (s *screen) until(text string) string {
	s.Helper()
	if err := s.terminal.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.Fatal(err)
	}
	buffer := make([]byte, 1024)
	for {
		if before, after, ok := strings.Cut(s.text, text); ok {
			s.text = after
			return before
		}
		n, err := s.terminal.Read(buffer)
		if err != nil {
			s.Fatalf("%q never came, but %q: %v", text, s.text, err)
		}
		s.text += string(buffer[:n])
	}
}

func TestUsage(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(damaged, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		status int
		stdout string
		stderr string
	}{
		{"help", []string{"--help"}, 0, "virtualkey serve", ""},
		{"help of serve", []string{"serve", "--help"}, 0, "--touch WHO", ""},
		{"nothing", nil, 2, "", "a command is missing"},
		{"unknown command", []string{"fly"}, 2, "", `"fly" is unknown`},
		{"unknown flag", []string{"serve", "--fly"}, 2, "", "-fly"},
		{"unknown touch policy", []string{"serve", "--touch", "sometimes"}, 2, "", "use auto, ask or never"},
		{"argument", []string{"serve", "here"}, 2, "", `"here" is one too many`},
		{"ask without a terminal", []string{"serve", "--touch", "ask"}, 2, "", "needs a terminal"},
		{"damaged state", []string{"serve", "--state", damaged}, 1, "", "damaged"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			cmd := program(t, test.args...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if got := cmd.ProcessState.ExitCode(); got != test.status {
				t.Errorf("exit status %d, want %d", got, test.status)
			}
			if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("got %q and %q", stdout.String(), stderr.String())
			}
			if test.stdout == "" && stdout.Len() != 0 {
				t.Errorf("standard output has %q", stdout.String())
			}
		})
	}
}
