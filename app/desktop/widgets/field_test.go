package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
)

func TestProblemTakesThePlaceOfTheHintUntilSomethingIsTyped(t *testing.T) {
	f := NewField("Password", "At least 12 characters", 376)
	w := window(t, look.Light, f)
	hinted := f.MinSize().Height
	f.SetProblem("Use at least 12 characters.")
	if f.Problem() == "" || f.below.Objects[0] == f.hint {
		t.Fatal("the problem does not stand below the field")
	}
	w.Canvas().Focus(f.Focusable())
	test.Type(f.Focusable(), "a")
	if f.Problem() != "" || f.MinSize().Height != hinted {
		t.Error("the problem speaks of what is not there any more")
	}
}

func TestALongProblemWraps(t *testing.T) {
	f := NewField("PIN", "", 376)
	window(t, look.Light, f)
	f.SetProblem("Wrong PIN. 5 tries left. After 3 wrong tries in a row the key must be unplugged and plugged in again.")
	if got, want := f.MinSize().Height, float32(16+4+40+4+4+2*20); got != want {
		t.Errorf("height %v, want %v", got, want)
	}
	if got := f.MinSize().Width; got != 376 {
		t.Errorf("width %v, want 376", got)
	}
}

func TestFieldReports(t *testing.T) {
	f := NewPasswordField("Password", "", 376)
	w := window(t, look.Light, f)
	var changed string
	submitted := 0
	f.OnChanged = func(text string) { changed = text }
	f.OnSubmitted = func() { submitted++ }
	f.SetText("filled in")
	if changed != "" {
		t.Error("filling in a field counts as typing")
	}
	w.Canvas().Focus(f.Focusable())
	test.Type(f.Focusable(), "!")
	press(f.Focusable(), fyne.KeyReturn)
	if changed != "filled in!" || f.Text() != changed || submitted != 1 {
		t.Errorf("changed to %q, submitted %d times", changed, submitted)
	}
	test.FocusNext(w.Canvas())
	press(w.Canvas().Focused(), fyne.KeySpace)
	if !f.Revealed() {
		t.Error("the password is not revealed")
	}
	press(w.Canvas().Focused(), fyne.KeySpace)
	if f.Revealed() {
		t.Error("the password is not hidden again")
	}
}

func TestDialogTrapsTheFocusAndGivesItBack(t *testing.T) {
	behind := NewPrimary("Behind", func() {})
	w := window(t, look.Light, behind)
	w.Resize(fyne.NewSize(960, 640))
	w.Canvas().Focus(behind)
	deleted := false
	action := NewDanger("Delete key", func() { deleted = true })
	typed := NewTypedConfirmation("Type anna.berg to confirm", "anna.berg", action)
	ShowDialog(w.Canvas(), Question{
		Tone: Danger, Icon: look.IconWarning, Title: "This is your only key", Text: "You can’t sign in without it.",
		Body: typed, Safe: "Keep the key", Action: action, Focus: typed.Focusable(),
	})
	if w.Canvas().Focused() != typed.Focusable() {
		t.Fatal("the field does not have the focus")
	}
	press(typed.Focusable(), fyne.KeyReturn)
	if deleted {
		t.Fatal("deleted without the word")
	}
	test.Type(typed.Focusable(), "anna.berg")
	for range 5 {
		test.FocusNext(w.Canvas())
		if w.Canvas().Focused() == behind {
			t.Fatal("Tab leads out of the dialog")
		}
	}
	press(typed.Focusable(), fyne.KeyReturn)
	if !deleted {
		t.Error("Enter does not delete once the word is typed")
	}
	press(typed.Focusable(), fyne.KeyEscape)
	if w.Canvas().Overlays().Top() != nil || w.Canvas().Focused() != behind {
		t.Errorf("after Escape: %d overlays, focus on %T", len(w.Canvas().Overlays().List()), w.Canvas().Focused())
	}
}

func TestSafeButtonHasTheFocusByItself(t *testing.T) {
	w := window(t, look.Dark, VStack(0))
	dialog := ShowDialog(w.Canvas(), Question{Title: "Delete “Spare key”?", Safe: "Keep the key", Action: NewDanger("Delete key", nil)})
	safe, ok := w.Canvas().Focused().(*Button)
	if !ok || safe.Label() != "Keep the key" {
		t.Fatalf("focus is on %T", w.Canvas().Focused())
	}
	press(safe, fyne.KeySpace)
	dialog.Close() // a second time does nothing
	if w.Canvas().Overlays().Top() != nil {
		t.Error("the safe button does not close the dialog")
	}
}

func TestCodeBoxCopies(t *testing.T) {
	copied := ""
	w := window(t, look.Light, NewCodeBox("latchkey token", func(text string) { copied = text }))
	test.FocusNext(w.Canvas())
	press(w.Canvas().Focused(), fyne.KeySpace)
	if copied != "latchkey token" || w.Canvas().Focused().(*Button).icon != look.IconCheck {
		t.Errorf("copied %q", copied)
	}
}

func TestWhatStandsBelowAFieldMovesWithItsProblem(t *testing.T) {
	f, below := NewField("Username", "", 376), NewPrimary("Continue", nil)
	window(t, look.Light, VStack(8, f, below))
	before := below.Position().Y
	f.SetProblem("Type your username.")
	if got, want := below.Position().Y, before+4+4+20; got != want {
		t.Errorf("with a problem the button stands at %v, want %v", got, want)
	}
	f.SetProblem("")
	if got := below.Position().Y; got != before {
		t.Errorf("without the problem the button stands at %v, want %v", got, before)
	}
}
