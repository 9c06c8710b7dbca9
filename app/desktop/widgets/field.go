package widgets

import (
	"image/color"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Field is an entry with its label above, and a hint or what is wrong with it below.
type Field struct {
	widget.BaseWidget
	// OnChanged, if set, is called with the text whenever a person changes it.
	OnChanged func(text string)
	// OnSubmitted, if set, is called when a person presses Enter in the field.
	OnSubmitted func()

	label   string
	entry   *entry
	hint    fyne.CanvasObject
	problem *Problem
	below   *fyne.Container
	column  *fyne.Container
}

// NewField makes a field of a fixed width. The hint may be empty.
func NewField(label, hint string, width float32) *Field {
	return newField(label, hint, width, &entry{})
}

// NewPasswordField makes a field that shows dots, and a button that reveals what was typed.
func NewPasswordField(label, hint string, width float32) *Field {
	e := &entry{}
	e.Password = true
	var reveal *Button
	reveal = NewIconButton(look.IconVisibility, func() {
		e.Password = !e.Password
		reveal.SetIcon(look.IconVisibility)
		if !e.Password {
			reveal.SetIcon(look.IconVisibilityOff)
		}
		e.Refresh()
	})
	e.ActionItem = reveal
	return newField(label, hint, width, e)
}

// Resting lets the caret stand still when nobody has typed for ten seconds, and returns the field. onUI has to run what it
// is given on the UI goroutine, as fyne.Do does. A goroutine counts until the field loses the focus.
func (f *Field) Resting(clock Clock, onUI func(func())) *Field {
	f.entry.caret = &caret{clock: clock, onUI: onUI, rest: f.entry.rest}
	return f
}

func newField(label, hint string, width float32, e *entry) *Field {
	f := &Field{label: label, entry: e, problem: NewProblem(width)}
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.ExtendBaseWidget(e)
	e.OnChanged = func(text string) {
		f.SetProblem("") // it spoke of what was there before
		if f.OnChanged != nil {
			f.OnChanged(text)
		}
	}
	e.OnSubmitted = func(string) {
		if f.OnSubmitted != nil {
			f.OnSubmitted()
		}
	}
	f.below = container.NewStack()
	f.column = VStack(4, NewText(label, Label), AtLeast(width, look.ControlHeight, newFramed(e)), f.below)
	if hint != "" {
		f.hint = NewText(hint, Caption)
	}
	f.fill()
	f.ExtendBaseWidget(f)
	return f
}

// fill puts below the entry what belongs there: the problem, else the hint, else nothing.
func (f *Field) fill() {
	f.below.Objects = nil
	switch {
	case f.problem.Message() != "":
		f.below.Objects = []fyne.CanvasObject{Inset(4, 0, 0, 0, f.problem)}
	case f.hint != nil:
		f.below.Objects = []fyne.CanvasObject{f.hint}
	}
	f.below.Hidden = len(f.below.Objects) == 0
}

// SetHint puts something below the entry, or nothing if it is nil. It gives way to a problem.
func (f *Field) SetHint(hint fyne.CanvasObject) {
	f.hint = hint
	f.fill()
	f.Refresh()
	settle(f)
}

// Label is what stands above the field.
func (f *Field) Label() string { return f.label }

// Text is what stands in the field.
func (f *Field) Text() string { return f.entry.Text }

// SetText puts text into the field without telling OnChanged.
func (f *Field) SetText(text string) {
	changed := f.entry.OnChanged
	f.entry.OnChanged = nil
	f.entry.SetText(text)
	f.entry.CursorColumn = utf8.RuneCountInString(text) // where whoever goes on typing wants to be
	f.entry.OnChanged = changed
}

// Revealed tells whether what is typed can be read.
func (f *Field) Revealed() bool { return !f.entry.Password }

// SetProblem says what is wrong with the field, in place; the empty string says that nothing is.
func (f *Field) SetProblem(message string) {
	if f.problem.Message() == message {
		return
	}
	f.problem.message.Set(message)
	f.problem.Hidden = message == ""
	f.entry.wrong = message != ""
	f.fill()
	f.entry.framed.Refresh()
	f.Refresh()
	settle(f)
}

// Problem is what SetProblem said last.
func (f *Field) Problem() string { return f.problem.Message() }

// Focusable is what to give the focus to.
func (f *Field) Focusable() fyne.Focusable { return f.entry }

// CreateRenderer is part of fyne.Widget.
func (f *Field) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.column) }

// entry is Fyne's entry that tells its frame about the focus, passes on Escape and lets its caret rest.
type entry struct {
	widget.Entry
	framed  *framed
	focused bool
	wrong   bool
	caret   *caret // nil if it blinks for ever
	resting bool   // it has the focus, but Fyne was told that it has not
}

func (e *entry) FocusGained() {
	e.focused, e.resting = true, false
	if e.caret != nil {
		e.caret.start()
	}
	e.Entry.FocusGained()
	e.framed.Refresh()
}

func (e *entry) FocusLost() {
	e.focused, e.resting = false, false
	if e.caret != nil {
		e.caret.end()
	}
	e.Entry.FocusLost()
	e.framed.Refresh()
}

// rest stops the blinking and draws a caret that stands still. A selection keeps the entry awake, because Fyne draws it in
// the colour of one that has no focus.
func (e *entry) rest() {
	if e.SelectedText() != "" {
		return
	}
	e.caret.end()
	e.resting = true
	e.Entry.FocusLost()
	e.framed.Refresh()
}

// wake is called for whatever a person does in the entry.
func (e *entry) wake() {
	switch {
	case e.resting:
		e.FocusGained()
	case e.focused && e.caret != nil:
		e.caret.start()
	}
}

func (e *entry) MouseDown(event *desktop.MouseEvent) {
	e.wake()
	e.Entry.MouseDown(event)
}

func (e *entry) KeyDown(key *fyne.KeyEvent) {
	e.wake()
	e.Entry.KeyDown(key)
}

func (e *entry) TypedRune(r rune) {
	e.wake()
	e.Entry.TypedRune(r)
}

func (e *entry) TypedKey(key *fyne.KeyEvent) {
	if key.Name == fyne.KeyEscape {
		passOn(e, key)
		return
	}
	e.wake()
	e.Entry.TypedKey(key)
}

func (e *entry) TypedShortcut(shortcut fyne.Shortcut) {
	e.wake()
	e.Entry.TypedShortcut(shortcut)
}

// framed draws the heavier border of an entry that has the focus or is wrong, and the caret of one that rests.
type framed struct {
	widget.BaseWidget
	entry *entry
}

func newFramed(e *entry) *framed {
	f := &framed{entry: e}
	e.framed = f
	f.ExtendBaseWidget(f)
	return f
}

func (f *framed) CreateRenderer() fyne.WidgetRenderer {
	frame, mark := canvas.NewRectangle(color.Transparent), &canvas.Rectangle{}
	return newParts(parts{
		owner:   f,
		objects: []fyne.CanvasObject{f.entry, mark, frame},
		min:     f.entry.MinSize,
		layout: func(size fyne.Size) {
			place(f.entry, 0, 0, size.Width, size.Height)
			placeGround(frame, size)
			placeStill(mark, f.entry)
		},
		paint: func() {
			setFocusRing(frame, f.entry.focused || f.entry.wrong, look.RadiusControl)
			if f.entry.wrong {
				frame.StrokeColor = theme.Color(look.Danger)
			}
		},
	})
}
