package desktop

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// name is the second step: the name, and how to unlock what can be unlocked in several ways. Then comes the key itself.
func (z *wizard) name() {
	kinds := []ceremony.Kind{ceremony.KindSecurityKey}
	if z.computer {
		kinds = z.ready()
	}
	kind := kinds[0]
	name := z.newField(say("first_key.name"), "", look.FocusedWidth)
	name.SetHint(z.nameHint(kind))
	form := widgets.VStack(look.SectionGap)
	if len(kinds) > 1 {
		form.Add(unlockChips(kinds, func(chosen ceremony.Kind) {
			kind = chosen
			name.SetHint(z.nameHint(kind))
		}))
	}
	form.Add(name)
	if z.computer {
		for _, lacking := range z.lacking() {
			form.Add(widgets.NewNotice(widgets.Neutral, lacking, look.FocusedWidth))
		}
	}
	problem := widgets.NewProblem(look.FocusedWidth)
	form.Add(problem)

	var add *widgets.Button
	var page content
	add = widgets.NewPrimary(say("button.add_key"), func() {
		wanted := companion.Enrollment{Kind: kind, Name: strings.TrimSpace(name.Text())}
		problem.Set("")
		add.SetBusy(say("button.working"))
		p := z.enrolling()
		prompted(p, func(ctx context.Context, asker ceremony.Prompter) (verifier.Credential, error) {
			return z.Companion.Enroll(ctx, z.authority, wanted, asker)
		}, func(key verifier.Credential, err error) {
			add.SetBusy("")
			if err == nil {
				p.celebrate(func() { z.done(key) })
				return
			}
			message, over := z.problem(err)
			if over {
				return
			}
			problem.Set(message)
			page.focus = add
			z.show(page)
		})
	})
	name.OnSubmitted = func() { add.Tapped(nil) }
	title, sentence := z.nameWords(kinds)
	page = content{
		title: title,
		page: widgets.NewPage(z.head(2, title, sentence), widgets.VStack(look.SectionGap,
			widgets.HStack(0, form), steps(say("button.back"), z.choose, add))),
		focus:  name.Focusable(),
		escape: z.choose,
	}
	z.show(page)
}

// nameWords are title and sentence of the second step: how to call it, and what comes then.
func (z *wizard) nameWords(kinds []ceremony.Kind) (title, sentence string) {
	title = say("add.name_title_computer")
	if len(kinds) > 1 {
		return title, say("add.then_choose")
	}
	switch kind := kinds[0]; kind {
	case ceremony.KindSecurityKey:
		if z.first {
			return say("add.name_title"), say("add.then_plug_first")
		}
		return say("add.name_title"), say("add.then_plug")
	case ceremony.KindTPM:
		return title, say("add.then_pin")
	case ceremony.KindFingerprint:
		return title, say("add.then_finger")
	default:
		return title, say("add.then_answer", "key", companion.BuiltInName(kind))
	}
}

// nameHint says what an empty name becomes, where that is known.
func (z *wizard) nameHint(kind ceremony.Kind) fyne.CanvasObject {
	hint := say("first_key.name_hint")
	if isBuiltIn(kind) {
		hint = say("add.name_hint_computer", "name", z.builtInHere(kind))
	}
	return widgets.NewClipped(hint, widgets.Caption)
}

// lacking says what else this computer has and why it cannot be used. What it simply has not is no news, and nor is what
// the organisation does not want: nobody has looked whether this computer has it.
func (z *wizard) lacking() []string {
	var reasons []string
	for _, offer := range z.offers {
		switch {
		case !isBuiltIn(offer.Kind), offer.State == ceremony.StateReady:
		case offer.State == ceremony.StateNotSetUp, offer.State == ceremony.StateNoAccess:
			reasons = append(reasons, describe(offer.Problem))
		}
	}
	return reasons
}

// enrolling is the prompter of adding a key. Where a key has to be touched that the person has already, the pages say so.
func (z *wizard) enrolling() *prompter {
	return &prompter{
		Window: z.Window, flow: z.flow, title: say("add.prompt_title"),
		sentence: func(question ceremony.PINQuestion) string {
			if question.Purpose == ceremony.PurposeAssert {
				return say("add.prompt_own")
			}
			return say("add.prompt_new")
		},
		subject: say("add.subject", "username", z.username),
	}
}

// unlockChips let a person choose how to unlock what is built in.
func unlockChips(kinds []ceremony.Kind, choose func(ceremony.Kind)) fyne.CanvasObject {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = unlockName(kind)
	}
	chips := widgets.NewChips(0, func(i int) { choose(kinds[i]) }, names...)
	return widgets.VStack(look.Gap, widgets.NewText(say("add.unlock"), widgets.Label), chips)
}

// unlockName is what unlocks an authenticator that is built in.
func unlockName(kind ceremony.Kind) string {
	switch kind {
	case ceremony.KindTPM:
		return say("built_in.pin")
	case ceremony.KindFingerprint, ceremony.KindTouchID:
		return say("built_in.finger")
	}
	return companion.BuiltInName(kind)
}

func unlockIcon(kind ceremony.Kind) fyne.Resource {
	if kind == ceremony.KindTPM {
		return look.IconPIN
	}
	return builtInIcon(kind)
}

func builtInText(kind ceremony.Kind) string {
	switch kind {
	case ceremony.KindTPM:
		return say("add.text_tpm")
	case ceremony.KindFingerprint:
		return say("add.text_fingerprint")
	case ceremony.KindTouchID:
		return say("add.text_touch_id")
	}
	return say("add.text_here")
}
