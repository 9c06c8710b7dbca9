package desktop

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
)

// prompter asks a person, on pages of their own within a flow, what a key needs to know. It is a ceremony.Prompter: its
// methods run on the goroutine of the ceremony, the pages on the UI's.
type prompter struct {
	*Window
	flow     *flow
	title    string                        // of the PIN pages
	sentence func(ceremony.Purpose) string // below the title when a PIN is asked for
	subject  string                        // what all this is for, below the name of the key

	// For the UI goroutine only.
	giveUp context.CancelFunc // ends the ceremony
	ring   *widgets.Ring      // of the touch page that was shown last; nil before it
	left   *widgets.Text      // below it
}

// touchTime is how long keys wait for a touch, CTAP 2.1 §6.1 and §6.2.
const touchTime = 30 * time.Second

// maxPIN is the longest PIN in bytes of UTF-8, CTAP 2.1 §6.5.1.
const maxPIN = 63

// prompted runs a ceremony that may ask the person for something.
func prompted[T any](p *prompter, work func(context.Context, ceremony.Prompter) (T, error), then func(T, error)) {
	p.giveUp = under(p.flow, func(ctx context.Context) (T, error) { return work(ctx, p) }, then)
}

// gaveUp tells whether a ceremony ended because the person wanted it to.
func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, ceremony.ErrCanceled)
}

// onPage runs a function on the UI goroutine unless the flow is over by then.
func (p *prompter) onPage(do func()) {
	p.OnUI(func() {
		if p.flow.ctx.Err() == nil {
			do()
		}
	})
}

// PIN asks for the PIN of a key.
func (p *prompter) PIN(ctx context.Context, question ceremony.PINQuestion) (string, error) {
	answer := make(chan string, 1)
	p.onPage(func() { p.showPIN(question, answer) })
	return wait(ctx, answer)
}

// NewPIN asks for a PIN for a key that has none.
func (p *prompter) NewPIN(ctx context.Context, question ceremony.NewPINQuestion) (string, error) {
	answer := make(chan string, 1)
	p.onPage(func() { p.showNewPIN(question, answer) })
	return wait(ctx, answer)
}

func wait(ctx context.Context, answer <-chan string) (string, error) {
	select {
	case pin := <-answer:
		return pin, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Touch tells the person to touch a key.
func (p *prompter) Touch(ctx context.Context, notice ceremony.TouchNotice) (done func()) {
	total := touchTime
	if deadline, ok := ctx.Deadline(); ok {
		total = min(total, deadline.Sub(p.Clock.Now()))
	}
	p.onPage(func() { p.showTouch(notice, total) })
	return func() {
		p.onPage(func() {
			if p.ring != nil {
				p.ring.Stop()
				p.left.Set(say("touch.working"))
			}
		})
	}
}

func (p *prompter) showPIN(question ceremony.PINQuestion, answer chan<- string) {
	field := p.newPasswordField(say("pin.label"), pinHint(question), look.FocusedWidth)
	var proceed *widgets.Button
	proceed = widgets.NewPrimary(say("button.continue"), func() {
		pin := field.Text()
		if pin == "" {
			field.SetProblem(say("pin.missing"))
			return
		}
		field.SetText("") // it is not kept where it is not needed any more
		proceed.SetBusy(say("button.working"))
		answer <- pin
	})
	field.OnSubmitted = func() { proceed.Tapped(nil) }
	p.showQuestion(p.title, p.sentence(question.Purpose), question.Device, field.Focusable(), field, proceed)
	if question.Wrong {
		field.SetProblem(wrongPIN(question.Retries))
	}
}

func (p *prompter) showNewPIN(question ceremony.NewPINQuestion, answer chan<- string) {
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
		case len(pin) > maxPIN:
			first.SetProblem(say("pin.new_long"))
		case pin != again.Text():
			again.SetProblem(say("pin.new_differs"))
		default:
			first.SetText("")
			again.SetText("")
			set.SetBusy(say("button.working"))
			answer <- pin
		}
	})
	first.OnSubmitted = func() { p.window.Canvas().Focus(again.Focusable()) }
	again.OnSubmitted = func() { set.Tapped(nil) }
	p.showQuestion(say("pin.new_title"), say("pin.new_sentence"), question.Device, first.Focusable(),
		widgets.VStack(look.CardGap, first, again), set)
	if question.Refused != "" {
		first.SetProblem(say("pin.new_refused"))
	}
}

