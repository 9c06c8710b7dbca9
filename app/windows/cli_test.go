//go:build wine

package windows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	password = "correct horse battery staple"
	secret   = password + "\n"

	// noWebAuthn is a Windows that has no webauthn.dll.
	noWebAuthn = "WINEDLLOVERRIDES=mscoree=d;mshtml=d;webauthn=d"

	asked = "the person is asked\n"
)

// founded is a computer with an organisation and its administrator.
func founded(t *testing.T) *computer {
	t.Helper()
	c := newComputer(t)
	c.want(c.latchkey(secret, "init", "--org", "Northgate Clinic", "--username", "anna.berg", "--name", "Anna Berg", "--password-stdin"),
		0, "Made Northgate Clinic, portal domain localhost")
	return c
}

// enroll and login are what the commands of that name need.
func enroll(with string) []string {
	return []string{"enroll", "--username", "anna.berg", "--password-stdin", "--with", with}
}

func login(with string) []string {
	return []string{"login", "--username", "anna.berg", "--password-stdin", "--with", with}
}

// TestFromNothingToAToken enrols and signs in, each command a process of its own: what is
// kept is in SQLite and in the Windows credential manager.
func TestFromNothingToAToken(t *testing.T) {
	for _, factor := range []struct{ with, named, reference string }{
		{"windows-hello", "Windows Hello on ", `"hwk"`},
		{"this-computer", "Windows Hello on ", `"user"`},
		{"security-key", "Security key", `"mfa"`},
	} {
		t.Run(factor.with, func(t *testing.T) {
			c := newComputer(t)
			c.want(c.latchkey("", "--version"), 0, "latchkey "+detail(t, "Version"))
			c.want(c.latchkey("", "status"), 3, "not set up on this computer yet")
			c.want(c.latchkey("", "doctor"), 0, "Keyring: Unlocked and working.", "Windows Hello")

			c = founded(t)
			c.want(c.latchkey("", "status"), 4)
			c.want(c.latchkey(secret, login(factor.with)...), 4, "need a key to sign in")
			c.want(c.latchkey(secret, enroll(factor.with)...), 0, "Added "+factor.named)
			c.want(c.latchkey(secret, login(factor.with)...), 0, "Signed in as Anna Berg (anna.berg) at Northgate Clinic")
			c.want(c.latchkey("", "status", "--json"), 0, `"username": "anna.berg"`, `"stored": true`, factor.reference)
			c.want(c.latchkey("", "keys", "list"), 0, factor.named)
			token := c.latchkey("", "token")
			c.want(token, 0)
			if parts := strings.Split(strings.TrimSpace(token.out), "."); len(parts) != 3 || !strings.HasPrefix(token.out, "ey") {
				t.Errorf("no token: %q", token.out)
			}
			c.want(c.latchkey("", "logout"), 0, "Signed out anna.berg")
			c.want(c.latchkey("", "token"), 4, "You are not signed in")

			for _, once := range []string{"create before ", "assert before "} {
				if strings.Count(c.journal(), once) != 1 || strings.Count(c.journal(), asked) != 2 {
					t.Errorf("the dialogues were:\n%s", c.journal())
				}
			}
			if head, err := os.ReadFile(filepath.Join(c.folder, "latchkey", "latchkey.db")); err != nil || !strings.HasPrefix(string(head), "SQLite format 3\x00") {
				t.Errorf("no database: %v", err)
			}
		})
	}
}

// TestWindowsHelloFails holds what a person reads, and that it costs them nothing.
func TestWindowsHelloFails(t *testing.T) {
	const enrolled = "Added Windows Hello"
	for name, test := range map[string]struct {
		setting  string
		code     int
		sentence string
		dialogue bool
	}{
		"absent": {setting: noWebAuthn, code: 6,
			sentence: "Windows Hello cannot be used on this computer. Update Windows: this needs Windows 10 version 1903 or newer."},
		"not set up": {setting: "LATCHKEY_STANDIN_HELLO=off", code: 6,
			sentence: "Windows Hello is not set up on this computer yet. Open Settings > Accounts > Sign-in options and set up a PIN, fingerprint or face for Windows Hello."},
		"cancelled by the person": {setting: "LATCHKEY_STANDIN_PERSON=cancels", code: 130, dialogue: true,
			sentence: "Cancelled. Nothing was changed."},
		"timed out": {setting: "LATCHKEY_STANDIN_TIMEOUT=50", code: 6, dialogue: true,
			sentence: "That took too long. Try again, and answer when Windows Hello asks."},
	} {
		t.Run(name, func(t *testing.T) {
			c := founded(t)
			troubled := c.with("LATCHKEY_STANDIN_PERSON=absent", test.setting)
			fails := func(args []string) {
				t.Helper()
				c.forget()
				got := troubled.latchkey(secret, args...)
				c.want(got, test.code, test.sentence)
				if got.out != "" {
					t.Errorf("printed %q", got.out)
				}
				if dialogue := strings.Contains(c.journal(), asked); dialogue != test.dialogue {
					t.Errorf("the dialogues were:\n%s", c.journal())
				}
			}
			fails(enroll("windows-hello"))
			c.want(c.latchkey(secret, enroll("windows-hello")...), 0, enrolled) // nothing is left of the failure
			fails(login("windows-hello"))
			c.want(c.latchkey("", "status"), 4)
			c.want(c.latchkey(secret, login("windows-hello")...), 0, "Signed in as Anna Berg")
		})
	}
}

// TestCtrlCClosesTheDialogue holds that the dialogue of Windows does not outlive a
// program that is told to end.
func TestCtrlCClosesTheDialogue(t *testing.T) {
	c := founded(t)
	absent := c.with("LATCHKEY_STANDIN_PERSON=absent")
	interrupted := func(args []string) {
		t.Helper()
		c.forget()
		command := absent.program("latchkey.exe", args...)
		var said strings.Builder
		command.Stdin, command.Stdout, command.Stderr = strings.NewReader(secret), &said, &said
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		c.awaitJournal(asked)
		c.awaitIdle(command.Process)
		if err := command.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		c.want(outcome{code: c.code(command.Wait()), said: said.String()}, 130, "Cancelled. Nothing was changed.")
		c.awaitJournal("is cancelled\n")
	}
	interrupted(enroll("windows-hello"))
	c.want(c.latchkey(secret, enroll("windows-hello")...), 0)
	interrupted(login("windows-hello"))
	c.want(c.latchkey("", "status"), 4)
}
