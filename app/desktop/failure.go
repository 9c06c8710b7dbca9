package desktop

import (
	"context"

	"fyne.io/fyne/v2"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
)

// ShowFailure says in a small window of its own why there is no Latchkey to show, and returns when that is closed or ctx
// ends. It is for systems on which a program with a window has no standard error.
func ShowFailure(ctx context.Context, app fyne.App, failed error) {
	window := failureWindow(app, failed)
	defer context.AfterFunc(ctx, func() { fyne.Do(app.Quit) })()
	window.ShowAndRun()
}

// failureWindow is the window, with its button in focus.
func failureWindow(app fyne.App, failed error) fyne.Window {
	app.Settings().SetTheme(look.New(chosenLook(app)))
	app.SetIcon(look.IconApp)
	window := app.NewWindow(say("trouble.title") + " – " + say("app.name"))
	problem := widgets.NewProblem(widgets.DialogBodyWidth)
	problem.Set(describe(failed))
	end := widgets.NewPrimary(say("button.close"), window.Close)
	window.SetPadded(false)
	window.SetContent(widgets.Inset(look.CardPad, look.CardPad, look.CardPad, look.CardPad, widgets.VStack(look.SectionGap,
		widgets.VStack(4, widgets.NewText(say("trouble.title"), widgets.Title), widgets.NewText(say("trouble.sentence"), widgets.Second)),
		problem, end)))
	window.SetMaster() // the program ends with it
	window.SetFixedSize(true)
	window.Canvas().Focus(end)
	return window
}
