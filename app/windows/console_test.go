//go:build wine

package windows

import (
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"
)

// screen is what a console shows.
type screen struct {
	mu    sync.Mutex
	shown strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// console is a program at a Windows console, which Wine draws on a pseudo-terminal.
type console struct {
	*computer
	*screen
	terminal *os.File
	ended    chan int // gets the exit code
}

func (c *computer) atConsole(args ...string) *console {
	c.Helper()
	command := c.program("latchkey.exe", args...)
	terminal, err := pty.Start(command)
	if err != nil {
		c.Fatal(err)
	}
	at := &console{computer: c, screen: &screen{}, terminal: terminal, ended: make(chan int, 1)}
	go func() {
		_, _ = io.Copy(at.screen, terminal) // fails when the program has ended
		at.ended <- c.code(command.Wait())
	}()
	c.Cleanup(func() { _ = terminal.Close() })
	return at
}

// answer waits for a question and types.
func (at *console) answer(question, keys string) {
	at.Helper()
	at.await(question, func() bool { return strings.Contains(at.screen.String(), question) })
	if _, err := at.terminal.WriteString(keys); err != nil {
		at.Fatal(err)
	}
}

// ends waits until the program has ended with a code.
func (at *console) ends(code int) {
	at.Helper()
	if got := <-at.ended; got != code {
		at.Fatalf("exit code %d, not %d; the console shows %q", got, code, at.screen)
	}
}

func TestPasswordIsTypedAtTheConsole(t *testing.T) {
	const typed = "pässword of the clinic"
	c := newComputer(t)

	at := c.atConsole("init", "--org", "Northgate Clinic")
	at.answer("Username:", "anna.berg\r")
	at.answer("Password for anna.berg", "\x03")
	at.ends(130)
	c.want(c.latchkey("", "status"), 3)

	at = c.atConsole("init", "--org", "Northgate Clinic")
	at.answer("Username:", "anna.berg\r")
	at.answer("Password for anna.berg", typed+"\r")
	at.answer("The same again:", typed+"\r")
	at.ends(0)
	if shown := at.screen.String(); strings.Contains(shown, "clinic") || !strings.Contains(shown, "Made Northgate Clinic") {
		t.Errorf("the console shows %q", shown)
	}
	c.want(c.latchkey(typed+"\n", login("windows-hello")...), 4, "need a key to sign in") // and not: wrong password
}
