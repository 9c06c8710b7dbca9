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

// fingerprintChoices are the choices of fingerprintPolicy, in the order in which they are shown.
var fingerprintChoices = []bool{true, false}

// fingerprintPolicy is whether the organisation counts a finger that the system has recognised. Changing it asks for one
// of the administrator's own keys where the last touch is a while ago.
func (w *Window) fingerprintPolicy(f *flow, allowed bool) fyne.CanvasObject {
	const textWidth = 400
	var chips *widgets.Chips
	chips = widgets.NewChips(slices.Index(fingerprintChoices, allowed), func(chosen int) {
		switch wanted := fingerprintChoices[chosen]; {
		case wanted == allowed:
		case wanted:
			chips.Disable()
			w.allowFingerprint(f, true)
		default:
			w.refuseFingerprint(f, chips)
		}
	}, say("policy.allowed"), say("policy.refused"))
	words := widgets.VStack(4,
		widgets.NewText(say("policy.fingerprint"), widgets.Subtitle),
		widgets.NewParagraph(say("policy.fingerprint_text"), widgets.Second, textWidth))
	return widgets.HStack(look.CardGap, words, layout.NewSpacer(), widgets.Middle(chips))
}

// refuseFingerprint goes on at once where that locks nobody out, and else asks first.
func (w *Window) refuseFingerprint(f *flow, chips *widgets.Chips) {
	chips.Disable()
	under(f, w.Companion.FingerprintOnly, func(people []verifier.Account, err error) {
		switch {
		case err != nil:
			w.policyFailed(err)
		case len(people) == 0:
			w.allowFingerprint(f, false)
		default:
			chips.Enable()
			chips.Select(slices.Index(fingerprintChoices, true)) // nothing has changed yet
			w.askLockOut(people, func() {
				chips.Disable()
				w.allowFingerprint(f, false)
			})
		}
	})
}

// askLockOut names the people who will not get in any more, all of them, and asks whether that is wanted.
func (w *Window) askLockOut(people []verifier.Account, refuse func()) {
	var dialog *widgets.Dialog
	action := widgets.NewDanger(say("lock_out.action"), func() {
		dialog.Close()
		refuse()
	})
	dialog = widgets.ShowDialog(w.window.Canvas(), widgets.Question{
		Tone: widgets.Danger, Icon: look.IconWarning,
		Title: sayCount("lock_out.title", len(people)), Text: say("lock_out.text"),
		Body: widgets.NewPassage(usernames(people)), Safe: say("lock_out.safe"), Action: action,
	})
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
			w.policyFailed(err)
			return
		}
		done := say("policy.now_refused")
		if allowed {
			done = say("policy.now_allowed")
		}
		if len(lockedOut) > 0 {
			done += " " + say("policy.locked_out", "names", usernames(lockedOut))
		}
		p.celebrate(func() { w.openSettingsWith(done, "") })
	})
}

// policyFailed shows the settings as they are and why they have not changed.
func (w *Window) policyFailed(err error) {
	if message, over := w.problem(err); !over {
		w.openSettingsWith("", message)
	}
}

// usernames are what an administrator knows people by who have to be let in again.
func usernames(people []verifier.Account) string {
	var names []string
	for _, person := range people {
		names = append(names, person.Username)
	}
	return strings.Join(names, ", ")
}
