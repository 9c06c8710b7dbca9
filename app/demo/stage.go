package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"latchkey/app/keychain/keyringtest"
)

// stage is the scratch world of the demo: a home, a keyring and a software key, all
// gone at its end.
type stage struct {
	bin     string // where the programs are
	home    string
	env     []string
	keyPath string
	keyring *keyringtest.Keyring
	tpm     *exec.Cmd
	key     *exec.Cmd
	keyIn   io.WriteCloser
	keyOut  *bufio.Reader
	started time.Time
}

func newStage(ctx context.Context, bin string) (_ *stage, err error) {
	s := &stage{bin: bin, started: time.Now()}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.home, err = os.MkdirTemp("", "latchkey-demo-"); err != nil {
		return nil, err
	}
	if s.keyring, err = keyringtest.Start(ctx, filepath.Join(s.home, "keyring")); err != nil {
		return nil, err
	}
	s.keyPath = filepath.Join(s.home, "key")
	s.env = append(append(os.Environ(), s.keyring.Env()...), "HOME="+s.home, "LATCHKEY_HOME="+filepath.Join(s.home, "latchkey"), "LATCHKEY_DEVICE="+s.keyPath)
	// This process speaks to the same keyring when it replays a response.
	for _, variable := range s.env {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	return s, s.plugIn(ctx)
}

// plugIn starts the software key.
func (s *stage) plugIn(ctx context.Context) (err error) {
	s.key = exec.CommandContext(ctx, filepath.Join(s.bin, "virtualkey"), "serve",
		"--state", filepath.Join(s.home, "key.state"), "--link", s.keyPath, "--touch", "auto", "--control")
	s.key.Env, s.key.Stderr = s.env, os.Stderr
	if s.keyIn, err = s.key.StdinPipe(); err != nil {
		return err
	}
	out, err := s.key.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.key.Start(); err != nil {
		return fmt.Errorf("the software key: %w. Build it with: make build", err)
	}
	s.keyOut = bufio.NewReader(out)
	if _, err := s.keyOut.ReadString('\n'); err != nil {
		return fmt.Errorf("the software key did not say where it is: %w", err)
	}
	return nil
}

// control tells the software key something and waits until it is done.
func (s *stage) control(command string) error {
	if _, err := fmt.Fprintln(s.keyIn, command); err != nil {
		return err
	}
	answer, err := s.keyOut.ReadString('\n')
	if err != nil {
		return fmt.Errorf("the software key did not answer %q: %w", command, err)
	}
	s.note("(the key: %s, %s)", command, strings.TrimSpace(answer))
	return nil
}

func (s *stage) close() {
	if s.key != nil && s.key.Process != nil {
		_ = s.keyIn.Close() // the end of its control input ends it
		_ = s.key.Wait()
	}
	s.switchOffTPM()
	if s.keyring != nil {
		_ = s.keyring.Close()
	}
	if s.home != "" {
		_ = os.RemoveAll(s.home)
	}
}

func (s *stage) chapter(title string) { fmt.Printf("\n== %s\n", title) }

func (s *stage) note(format string, args ...any) { fmt.Printf("   "+format+"\n", args...) }

func (s *stage) ok(format string, args ...any) {
	fmt.Printf("   ok  "+format+"  [%.1f s]\n", append(args, time.Since(s.started).Seconds())...)
}

// step is one run of latchkey and how it has to end.
type step struct {
	about          string   // what is tried, where the command line does not say it
	args           []string // of latchkey
	in             []string // lines of standard input
	exit           int
	want           string // part of what is said
	withoutNetwork bool
	brief          bool // show only the first line's beginning

	stage  *stage
	stdout bytes.Buffer
}

func (s *stage) latchkey(one step) *step {
	one.stage = s
	return &one
}

// run runs the step, shows what it says and fails when it does not end as it has to.
func (p *step) run(ctx context.Context) error {
	command := exec.CommandContext(ctx, filepath.Join(p.stage.bin, "latchkey"), p.args...)
	command.Env = p.stage.env
	command.Stdin = strings.NewReader(strings.Join(p.in, "\n") + "\n")
	var said transcript
	command.Stdout = io.MultiWriter(&p.stdout, &said)
	command.Stderr = &said
	place := ""
	if p.withoutNetwork {
		command.SysProcAttr = noNetwork()
		place = " (no network)"
	}
	if p.about != "" {
		p.stage.note("-- %s", p.about)
	}
	fmt.Printf("   $ latchkey %s%s\n", quoted(p.args), place)
	err := command.Run()
	if command.ProcessState == nil {
		return err
	}
	p.show(said.String())
	if got := command.ProcessState.ExitCode(); got != p.exit {
		return fmt.Errorf("latchkey %s ended with %d instead of %d", p.args[0], got, p.exit)
	}
	if !strings.Contains(said.String(), p.want) {
		return fmt.Errorf("latchkey %s did not say %q", p.args[0], p.want)
	}
	if p.exit == 0 {
		p.stage.ok("done")
	} else {
		p.stage.ok("refused with exit code %d, as it has to be", p.exit)
	}
	return nil
}

// transcript takes standard output and standard error in the order in which they
// come, from the two goroutines that copy them.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func (p *step) show(said string) {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if p.brief {
		lines = lines[:1]
	}
	for _, line := range lines {
		const width = 100
		if p.brief && len(line) > width {
			line = line[:width] + "…"
		}
		fmt.Println("     " + line)
	}
}

func quoted(args []string) string {
	shown := make([]string, len(args))
	for i, arg := range args {
		shown[i] = arg
		if strings.ContainsAny(arg, " ") {
			shown[i] = `"` + arg + `"`
		}
	}
	return strings.Join(shown, " ")
}
