package desktop

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/verifier"
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

func (w *Window) openSettings() { w.openSettingsWith("", "") }

// openSettingsWith says above the settings what has just been done, or why it has not.
func (w *Window) openSettingsWith(notice, problem string) {
	f := w.begin()
	w.look(f, func() {
		w.showRail(say("rail.settings"))
		trouble := widgets.NewProblem(look.ColumnWidth)
		trouble.Set(problem)
		column, sentence := widgets.VStack(look.CardGap, trouble), say("settings.sentence")
		if notice != "" {
			column.Add(widgets.NewNotice(widgets.Good, notice, look.ColumnWidth))
		}
		column.Add(widgets.NewCard(w.appearance()))
		if session := w.overview.Session; session != nil && session.Account.Role == verifier.RoleAdministrator {
			sentence = say("settings.sentence_administrator")
			column.Add(widgets.NewCard(w.fingerprintPolicy(f, session.Organization.FingerprintAllowed)))
		}
		w.show(content{title: say("settings.title"), page: widgets.NewPage(
			widgets.Head{Title: say("settings.title"), Sentence: sentence}, column)})
	})
}

func (w *Window) appearance() fyne.CanvasObject {
	chips := widgets.NewChips(slices.Index(looks, chosenLook(w.app)), func(chosen int) {
		w.app.Preferences().SetString(lookPreference, string(looks[chosen]))
		w.app.Settings().SetTheme(look.New(looks[chosen]))
	}, say("settings.system"), say("settings.light"), say("settings.dark"))
	words := widgets.VStack(0,
		widgets.NewText(say("settings.appearance"), widgets.Subtitle),
		widgets.NewText(say("settings.appearance_text"), widgets.Second))
	return widgets.HStack(look.CardGap, words, layout.NewSpacer(), widgets.Middle(chips))
}
