package desktop

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
)

// lookPreference is where the choice of a theme is kept.
const lookPreference = "look"

// looks are the choices, in the order in which they are shown.
var looks = []look.Choice{look.System, look.Light, look.Dark}

// chosenLook is what the person chose last; anything unknown counts as no choice.
func chosenLook(app fyne.App) look.Choice {
	choice := look.Choice(app.Preferences().String(lookPreference))
	if !slices.Contains(looks, choice) {
		return look.System
	}
	return choice
}

func (w *Window) openSettings() {
	w.look(w.begin(), func() {
		w.showRail(say("rail.settings"))
		chips := widgets.NewChips(slices.Index(looks, chosenLook(w.app)), func(chosen int) {
			w.app.Preferences().SetString(lookPreference, string(looks[chosen]))
			w.app.Settings().SetTheme(look.New(looks[chosen]))
		}, say("settings.system"), say("settings.light"), say("settings.dark"))
		words := widgets.VStack(0,
			widgets.NewText(say("settings.appearance"), widgets.Subtitle),
			widgets.NewText(say("settings.appearance_text"), widgets.Second))
		w.show(content{title: say("settings.title"), page: widgets.NewPage(
			widgets.Head{Title: say("settings.title"), Sentence: say("settings.sentence")},
			widgets.NewCard(widgets.HStack(look.CardGap, words, layout.NewSpacer(), widgets.Middle(chips))))})
	})
}
