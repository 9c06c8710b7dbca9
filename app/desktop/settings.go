package desktop

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
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
			column.Add(widgets.NewCard(w.fingerprintPolicy(f, session.Organization)))
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

// fingerprintPolicy is whether the organisation counts a finger that the system has recognised. Changing it asks for one
// of the administrator's own keys where the last touch is a while ago.
func (w *Window) fingerprintPolicy(f *flow, organization verifier.Organization) fyne.CanvasObject {
	const textWidth = 400
	choices := []bool{true, false}
	chips := widgets.NewChips(slices.Index(choices, organization.FingerprintAllowed), func(chosen int) {
		if choices[chosen] != organization.FingerprintAllowed {
			w.allowFingerprint(f, choices[chosen])
		}
	}, say("policy.allowed"), say("policy.refused"))
	words := widgets.VStack(4,
		widgets.NewText(say("policy.fingerprint"), widgets.Subtitle),
		widgets.NewParagraph(say("policy.fingerprint_text"), widgets.Second, textWidth))
	return widgets.HStack(look.CardGap, words, layout.NewSpacer(), widgets.Middle(chips))
}

func (w *Window) allowFingerprint(f *flow, allowed bool) {
	p := &prompter{
		Window: w, flow: f, title: say("policy.prompt_title"),
		sentence: func(ceremony.PINQuestion) string { return say("confirm.sentence") },
		subject:  say("policy.subject"),
	}
	prompted(p, func(ctx context.Context, asker ceremony.Prompter) ([]verifier.Account, error) {
		return w.Companion.AllowFingerprint(ctx, allowed, asker)
	}, func(lockedOut []verifier.Account, err error) {
		if err != nil {
			if message, over := w.problem(err); !over {
				w.openSettingsWith("", message)
			}
			return
		}
		done := say("policy.now_refused")
		if allowed {
			done = say("policy.now_allowed")
		}
		if len(lockedOut) > 0 {
			done += " " + say("policy.locked_out", "names", namesOf(lockedOut))
		}
		p.celebrate(func() { w.openSettingsWith(done, "") })
	})
}

// namesOf are the names of people, as many as fit into a notice.
func namesOf(people []verifier.Account) string {
	const most = 5
	var names []string
	for _, person := range people[:min(len(people), most)] {
		names = append(names, person.DisplayName)
	}
	if len(people) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
