package virtualkey

import (
	"context"
	"fmt"
	"sync"

	"latchkey/fido/virtualkey/authenticator"
)

// TouchPolicy says who touches the key.
type TouchPolicy string

const (
	// TouchAuto touches at once whenever a touch is wanted. It is the default.
	TouchAuto TouchPolicy = "auto"
	// TouchAsk waits for [Key.Touch] or [Key.Deny], until the request times out.
	TouchAsk TouchPolicy = "ask"
	// TouchNever lets every request for a touch time out.
	TouchNever TouchPolicy = "never"
)

// ParseTouchPolicy returns the policy with this name.
func ParseTouchPolicy(name string) (TouchPolicy, error) {
	switch policy := TouchPolicy(name); policy {
	case TouchAuto, TouchAsk, TouchNever:
		return policy, nil
	}
	return "", fmt.Errorf("touch policy %q is unknown: use auto, ask or never", name)
}

// pad is the touch sensor. Answers given ahead of a request are kept for it, in order, so that nobody has to hit the moment.
type pad struct {
	asked func(authenticator.Prompt) // told of each wait under TouchAsk; may be nil

	mu      sync.Mutex
	policy  TouchPolicy
	answers []error       // nil: a touch
	waiting int           // requests that wait now
	touches int           // touches taken so far
	changed chan struct{} // closed and replaced at each change
}

func newPad(policy TouchPolicy, asked func(authenticator.Prompt)) *pad {
	return &pad{policy: policy, asked: asked, changed: make(chan struct{})}
}

// Wait implements [authenticator.Presence].
func (p *pad) Wait(ctx context.Context, prompt authenticator.Prompt) error {
	p.change(func() { p.waiting++ })
	defer p.change(func() { p.waiting-- })
	told := false
	for {
		now := p.take()
		if now.answered {
			return now.answer
		}
		if now.ask && !told && p.asked != nil {
			told = true
			p.asked(prompt)
		}
		select {
		case <-now.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reading is what the pad says to a request at one moment.
type reading struct {
	answered bool
	answer   error           // if answered
	ask      bool            // whether somebody is to be asked
	changed  <-chan struct{} // closed when it is worth another look
}

func (p *pad) take() reading {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := reading{ask: p.policy == TouchAsk, changed: p.changed}
	switch {
	case p.policy == TouchAuto:
		r.answered = true
	case r.ask && len(p.answers) > 0:
		r.answered, r.answer = true, p.answers[0]
		p.answers = p.answers[1:]
	}
	if r.answered && r.answer == nil {
		p.touches++
	}
	return r
}

// change does what changes the pad and wakes all who wait on it.
func (p *pad) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *pad) answer(err error) {
	p.change(func() { p.answers = append(p.answers, err) })
}

func (p *pad) setPolicy(policy TouchPolicy) {
	p.change(func() { p.policy, p.answers = policy, nil })
}

func (p *pad) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.touches
}

func (p *pad) isWaiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting > 0
}

// await returns once a request waits for a touch.
func (p *pad) await(ctx context.Context) error {
	for {
		p.mu.Lock()
		waiting, changed := p.waiting > 0, p.changed
		p.mu.Unlock()
		if waiting {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("no request waits for a touch: %w", ctx.Err())
		}
	}
}
