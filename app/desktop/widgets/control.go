package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// control is what everything that can be pressed has in common: the pointer over it, the focus, and the keys that
// press it. A widget embeds it and calls extend before anything else.
type control struct {
	widget.DisableableWidget
	self    fyne.Focusable
	press   func() // what Enter, Space and a tap do
	hovered bool
	focused bool // to be shown: a tap moves the focus too, but whoever taps sees where they are
	tapping bool
}

func (c *control) extend(self interface {
	fyne.Widget
	fyne.Focusable
}, press func()) {
	c.self, c.press = self, press
	c.ExtendBaseWidget(self)
}

// Tapped is part of fyne.Tappable.
func (c *control) Tapped(*fyne.PointEvent) {
	if c.Disabled() {
		return
	}
	if canvas := canvasOf(c.self); canvas != nil {
		c.tapping = true
		canvas.Focus(c.self)
		c.tapping = false
	}
	c.press()
}

// TypedKey is part of fyne.Focusable.
func (c *control) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if !c.Disabled() {
			c.press()
		}
	default:
		passOn(c.self, key)
	}
}

// TypedRune is part of fyne.Focusable.
func (c *control) TypedRune(rune) {}

// FocusGained is part of fyne.Focusable.
func (c *control) FocusGained() { c.focused = !c.tapping; c.Refresh() }

// FocusLost is part of fyne.Focusable.
func (c *control) FocusLost() { c.focused = false; c.Refresh() }

// MouseIn is part of desktop.Hoverable.
func (c *control) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved is part of desktop.Hoverable.
func (c *control) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is part of desktop.Hoverable.
func (c *control) MouseOut() { c.hovered = false; c.Refresh() }

// Cursor is part of desktop.Cursorable.
func (c *control) Cursor() desktop.Cursor {
	if c.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// passOn hands a key that a focused widget has no use for to the canvas, as if nothing had the focus. That is how
// Escape reaches the dialog or the page around whatever is focused.
func passOn(from fyne.Focusable, key *fyne.KeyEvent) {
	if canvas := canvasOf(from); canvas != nil && canvas.OnTypedKey() != nil {
		canvas.OnTypedKey()(key)
	}
}

func canvasOf(object fyne.Focusable) fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(object.(fyne.CanvasObject))
}
