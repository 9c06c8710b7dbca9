package desktop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/app/companion"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
)

// prompter asks a person, on pages of their own within a flow, what a key needs to know. It is a ceremony.Prompter: its
// methods run on the goroutine of the ceremony, the pages on the UI's.
type prompter struct {
	*Window
	flow     *flow
	title    string                            // of the PIN pages
	sentence func(ceremony.PINQuestion) string // below the title when a PIN is asked for
	subject  string                            // what all this is for, below the name of the key

	// For the UI goroutine only.
	giveUp     context.CancelFunc // ends the ceremony
	useAnother func()             // goes on with another key; nil where there is no choice
	fellBack   string             // why the next question is asked of another key; "" for nothing to say
	ring       *widgets.Ring      // of the touch page, while that is shown
	left       *widgets.Text      // below it
}

// A person may go on with another of their keys, and is told why where that happens by itself.
var (
	_ companion.Switcher       = (*prompter)(nil)
	_ companion.FallbackTeller = (*prompter)(nil)
)

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
	answers := make(chan string, 1)
	p.onPage(func() { p.showPIN(question, answers) })
	return wait(ctx, answers)
}

// NewPIN asks for a PIN for a key that has none.
func (p *prompter) NewPIN(ctx context.Context, question ceremony.NewPINQuestion) (string, error) {
	answers := make(chan string, 1)
	p.onPage(func() { p.showNewPIN(question, answers) })
	return wait(ctx, answers)
}

func wait(ctx context.Context, answers <-chan string) (string, error) {
	select {
	case pin := <-answers:
		return pin, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// touchTime is how long keys wait for a touch, CTAP 2.1 §6.1 and §6.2.
const touchTime = 30 * time.Second

// Touch tells the person to touch a key, to let what is built in recognise them, or to follow the system's own dialogue.
func (p *prompter) Touch(ctx context.Context, notice ceremony.TouchNotice) (done func()) {
	total := touchTime
	if deadline, ok := ctx.Deadline(); ok {
		rest := deadline.Sub(p.Clock.Now())
		if asksOnce(notice.Devices[0]) {
			total = rest
		}
		total = min(total, rest)
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

// CanSwitch lets the pages of the next questions lead to another key.
func (p *prompter) CanSwitch(useAnother func()) { p.onPage(func() { p.useAnother = useAnother }) }

// FellBack tells, on the page of the next question, why another key than before is asked.
func (p *prompter) FellBack(_ context.Context, failed error) {
	p.onPage(func() { p.fellBack = p.whyAnother(failed) })
}

// whyAnother says what has failed, for how long where time heals it, and that the next key is asked.
func (p *prompter) whyAnother(failed error) string {
	what := companion.Describe(failed).What
	var refused *ceremony.Error
	if errors.As(failed, &refused) && refused.Wait > 0 {
		return say("fallback.until", "what", what, "when", p.whenWithin(p.Clock.Now().Add(refused.Wait)))
	}
	return say("fallback.next", "what", what)
}

// celebrationTime is how long the closed ring stands before the next page.
const celebrationTime = 400 * time.Millisecond

// celebrate closes the ring, if it is shown, and goes on a moment later.
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

// minutes writes a time as on a clock: 0:24. What is left of a second counts as one.
func minutes(d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
