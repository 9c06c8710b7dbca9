package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Question is what a dialog asks.
type Question struct {
	Tone   Tone          // of the tile
	Icon   fyne.Resource // on the tile beside the title; nil for no tile
	Title  string
	Text   string            // may be empty
	Body   fyne.CanvasObject // between text and buttons; may be nil
	Safe   string            // what the button says that changes nothing
	Action *Button
	Focus  fyne.Focusable // gets the focus first; nil for the safe button
}

// DialogBodyWidth is the width that a dialog's body has.
const DialogBodyWidth = look.DialogWidth - 2*look.CardPad

// Dialog is a question over everything else. Fyne's own has square corners. It is an overlay of its own, so the focus
// cannot leave it while it is open; Escape and the safe button close it.
type Dialog struct {
	widget.BaseWidget
	canvas   fyne.Canvas
	content  *fyne.Container
	before   func(*fyne.KeyEvent) // who had the canvas's keys
	returnTo fyne.Focusable
	open     bool
}

// ShowDialog asks a question.
func ShowDialog(canvas fyne.Canvas, question Question) *Dialog {
	d := &Dialog{canvas: canvas, before: canvas.OnTypedKey(), returnTo: canvas.Focused(), open: true}
	safe := NewSecondary(question.Safe, d.Close)
	card := newSurface(cardSpec, AtLeast(look.DialogWidth, 0,
		Inset(look.CardPad, look.CardPad, look.CardPad, look.CardPad, question.lay(safe))))
	d.content = container.NewStack(
		newSurface(surfaceSpec{fill: look.Scrim}, container.NewWithoutLayout()),
		container.NewCenter(card))
	d.ExtendBaseWidget(d)

	canvas.SetOnTypedKey(func(key *fyne.KeyEvent) {
		if key.Name == fyne.KeyEscape {
			d.Close()
		}
	})
	canvas.Unfocus() // an overlay has a focus of its own, beside that of what lies behind
	canvas.Overlays().Add(d)
	d.Resize(canvas.Size())
	if question.Focus == nil {
		question.Focus = safe
	}
	canvas.Focus(question.Focus)
	return d
}

func (q Question) lay(safe *Button) fyne.CanvasObject {
	const gap = 20
	column := VStack(gap, q.head())
	if q.Body != nil {
		column.Add(q.Body)
	}
	column.Add(Inset(4, 0, 0, 0, HStack(look.Gap, layout.NewSpacer(), safe, q.Action)))
	return column
}

func (q Question) head() fyne.CanvasObject {
	width := float32(DialogBodyWidth)
	if q.Icon != nil {
		width -= look.TileSize + look.RowPad
	}
	words := VStack(4, AtLeast(0, look.TileSize, NewParagraph(q.Title, Subtitle, width)))
	if q.Text != "" {
		words.Add(NewParagraph(q.Text, Body, width))
	}
	if q.Icon == nil {
		return words
	}
	return HStack(look.RowPad, container.NewVBox(NewTintedTile(q.Icon, q.Tone)), words)
}

// Close takes the dialog away and gives the focus back. Closing it twice does nothing.
func (d *Dialog) Close() {
	if !d.open {
		return
	}
	d.open = false
	d.canvas.Unfocus()
	d.canvas.Overlays().Remove(d)
	d.canvas.SetOnTypedKey(d.before)
	d.canvas.Focus(d.returnTo)
}

// Tapped keeps taps on the scrim from what lies behind it.
func (d *Dialog) Tapped(*fyne.PointEvent) {}

// CreateRenderer is part of fyne.Widget.
func (d *Dialog) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(d.content) }

// NewSubject makes the box in a dialog that shows what it is about.
func NewSubject(icon fyne.Resource, name, second string) fyne.CanvasObject {
	const textAt = 48
	return NewPanel(container.New(subjectLayout{textAt},
		NewIcon(icon, look.IconInRow, look.SecondText),
		Middle(VStack(0, NewClipped(name, Body), NewClipped(second, Caption)))))
}

// NewPassage makes the box in a dialog that holds a text of any length: it scrolls where there is more than fits.
func NewPassage(text string) fyne.CanvasObject {
	const most = 160
	words := NewParagraph(text, Body, DialogBodyWidth-2*look.RowPad)
	scroll := container.NewVScroll(Inset(look.RowPad, look.RowPad, look.RowPad, look.RowPad, words))
	scroll.SetMinSize(fyne.NewSize(DialogBodyWidth, min(scroll.Content.MinSize().Height, most)))
	return NewPanel(scroll)
}

type subjectLayout struct{ textAt float32 }

func (subjectLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, look.RowHeight) }

func (l subjectLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, 0, l.textAt, size.Height)
	place(objects[1], l.textAt, 0, size.Width-l.textAt-look.RowPad, size.Height)
}

// NewTypedConfirmation makes a field in which a person types an exact word before the action can be pressed. Enter then
// presses it too.
func NewTypedConfirmation(label, word string, action *Button) *Field {
	field := NewField(label, "", DialogBodyWidth)
	action.Disable()
	field.OnChanged = func(text string) {
		if text == word {
			action.Enable()
		} else {
			action.Disable()
		}
	}
	field.OnSubmitted = func() {
		if !action.Disabled() {
			action.press()
		}
	}
	return field
}
