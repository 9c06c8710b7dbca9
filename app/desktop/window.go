package desktop

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
)

// Window is Latchkey's one window.
type Window struct {
	Deps
	app    fyne.App
	window fyne.Window
	rail   *widgets.Rail
	pages  railPages       // what the rail leads to now
	place  *fyne.Container // where pages are shown

	life     context.Context // ends when the window closes
	first    chan func()     // opens the first page, as soon as it is known which one that is
	running  sync.WaitGroup
	flow     *flow
	leave    func()             // undoes what the page that is shown has started; nil for nothing
	overview companion.Overview // as of the last look
}

// content is a page as it is shown.
type content struct {
	title  string // what the window is called meanwhile, for task bars and screen readers
	page   fyne.CanvasObject
	focus  fyne.Focusable // gets the focus; nil for nothing
	escape func()         // what Escape does; nil for nothing
	leave  func()         // called when something else is shown; may be nil
}

// windowSize is the size that the pages were drawn for.
var windowSize = fyne.NewSize(960, 640)

// New makes the window and starts looking how things stand. ctx ends everything that the window has under way.
func New(ctx context.Context, app fyne.App, deps Deps) *Window {
	w := &Window{Deps: deps, app: app, life: ctx, first: make(chan func(), 1), place: container.NewStack()}
	w.lookFirst() // while the window is being made
	app.Settings().SetTheme(look.New(chosenLook(app)))
	w.rail = widgets.NewRail(say("app.name"))
	app.SetIcon(look.IconApp)
	w.window = app.NewWindow(say("app.name"))
	w.window.SetPadded(false)
	w.window.SetContent(widgets.NewShell(w.rail, w.place))
	w.window.Resize(windowSize)
	w.window.SetMaster()
	w.window.SetOnClosed(w.close)
	return w
}

// Run shows the window and returns when it is closed, or the context that it was made with ends, and all its work has
// ended too.
func (w *Window) Run() {
	stop := context.AfterFunc(w.life, func() { w.OnUI(w.app.Quit) })
	defer stop()
	w.awaitFirst()
	w.window.Show()
	if w.NativeWindow != nil {
		tellHandle(w.window, w.NativeWindow)
	}
	w.app.Run()
	w.close() // quitting closes no window
	w.Wait()
}

// giveBack returns memory to the system that checking a password needed: argon2id works in 64 MiB, which Go would keep
// for minutes.
func (w *Window) giveBack() { w.running.Go(debug.FreeOSMemory) }

// Wait returns when nothing is under way any more. Call it after the window was closed.
func (w *Window) Wait() { w.running.Wait() }

// close ends what is under way. Doing so twice does no harm.
func (w *Window) close() {
	w.left()
	w.window.Canvas().Unfocus() // what had the focus may be counting
	w.flow.cancel()
}

// begin ends the flow that there was and begins another.
func (w *Window) begin() *flow {
	if w.flow != nil {
		w.flow.cancel()
	}
	ctx, cancel := context.WithCancel(w.life)
	w.flow = &flow{ctx: ctx, cancel: cancel, onUI: w.OnUI, running: &w.running}
	return w.flow
}

// show puts a page in the place of the one that was there, within the same flow.
func (w *Window) show(c content) {
	w.left()
	for _, overlay := range w.window.Canvas().Overlays().List() {
		if dialog, ok := overlay.(*widgets.Dialog); ok {
			dialog.Close() // it asked about a page that is gone
			break
		}
	}
	w.leave = c.leave
	w.window.SetTitle(c.title + " – " + say("app.name"))
	w.place.Objects = []fyne.CanvasObject{c.page}
	w.place.Refresh()
	canvas := w.window.Canvas()
	canvas.SetOnTypedKey(func(key *fyne.KeyEvent) {
		if key.Name == fyne.KeyEscape && c.escape != nil {
			c.escape()
		}
	})
	switch {
	case c.focus != nil:
		canvas.Focus(c.focus)
	case !w.rail.Holds(canvas.Focused()):
		canvas.Unfocus()
	}
}

func (w *Window) newField(label, hint string, width float32) *widgets.Field {
	return widgets.NewField(label, hint, width).Resting(w.Clock, w.OnUI)
}

func (w *Window) newPasswordField(label, hint string, width float32) *widgets.Field {
	return widgets.NewPasswordField(label, hint, width).Resting(w.Clock, w.OnUI)
}

// left undoes what the page that was shown has started.
func (w *Window) left() {
	if w.leave != nil {
		w.leave()
		w.leave = nil
	}
}

// start looks how things stand and opens the page that belongs to it.
func (w *Window) start() { w.startIn(w.begin()) }

func (w *Window) startIn(f *flow) {
	w.look(f, func() {
		switch {
		case w.overview.Organization == nil:
			w.openSetup()
		case w.overview.Session == nil:
			w.showSignIn(f, "", "")
		default:
			w.enterHome(f)
		}
	})
}

// lookFirst is start for a window that is not shown yet: its page may be opened by awaitFirst before that, or on the UI
// goroutine once it runs, whichever comes first.
func (w *Window) lookFirst() {
	f := w.begin()
	f.onUI = func(open func()) {
		open = sync.OnceFunc(open)
		select {
		case w.first <- open:
		default: // that was for the first answer; what follows comes when the window is shown
		}
		w.OnUI(open)
	}
	w.startIn(f)
}

// firstPatience is how long the window waits for its first page before it shows itself without one. Reading how things
// stand takes a tenth of that; a database that another program holds may take seconds.
const firstPatience = 250 * time.Millisecond

// awaitFirst opens the first page before the window is shown, so that the first picture is the right one.
func (w *Window) awaitFirst() {
	late, release := w.Clock.Tick(firstPatience)
	defer release()
	select {
	case open := <-w.first:
		open()
	case <-late:
	}
}

// look asks how things stand and goes on, or says why it cannot.
func (w *Window) look(f *flow, then func()) {
	under(f, w.Companion.Overview, func(overview companion.Overview, err error) {
		if err != nil {
			w.openTrouble(err)
			return
		}
		w.overview = overview
		then()
	})
}

// openSignedIn opens a page for somebody who is signed in, and sign-in if that is over.
func (w *Window) openSignedIn(label string, open func(*flow)) {
	f := w.begin()
	w.look(f, func() {
		if w.overview.Session == nil {
			w.openSignIn(say("sign_in.ended"))
			return
		}
		w.showRail(label)
		open(f)
	})
}

// problem words an error for the place where it is shown. When it means that the session is over, or that the person gave
// up, there is nothing to show: over tells that sign-in was opened instead.
func (w *Window) problem(err error) (message string, over bool) {
	switch {
	case errors.Is(err, companion.ErrNotSignedIn):
		w.openSignIn(say("sign_in.ended"))
		return "", true
	case gaveUp(err):
		return "", false
	}
	return describe(err), false
}

// openTrouble is where the app stands when it cannot even tell how things stand.
func (w *Window) openTrouble(err error) {
	w.pages = railEmpty
	w.rail.SetItems()
	w.showComputer()
	problem := widgets.NewProblem(look.FocusedWidth)
	problem.Set(describe(err))
	again := widgets.NewPrimary(say("button.try_again"), w.start)
	w.show(content{
		title: say("trouble.title"),
		page: widgets.NewFocusedPage(widgets.Head{Title: say("trouble.title"), Sentence: say("trouble.sentence")},
			focusedTop, look.FocusedWidth, widgets.VStack(look.SectionGap, problem, again)),
		focus: again,
	})
}
