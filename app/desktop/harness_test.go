package desktop

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
)

// clockFunc tells the time, and fakeMaker makes what a window is opened over.
type (
	clockFunc = func() time.Time
	fakeMaker = func(clockFunc) *fake
)

// patience is how long a test waits for what has to happen.
const patience = 60 * time.Second

// clock is a clock that moves when it is told to.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	ticks map[chan time.Time]bool
	woken func() // called when somebody begins to wait for ticks
}

func newClock() *clock {
	return &clock{woken: func() {}, now: time.Date(2026, 11, 23, 8, 40, 0, 0, time.Local), ticks: map[chan time.Time]bool{}}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Tick(time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ticks := make(chan time.Time, 1)
	c.ticks[ticks] = true
	c.woken()
	return ticks, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ticks, ticks)
	}
}

// pass lets time pass and wakes whoever waits for a tick.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for ticks := range c.ticks {
		select {
		case ticks <- c.now:
		default: // it has not taken the last one yet
		}
	}
}

// listeners is how many still want ticks: each belongs to a goroutine.
func (c *clock) listeners() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ticks)
}

// user sits before a window. The goroutine of the test is the UI goroutine: what flows send there runs in until.
type user struct {
	*testing.T
	window *Window
	clock  *clock
	fake   *fake

	mu    sync.Mutex
	queue []func()
	wake  chan struct{}
}

// sit opens a window over a fake, in a theme.
func sit(t *testing.T, choice look.Choice, prepare fakeMaker) *user {
	t.Helper()
	return sitWith(t, choice, prepare, Deps{Computer: "ANNA-LAPTOP"})
}

func sitWith(t *testing.T, choice look.Choice, prepare fakeMaker, deps Deps) *user {
	t.Helper()
	app := test.NewTempApp(t)
	app.Preferences().SetString(lookPreference, string(choice))
	u := &user{T: t, clock: newClock(), wake: make(chan struct{}, 1)}
	u.clock.woken = func() { u.onUI(func() {}) }
	u.fake = prepare(u.clock.Now)
	deps.Companion, deps.Clock, deps.OnUI = u.fake, u.clock, u.onUI
	u.window = New(context.Background(), app, deps)
	t.Cleanup(u.leave)
	return u
}

func (u *user) onUI(do func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.queue = append(u.queue, do)
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// until runs the UI until something has come true.
func (u *user) until(what string, true func() bool) {
	u.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		u.mu.Lock()
		queue := u.queue
		u.queue = nil
		u.mu.Unlock()
		for _, do := range queue {
			do()
		}
		if true() {
			return
		}
		select {
		case <-u.wake:
		case <-deadline.C:
			u.Fatalf("%s did not happen; on the page: %q", what, u.texts())
		}
	}
}

// leave closes the window and makes sure that nothing is left behind.
func (u *user) leave() {
	u.window.window.Close()
	gone := make(chan struct{})
	go func() {
		u.window.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(patience):
		u.Error("work goes on after the window was closed")
	}
	if left := u.clock.listeners(); left != 0 {
		u.Errorf("%d still wait for the clock", left)
	}
}

func (u *user) canvas() fyne.Canvas { return u.window.window.Canvas() }

// objects are all that is visible, dialogs first.
func (u *user) objects() []fyne.CanvasObject {
	if top := u.canvas().Overlays().Top(); top != nil {
		return test.LaidOutObjects(top)
	}
	return test.LaidOutObjects(u.canvas().Content())
}

// texts is what can be read.
func (u *user) texts() []string {
	var all []string
	for _, object := range u.objects() {
		switch object := object.(type) {
		case *widgets.Text:
			all = append(all, object.Text())
		case *widgets.Button:
			all = append(all, object.Label())
		}
	}
	return all
}

func (u *user) sees(text string) bool {
	for _, seen := range u.texts() {
		if strings.Contains(seen, text) {
			return true
		}
	}
	return false
}

// see waits until a text can be read.
func (u *user) see(text string) {
	u.Helper()
	u.until("“"+text+"”", func() bool { return u.sees(text) })
}

func (u *user) seeNot(text string) {
	u.Helper()
	if u.sees(text) {
		u.Errorf("“%s” is on the page: %q", text, u.texts())
	}
}

// labelled is what a person finds by its label: a button, a field or an item of the rail.
type labelled interface {
	fyne.CanvasObject
	Label() string
}

func find[T labelled](u *user, label string) T {
	u.Helper()
	for _, object := range u.objects() {
		if found, ok := object.(T); ok && found.Label() == label {
			return found
		}
	}
	u.Fatalf("no %T “%s” on the page: %q", *new(T), label, u.texts())
	panic("unreachable")
}

func (u *user) press(label string) {
	u.Helper()
	test.Tap(find[*widgets.Button](u, label))
}

func (u *user) goTo(page string) {
	u.Helper()
	test.Tap(find[*widgets.RailItem](u, page))
}

// write replaces what stands in a field.
func (u *user) write(label, text string) {
	u.Helper()
	field := find[*widgets.Field](u, label)
	u.canvas().Focus(field.Focusable())
	field.SetText("")
	test.Type(field.Focusable(), text)
}

// key presses a key on whatever has the focus.
func (u *user) key(name fyne.KeyName) {
	u.Helper()
	event := &fyne.KeyEvent{Name: name}
	if focused := u.canvas().Focused(); focused != nil {
		focused.TypedKey(event)
	} else {
		u.canvas().OnTypedKey()(event)
	}
}

// touch touches the key that is asked for.
func (u *user) touch() {
	u.Helper()
	touched := make(chan struct{})
	go func() { u.fake.touched <- struct{}{}; close(touched); u.onUI(func() {}) }()
	u.until("the touch", func() bool {
		select {
		case <-touched:
			return true
		default:
			return false
		}
	})
}

// applaud lets the closed ring stand for its moment.
func (u *user) applaud() {
	u.Helper()
	u.see("Done")
	u.until("the pause", func() bool {
		u.clock.pass(celebrationTime)
		return !u.sees("Done")
	})
}
