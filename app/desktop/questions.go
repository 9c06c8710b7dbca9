package desktop

import (
	"fmt"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
)

// showPIN asks for the PIN of a key. Whoever does not know it, or has that key not at hand, can go on with another.
func (p *prompter) showPIN(question ceremony.PINQuestion, answers chan<- string) {
	words := pinWordsOf(question.Device.Kind)
	field := p.newPasswordField(say(words.label), pinHint(words, question), look.FocusedWidth)
	var proceed *widgets.Button
	proceed = widgets.NewPrimary(say("button.continue"), func() {
		pin := field.Text()
		if pin == "" {
			field.SetProblem(say(words.missing))
			return
		}
		field.SetText("") // it is not kept where it is not needed any more
		proceed.SetBusy(say("button.working"))
		answers <- pin
	})
	field.OnSubmitted = func() { proceed.Tapped(nil) }
	page := pinPage{
		title: p.title, sentence: p.sentence(question), device: question.Device,
		focus: field.Focusable(), fields: field, proceed: proceed,
	}
	if useAnother := p.useAnother; useAnother != nil && question.Purpose == ceremony.PurposeAssert {
		page.another = widgets.NewLink(say("pin.another"), func() {
			field.SetText("")
			proceed.SetBusy(say("button.working"))
			useAnother()
		})
	}
	p.ask(page)
	if question.Wrong {
		field.SetProblem(wrongPIN(words, question.Retries))
	}
}

func (p *prompter) showNewPIN(question ceremony.NewPINQuestion, answers chan<- string) {
	words := pinWordsOf(question.Device.Kind)
	least := max(question.MinLength, 4) // CTAP 2.1 §6.5.1 knows no shorter one
	filled := []string{"least", fmt.Sprint(least)}
	first := p.newPasswordField(say("pin.new"), say("pin.new_rule", filled...), look.FocusedWidth)
	again := p.newPasswordField(say("pin.new_again"), "", look.FocusedWidth)
	var set *widgets.Button
	set = widgets.NewPrimary(say("pin.set"), func() {
		pin := first.Text()
		switch {
		case utf8.RuneCountInString(pin) < least:
			first.SetProblem(say("pin.new_short", filled...))
		case len(pin) > ceremony.MaxPINSize:
			first.SetProblem(say("pin.new_long"))
		case pin != again.Text():
			again.SetProblem(say("pin.new_differs"))
		default:
			first.SetText("")
			again.SetText("")
			set.SetBusy(say("button.working"))
			answers <- pin
		}
	})
	first.OnSubmitted = func() { p.window.Canvas().Focus(again.Focusable()) }
	again.OnSubmitted = func() { set.Tapped(nil) }
	p.ask(pinPage{
		title: say("pin.new_title"), sentence: say(words.newSentence), device: question.Device,
		focus: first.Focusable(), fields: widgets.VStack(look.CardGap, first, again), proceed: set,
	})
	if question.Refused != "" {
		first.SetProblem(say(words.newRefused))
	}
}

// pinPage is a page that asks for a PIN.
type pinPage struct {
	title, sentence string
	device          ceremony.Device
	focus           fyne.Focusable
	fields          fyne.CanvasObject
	proceed         *widgets.Button
	another         *widgets.Button // leads to another key; nil for none
}

// ask shows a page that asks for a PIN: which key it is, the fields, and the buttons.
func (p *prompter) ask(q pinPage) {
	p.ring = nil
	key := widgets.NewKeyCard(deviceIcon(q.device), p.deviceName(q.device), p.subject,
		widgets.NewLink(say("pin.start_again"), p.cancel))
	column := widgets.VStack(look.SectionGap)
	if notice := p.takeNotice(); notice != nil {
		column.Add(notice)
	}
	column.Add(key)
	column.Add(q.fields)
	last := widgets.VStack(look.Gap, q.proceed)
	if q.another != nil {
		last.Add(container.NewCenter(q.another))
	}
	column.Add(last)
	p.show(content{
		title: say("pin.window", "title", q.title),
		page: widgets.NewFocusedPage(widgets.Head{Title: q.title, Sentence: q.sentence}, focusedTop, look.FocusedWidth,
			column),
		focus:  q.focus,
		escape: p.cancel,
	})
}

// takeNotice says, once, why another key than before is asked for; nil for nothing to say.
func (p *prompter) takeNotice() fyne.CanvasObject {
	text := p.fellBack
	if text == "" {
		return nil
	}
	p.fellBack = ""
	return widgets.NewNotice(widgets.Advice, text, look.FocusedWidth)
}

func (p *prompter) showTouch(notice ceremony.TouchNotice, total time.Duration) {
	name, title := p.touchName(notice.Devices), touchTitle(notice)
	p.ring = widgets.NewRing(touchPicture(notice.Devices), p.Clock, p.OnUI, p.still())
	p.left = widgets.NewText("", widgets.Second).Centred()
	left := p.left
	p.ring.OnLeft = func(rest time.Duration) {
		left.Set(say("touch.left", "device", name, "left", minutes(rest)))
	}
	cancel := widgets.NewLink(say("button.cancel"), p.cancel)
	page := widgets.TouchPage{Ring: p.ring, Title: title, Left: p.left, Notice: p.takeNotice(), WaysOut: []fyne.CanvasObject{cancel}}
	if p.useAnother != nil && notice.Purpose == ceremony.PurposeAssert && asksOnce(notice.Devices[0]) {
		another := widgets.NewLink(say("pin.another"), p.useAnother)
		page.WaysOut = []fyne.CanvasObject{another, cancel}
	}
	if notice.Refused != "" {
		page.Notice = widgets.NewNotice(widgets.Advice, notice.Refused, look.FocusedWidth)
	}
	p.show(content{
		title:  title,
		page:   widgets.NewTouchPage(page),
		focus:  cancel,
		escape: p.cancel,
		leave:  p.ring.Stop,
	})
	p.ring.Start(total)
}

func (p *prompter) touchName(devices []ceremony.Device) string {
	if len(devices) == 1 {
		return p.deviceName(devices[0])
	}
	return say("touch.any", "count", fmt.Sprint(len(devices)))
}

// pinHint warns before the last tries, not only after a wrong one.
func pinHint(words pinWords, question ceremony.PINQuestion) string {
	const few = 3
	if question.Retries < 1 || question.Retries > few {
		return ""
	}
	return sayCount(words.tries, question.Retries)
}

func wrongPIN(words pinWords, retries int) string {
	if retries < 1 {
		return say("pin.wrong")
	}
	return sayCount(words.wrong, retries)
}
