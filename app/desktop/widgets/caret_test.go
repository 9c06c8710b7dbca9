package widgets

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
)

// restingField is a focused field over a clock that is moved by hand.
func restingField(t *testing.T) (*Field, *handClock, <-chan func(), fyne.Window) {
	t.Helper()
	clock, onUI := newHandClock(), make(chan func(), 1)
	f := NewField("Username", "", 376).Resting(clock, func(do func()) { onUI <- do })
	w := window(t, look.Light, f)
	w.Canvas().Focus(f.Focusable())
	return f, clock, onUI, w
}

func marked(f *Field) bool {
	mark := test.WidgetRenderer(f.entry.framed).Objects()[1].(*canvas.Rectangle)
	return mark.Visible() && mark.Size().Height > 10
}

func TestCaretRestsUntilSomethingIsDone(t *testing.T) {
	for name, do := range map[string]func(*entry){
		"a character":  func(e *entry) { e.TypedRune('a') },
		"a key":        func(e *entry) { press(e, fyne.KeyLeft) },
		"shift":        func(e *entry) { e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft}) },
		"a shortcut":   func(e *entry) { e.TypedShortcut(&fyne.ShortcutSelectAll{}) },
		"a mouse down": func(e *entry) { e.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary}) },
	} {
		f, clock, onUI, w := restingField(t)
		test.Type(f.Focusable(), "anna")
		if clock.every != restAfter || f.entry.resting || marked(f) {
			t.Fatalf("%s: it rests from the start, or looks each %v", name, clock.every)
		}
		clock.pass(restAfter, onUI)()
		<-clock.released
		if !f.entry.resting || !marked(f) || !f.entry.focused || w.Canvas().Focused() != f.Focusable() {
			t.Fatalf("%s: it does not rest, or has lost its caret or the focus", name)
		}
		clock.released = make(chan struct{})
		do(f.entry)
		if f.entry.resting || marked(f) {
			t.Errorf("%s does not wake it", name)
		}
		w.Canvas().Unfocus()
		<-clock.released
	}
}

func TestCaretBlinksOnWhileSomebodyTypes(t *testing.T) {
	f, clock, onUI, w := restingField(t)
	clock.pass(restAfter-time.Second, onUI)()
	test.Type(f.Focusable(), "a")
	clock.pass(restAfter-time.Second, onUI)()
	if f.entry.resting {
		t.Fatal("it rests although something was typed")
	}
	f.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	clock.pass(restAfter, onUI)()
	if f.entry.resting {
		t.Fatal("it rests although something is selected")
	}
	late := clock.pass(restAfter, onUI)
	w.Canvas().Unfocus()
	<-clock.released
	late()
	if f.entry.resting || marked(f) {
		t.Error("a look that came too late has rested a field without the focus")
	}
}

func TestNoCaretWhereTheTextHasScrolled(t *testing.T) {
	f, clock, onUI, _ := restingField(t)
	test.Type(f.Focusable(), "a name that is a good deal longer than the field in which somebody has typed it")
	clock.pass(restAfter, onUI)()
	if !f.entry.resting || marked(f) {
		t.Error("a caret is drawn at a place that nobody knows")
	}
}
