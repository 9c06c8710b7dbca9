package desktop

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// openAddKey opens the first of three steps: what to add. Built-in authenticators stand there too and say why not.
func (w *Window) openAddKey() {
	w.openSignedIn(say("rail.keys"), func(f *flow) {
		const width = (look.ColumnWidth - look.CardGap) / 2
		proceed := widgets.NewPrimary(say("button.continue"), func() { w.nameNewKey(f) })
		key := widgets.NewChoiceCard(widgets.Option{
			Picture: look.ArtSecurityKeyFlat, Title: say("add.key"), Text: say("add.key_text"),
			Badges: []fyne.CanvasObject{
				widgets.NewBadge(look.IconUSB, say("add.usb"), widgets.Neutral),
			},
		}, width, func() { w.window.Canvas().Focus(proceed) })
		key.Select(true)
		computer := widgets.NewChoiceCard(widgets.Option{
			Picture: look.ArtLaptop, Title: say("add.computer"), Text: say("add.computer_text"),
			Unavailable: say("add.computer_unavailable"),
		}, width, nil)
		w.show(content{
			title: say("add.title"),
			page: widgets.NewPage(stepHead(1, say("add.title"), say("add.sentence")), widgets.VStack(look.SectionGap,
				widgets.Columns(look.CardGap, key, computer), steps(say("button.cancel"), func() { w.openKeys("") }, proceed))),
			focus:  proceed,
			escape: func() { w.openKeys("") },
		})
	})
}

// nameNewKey is the second step: the name, then the key itself.
func (w *Window) nameNewKey(f *flow) {
	name := w.newField(say("first_key.name"), say("first_key.name_hint"), look.FocusedWidth)
	problem := widgets.NewProblem(look.FocusedWidth)
	var add *widgets.Button
	var page content
	add = widgets.NewPrimary(say("button.add_key"), func() {
		wanted := strings.TrimSpace(name.Text())
		problem.Set("")
		add.SetBusy(say("button.working"))
		p := w.enrolling(f, w.overview.Session.Account.Username)
		prompted(p, func(ctx context.Context, asker ceremony.Prompter) (verifier.Credential, error) {
			return w.Companion.Enroll(ctx, "", companion.Enrollment{Name: wanted}, asker)
		}, func(key verifier.Credential, err error) {
			add.SetBusy("")
			if err == nil {
				p.celebrate(func() { w.newKeyReady(key.Name) })
				return
			}
			message, over := w.problem(err)
			if over {
				return
			}
			problem.Set(message)
			page.focus = add
			w.show(page)
		})
	})
	name.OnSubmitted = func() { add.Tapped(nil) }
	form := widgets.HStack(0, widgets.VStack(look.SectionGap, name, problem))
	page = content{
		title: say("add.name_title"),
		page: widgets.NewPage(stepHead(2, say("add.name_title"), say("add.name_sentence")),
			widgets.VStack(look.SectionGap, form, steps(say("button.back"), w.openAddKey, add))),
		focus:  name.Focusable(),
		escape: w.openAddKey,
	}
	w.show(page)
}

// newKeyReady is the third step.
func (w *Window) newKeyReady(name string) {
	done := widgets.NewPrimary(say("add.done"), func() { w.openKeys("") })
	w.show(content{
		title: say("add.done_title", "name", name),
		page: widgets.NewPage(stepHead(3, say("add.done_title", "name", name), say("add.done_sentence")),
			widgets.VStack(look.SectionGap,
				widgets.NewNotice(widgets.Good, say("keys.added_note", "name", name), look.ColumnWidth),
				widgets.HStack(0, layout.NewSpacer(), done))),
		focus: done,
	})
}

func stepHead(step int, title, sentence string) widgets.Head {
	count := widgets.NewText(say("add.step", "step", fmt.Sprint(step)), widgets.Second)
	return widgets.Head{Title: title, Sentence: sentence, Actions: []fyne.CanvasObject{widgets.AtLeast(0, 32, count)}}
}

// steps lays out the way back and the way on of a step.
func steps(back string, goBack func(), proceed *widgets.Button) fyne.CanvasObject {
	const least = 128
	return widgets.HStack(0, widgets.NewSecondary(back, goBack), layout.NewSpacer(), widgets.AtLeast(least, 0, proceed))
}

// enrolling is the prompter of adding a key. Where a key has to be touched that the person has already, the pages say so.
func (w *Window) enrolling(f *flow, username string) *prompter {
	return &prompter{
		Window: w, flow: f, title: say("add.prompt_title"),
		sentence: func(purpose ceremony.Purpose) string {
			if purpose == ceremony.PurposeAssert {
				return say("add.prompt_own")
			}
			return say("add.prompt_new")
		},
		subject: say("add.subject", "username", username),
	}
}
