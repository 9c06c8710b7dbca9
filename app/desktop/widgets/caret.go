package widgets

import (
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"latchkey/app/desktop/look"
)

// restAfter is how long a caret blinks without anybody typing; GTK has the same. Each blink draws the window anew,
// sixty times a second while it fades.
const restAfter = 10 * time.Second

// caret lets the caret of an entry stand still after a while. It runs from when the entry gets the focus until it loses
// it. Its methods are for the UI goroutine.
type caret struct {
	clock    Clock
	onUI     func(func())
	rest     func() // called each restAfter in which nobody has typed; may end it
	touched  time.Time
	stop     chan struct{} // nil while it does not run
	finished chan struct{}
}

// start begins to count anew, with a goroutine that goes on until end.
func (c *caret) start() {
	c.touched = c.clock.Now()
	if c.stop != nil {
		return
	}
	ticks, release := c.clock.Tick(restAfter)
	stop, finished := make(chan struct{}), make(chan struct{})
	c.stop, c.finished = stop, finished
	go func() {
		defer close(finished)
		defer release()
		for {
			select {
			case <-stop:
				return
			case <-ticks:
				c.onUI(func() { c.look(stop) })
			}
		}
	}()
}

// look rests the caret if nobody has typed for long enough. A look that was under way when its run ended comes too late.
func (c *caret) look(run chan struct{}) {
	if c.stop == run && c.clock.Now().Sub(c.touched) >= restAfter {
		c.rest()
	}
}

// end stops counting and waits for the goroutine.
func (c *caret) end() {
	if c.stop == nil {
		return
	}
	close(c.stop)
	<-c.finished
	c.stop, c.finished = nil, nil
}

// placeStill draws the caret of an entry that rests where the blinking one was. Where text is longer than the entry it
// may have scrolled, and nobody but Fyne knows how far: there the caret is left out.
func placeStill(mark *canvas.Rectangle, e *entry) {
	thickness, text := theme.Size(theme.SizeNameInputBorder), e.Text
	if e.Password {
		text = strings.Repeat("•", utf8.RuneCountInString(text))
	}
	pad := theme.Size(theme.SizeNameInnerPadding)
	at := e.CursorPosition()
	mark.FillColor = theme.Color(look.Accent)
	mark.Hidden = !e.resting || Body.width(text)+2*pad > e.Size().Width
	place(mark, at.X, at.Y+thickness, thickness, e.MinSize().Height-2*pad)
}
