package fido

import (
	"context"
	"slices"
	"time"

	"latchkey/fido/ceremony"
)

// pick lets the person choose one of several open keys by touching it. The others are
// closed; when it fails, all are.
func (k *Keys) pick(ctx context.Context, sessions []*session, prompter ceremony.Prompter) (*session, error) {
	if len(sessions) == 1 {
		return sessions[0], nil
	}
	notice := ceremony.TouchNotice{Purpose: ceremony.PurposePick}
	for _, s := range sessions {
		notice.Devices = append(notice.Devices, s.device)
	}
	done := prompter.Touch(ctx, notice)
	chosen, err := race(ctx, sessions)
	done()
	k.close(slices.DeleteFunc(slices.Clone(sessions), func(s *session) bool { return s == chosen })...)
	return chosen, err
}

// race returns the first key that is touched. It fails when ctx ends, or with the
// last key's error when none can be touched any more.
func race(ctx context.Context, sessions []*session) (*session, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type finish struct {
		s   *session
		err error
	}
	finishes := make(chan finish)
	for _, s := range sessions {
		go func() { finishes <- finish{s, s.awaitTouch(ctx)} }()
	}
	var chosen *session
	var err error
	for range sessions { // every one, so that no goroutine outlives the race
		f := <-finishes
		switch {
		case f.err == nil && chosen == nil:
			chosen = f.s
			stop()
		case chosen == nil:
			err = explain(f.err, f.s.device)
		}
	}
	if chosen != nil {
		return chosen, nil
	}
	return nil, err
}

// touchPoll is how long one look for a touch takes.
const touchPoll = 200 * time.Millisecond

// awaitTouch waits until the key is touched. When ctx ends before, the key is told to
// stop waiting, and its answer to that is read: another request would take it for
// its own.
func (s *session) awaitTouch(ctx context.Context) error {
	return s.run(ctx, untilEnd(ctx), nil, func() error {
		if err := s.key.touchBegin(); err != nil {
			return err
		}
		for {
			touched, err := s.key.touched(touchPoll)
			if touched || err != nil {
				return err
			}
		}
	})
}

// untilEnd is a timeout for calls that wait for a person: ctx's, and some to let
// cancelling be what ends them.
func untilEnd(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return defaultTimeout
	}
	return time.Until(deadline) + 2*cancelGrace
}
