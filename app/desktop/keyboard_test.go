package desktop

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
)

// tabTo presses Tab until the focus is on the control of that label.
func (u *user) tabTo(label string) {
	u.Helper()
	const enough = 30
	for range enough {
		if focused, ok := u.canvas().Focused().(labelled); ok && focused.Label() == label {
			return
		}
		test.FocusNext(u.canvas())
	}
	u.Fatalf("Tab does not lead to “%s”; on the page: %q", label, u.texts())
}

// typed types on whatever has the focus.
func (u *user) typed(text string) {
	u.Helper()
	for _, r := range text {
		u.canvas().Focused().TypedRune(r)
	}
}

// Nothing but keys from an empty computer to a session and out of it again.
func TestKeyboardAloneLeadsFromFirstRunToASession(t *testing.T) {
	u := sit(t, look.Light, newFake)
	u.see("Set up Latchkey")
	for _, text := range []string{"Northgate Clinic", "Anna Berg", "anna.berg", "correct horse battery", "correct horse battery"} {
		u.typed(text)
		u.key(fyne.KeyReturn)
	}

	u.see("Add your first key")
	u.key(fyne.KeyReturn)
	u.see("Name your new key")
	u.typed("Work key")
	u.tabTo("Add a key")
	u.key(fyne.KeySpace)
	u.see("Unlock the new key with its PIN.")
	u.typed("2580")
	u.key(fyne.KeyReturn)
	u.see("Touch the new key")
	u.touch()
	u.applaud()
	u.see("You’re ready")
	u.key(fyne.KeyReturn)

	u.see("asks for your password")
	u.typed("correct horse battery")
	u.key(fyne.KeyReturn)
	u.see("One more step")
	u.typed("2580")
	u.key(fyne.KeyReturn)
	u.see("Touch your key")
	u.touch()
	u.applaud()
	u.see("Welcome back, Anna")

	u.tabTo("My keys")
	u.key(fyne.KeyReturn)
	u.see("What you sign in with.")
	u.tabTo("Home")
	u.key(fyne.KeySpace)
	u.see("Welcome back, Anna")
	u.tabTo("Sign out")
	u.key(fyne.KeyReturn)
	u.see("You are signed out.")
}

func TestPasswordCanBeRevealedByKeyboard(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.see("asks for your password")
	u.write("Password", "correct horse")
	test.FocusNext(u.canvas())
	if _, ok := u.canvas().Focused().(*widgets.Button); !ok {
		t.Fatalf("Tab leads from the password to %T, want the button that reveals it", u.canvas().Focused())
	}
	u.key(fyne.KeySpace)
	if !find[*widgets.Field](u, "Password").Revealed() {
		t.Error("Space on the button does not reveal the password")
	}
}

func TestTabStaysInsideADialog(t *testing.T) {
	u := sit(t, look.Light, signedIn)
	u.see("Welcome back")
	u.goTo("My keys")
	u.see("What you sign in with.")
	u.menu(0, "Rename…")
	seen := map[string]bool{}
	for range 10 {
		test.FocusNext(u.canvas())
		if button, ok := u.canvas().Focused().(*widgets.Button); ok {
			seen[button.Label()] = true
		}
	}
	if len(seen) != 2 || !seen["Keep the name"] || !seen["Rename key"] {
		t.Errorf("Tab leads to %v, want the two buttons of the dialog", seen)
	}
}
