package desktop

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// wizard adds a key in three steps: what to add, how to call it, and then the key itself. Somebody's first key is added
// the same way.
type wizard struct {
	*Window
	flow            *flow  // of the attempt that is under way; each begins at the first step
	username        string // for whom
	authority       string // leave to enrol; "" for that of who is signed in
	title, sentence string // of the first step
	first           bool   // it is their first key; the rail then shows the steps
	leave           func() // where giving up leads
	done            func(verifier.Credential)

	offers   []ceremony.Availability // nil until this computer has been looked at
	computer bool                    // what is built in is chosen, and not a security key
	cards    *fyne.Container         // a security key and this computer
	proceed  *widgets.Button
}

// openAddKey opens the wizard for somebody who is signed in.
func (w *Window) openAddKey() {
	w.openSignedIn(say("rail.keys"), func(*flow) {
		z := &wizard{
			Window: w, username: w.overview.Session.Account.Username,
			title: say("add.title"), sentence: say("add.sentence"),
			leave: func() { w.openKeys("") }, done: w.newKeyReady,
		}
		z.choose()
	})
}

// choose is the first step. The page stands at once; what this computer has is filled in when it is known. Whoever comes
// back to it has given up what was under way: that ends with its flow, so that no two enrolments run side by side.
func (z *wizard) choose() {
	z.flow = z.begin()
	z.proceed = widgets.NewPrimary(say("button.continue"), z.name)
	z.cards = widgets.Columns(look.CardGap)
	z.lay()
	z.show(content{
		title: z.title,
		page: widgets.NewPage(z.head(1, z.title, z.sentence), widgets.VStack(look.SectionGap,
			z.cards, steps(say("button.cancel"), z.leave, z.proceed))),
		focus:  z.proceed,
		escape: z.leave,
	})
	under(z.flow, z.probe, func(offers []ceremony.Availability, _ error) {
		z.offers = offers
		z.lay()
	})
}

// probe asks what this computer has. It costs no touch and no PIN, but may take a while.
func (z *wizard) probe(ctx context.Context) ([]ceremony.Availability, error) {
	return z.Companion.Offers(ctx), ctx.Err()
}

// lay puts the two cards in their place, as far as it is known what can be chosen.
func (z *wizard) lay() {
	const width = (look.ColumnWidth - look.CardGap) / 2
	key, computer := z.keyOption(), z.computerOption()
	canKey, canComputer := key.Unavailable == "", computer.Unavailable == "" && computer.Pending == ""
	z.computer = canComputer && (z.computer || !canKey)
	before := z.cards.Objects
	focused, _ := z.window.Canvas().Focused().(fyne.CanvasObject)
	z.cards.Objects = nil
	for _, card := range []struct {
		option   widgets.Option
		computer bool
	}{{key, false}, {computer, true}} {
		shown := widgets.NewChoiceCard(card.option, width, func() { z.pick(card.computer) })
		shown.Select(card.computer == z.computer && (canKey || canComputer))
		z.cards.Objects = append(z.cards.Objects, shown)
	}
	z.cards.Refresh()
	z.proceed.Enable()
	if !canKey && !canComputer {
		z.proceed.Disable()
	}
	for _, gone := range before {
		if focused == gone {
			z.window.Canvas().Focus(z.proceed)
		}
	}
}

func (z *wizard) pick(computer bool) {
	z.computer = computer
	for i, card := range z.cards.Objects {
		card.(*widgets.ChoiceCard).Select(computer == (i == 1))
	}
	z.window.Canvas().Focus(z.proceed)
}

// keyOption can be chosen before a key is plugged in, but not where keys cannot work.
func (z *wizard) keyOption() widgets.Option {
	option := widgets.Option{
		Picture: look.ArtSecurityKeyFlat, Title: say("add.key"), Text: say("add.key_text"),
		Badges: []fyne.CanvasObject{widgets.NewBadge(look.IconUSB, say("add.usb"), widgets.Neutral)},
	}
	for _, offer := range z.offers {
		if offer.Kind == ceremony.KindSecurityKey && offer.State == ceremony.StateUnsupported {
			option.Unavailable = describe(offer.Problem)
		}
	}
	return option
}

// computerOption can be chosen where something built in is ready. Else it says what is missing.
func (z *wizard) computerOption() widgets.Option {
	option := widgets.Option{Picture: look.ArtLaptop, Title: say("add.computer"), Text: say("add.text_here")}
	if z.offers == nil {
		option.Pending = say("add.looking")
		return option
	}
	builtIn, ok := companion.ThisComputer(z.offers)
	if !ok {
		option.Unavailable = describe(companion.ErrNotHere)
		return option
	}
	switch builtIn.Kind {
	case ceremony.KindWindowsHello, ceremony.KindTouchID: // people know these by name
		option.Title = say("add.computer_named", "name", companion.BuiltInName(builtIn.Kind))
	}
	option.Text = builtInText(builtIn.Kind)
	if builtIn.State != ceremony.StateReady {
		option.Unavailable = describe(builtIn.Problem)
		return option
	}
	ready := z.ready()
	if len(ready) > 1 {
		option.Text = say("add.text_several")
	}
	for _, kind := range ready {
		option.Badges = append(option.Badges, widgets.NewBadge(unlockIcon(kind), unlockName(kind), widgets.Neutral))
	}
	return option
}

// ready are the kinds that are built in and can be enrolled, the one to be preferred first.
func (z *wizard) ready() []ceremony.Kind {
	var kinds []ceremony.Kind
	preferred, _ := companion.ThisComputer(z.offers)
	for _, offer := range z.offers {
		switch {
		case !isBuiltIn(offer.Kind), offer.State != ceremony.StateReady:
		case offer.Kind == preferred.Kind:
			kinds = slices.Insert(kinds, 0, offer.Kind)
		default:
			kinds = append(kinds, offer.Kind)
		}
	}
	return kinds
}

// newKeyReady is the third step.
func (w *Window) newKeyReady(key verifier.Credential) {
	done := widgets.NewPrimary(say("add.done"), func() { w.openKeys("") })
	sentence := say("add.done_sentence")
	if key.Kind == verifier.DeviceAuthenticator {
		sentence = say("add.done_sentence_computer")
	}
	w.show(content{
		title: say("add.done_title", "name", key.Name),
		page: widgets.NewPage(stepHead(3, say("add.done_title", "name", key.Name), sentence),
			widgets.VStack(look.SectionGap,
				widgets.NewNotice(widgets.Good, say("keys.added_note", "name", key.Name), look.ColumnWidth),
				widgets.HStack(0, layout.NewSpacer(), done))),
		focus: done,
	})
}

func (z *wizard) head(step int, title, sentence string) widgets.Head {
	if z.first {
		return widgets.Head{Title: title, Sentence: sentence}
	}
	return stepHead(step, title, sentence)
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
