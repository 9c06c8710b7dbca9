package conformance

import (
	"context"
	"sync"
	"testing"

	"latchkey/fido/ceremony"
)

// person is a prompter that answers from a list and keeps what it was asked.
type person struct {
	pins   []string // answers in order; out of answers, it gives up
	newPIN string   // "" gives up
	touch  func()

	mu       sync.Mutex
	asked    []ceremony.PINQuestion
	askedNew int
	notices  int
	showing  int
}

// person answers with the subject's own PIN, or with those given.
func (s *suite) person(pins ...string) *person {
	if pins == nil {
		pins = []string{s.PIN}
	}
	return &person{pins: pins, newPIN: s.PIN, touch: s.Touch}
}

func (s *suite) touches() int {
	if s.Touched {
		return 1
	}
	return 0
}

// inVain is how often the person is told to touch what cannot do what is asked.
func (s *suite) inVain() int {
	if s.OwnDialogue {
		return 1
	}
	return 0
}

func (p *person) PIN(_ context.Context, question ceremony.PINQuestion) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, question)
	if len(p.pins) < len(p.asked) {
		return "", ceremony.ErrCanceled
	}
	return p.pins[len(p.asked)-1], nil
}

func (p *person) NewPIN(context.Context, ceremony.NewPINQuestion) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.askedNew++
	if p.newPIN == "" {
		return "", ceremony.ErrCanceled
	}
	return p.newPIN, nil
}

func (p *person) Touch(context.Context, ceremony.TouchNotice) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices++
	p.showing++
	if p.touch != nil {
		p.touch()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.showing--
	}
}

// expect checks how often the person was asked, and that nothing is on display.
func (p *person) expect(t *testing.T, pins, newPINs, touches int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) != pins || p.askedNew != newPINs || p.notices != touches {
		t.Errorf("asked for %d PINs, %d new PINs and %d touches, want %d, %d and %d",
			len(p.asked), p.askedNew, p.notices, pins, newPINs, touches)
	}
	if p.showing != 0 {
		t.Errorf("%d touch notices still show", p.showing)
	}
}

// waiting is a person who never answers.
type waiting struct{ onAsked func() }

func (w *waiting) wait(ctx context.Context) error {
	if w.onAsked != nil {
		w.onAsked()
	}
	<-ctx.Done()
	return ctx.Err()
}

func (w *waiting) PIN(ctx context.Context, _ ceremony.PINQuestion) (string, error) {
	return "", w.wait(ctx)
}

func (w *waiting) NewPIN(ctx context.Context, _ ceremony.NewPINQuestion) (string, error) {
	return "", w.wait(ctx)
}

func (w *waiting) Touch(context.Context, ceremony.TouchNotice) func() {
	if w.onAsked != nil {
		w.onAsked()
	}
	return func() {}
}