// showQuestion shows a page that asks for a PIN: which key it is, the fields, and the button.
func (p *prompter) showQuestion(title, sentence string, device ceremony.Device, focus fyne.Focusable, fields fyne.CanvasObject, proceed *widgets.Button) {
	key := widgets.NewKeyCard(deviceIcon(device), deviceName(device), p.subject,
		widgets.NewLink(say("pin.start_again"), p.cancel))
	p.show(content{
		title: say("pin.window", "title", title),
		page: widgets.NewFocusedPage(widgets.Head{Title: title, Sentence: sentence}, focusedTop, look.FocusedWidth,
			widgets.VStack(look.SectionGap, key, fields, proceed)),
		focus:  focus,
		escape: p.cancel,
	})
}

func (p *prompter) showTouch(notice ceremony.TouchNotice, total time.Duration) {
	name := touchName(notice.Devices)
	p.ring = widgets.NewRing(p.Clock, p.OnUI, p.still())
	p.left = widgets.NewText("", widgets.Second).Centred()
	left := p.left
	p.ring.OnLeft = func(rest time.Duration) {
		left.Set(say("touch.left", "device", name, "left", minutes(rest)))
	}
	cancel := widgets.NewLink(say("button.cancel"), p.cancel)
	p.show(content{
		title:  touchTitle(notice.Purpose),
		page:   widgets.NewTouchPage(p.ring, touchTitle(notice.Purpose), p.left, cancel),
		focus:  cancel,
		escape: p.cancel,
		leave:  p.ring.Stop,
	})
	p.ring.Start(total)
}

// celebrationTime is how long the closed ring stands before the next page.
const celebrationTime = 400 * time.Millisecond

// celebrate closes the ring, if there was a touch, and goes on a moment later.
func (p *prompter) celebrate(then func()) {
	if p.ring == nil || p.still() {
		then()
		return
	}
	p.ring.Succeed()
	p.left.Set(say("touch.done"))
	pause := func(ctx context.Context) error {
		ticks, release := p.Clock.Tick(celebrationTime)
		defer release()
		select {
		case <-ticks:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	under(p.flow, only(pause), func(nothing, error) { then() })
}

// still tells whether the person wants no motion.
func (p *prompter) still() bool { return !p.app.Settings().ShowAnimations() }

func (p *prompter) cancel() { p.giveUp() }

// pinHint warns before the last tries, not only after a wrong one.
func pinHint(question ceremony.PINQuestion) string {
	const few = 3
	if question.Retries < 1 || question.Retries > few {
		return ""
	}
	return sayCount("pin.tries", question.Retries)
}

func wrongPIN(retries int) string {
	if retries < 1 {
		return say("pin.wrong")
	}
	return sayCount("pin.wrong", retries)
}

func touchTitle(purpose ceremony.Purpose) string {
	switch purpose {
	case ceremony.PurposePick:
		return say("touch.title_pick")
	case ceremony.PurposeCreate:
		return say("touch.title_new")
	}
	return say("touch.title")
}

func touchName(devices []ceremony.Device) string {
	if len(devices) == 1 {
		return deviceName(devices[0])
	}
	return say("touch.any", "count", fmt.Sprint(len(devices)))
}

func deviceName(device ceremony.Device) string {
	if device.Name == "" {
		return say("touch.device")
	}
	return device.Name
}

func deviceIcon(device ceremony.Device) fyne.Resource {
	if device.Kind == ceremony.KindSecurityKey || device.Kind == "" {
		return look.IconSecurityKey
	}
	return look.IconLaptop
}

// minutes writes a time as on a clock: 0:24. What is left of a second counts as one.
func minutes(d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
