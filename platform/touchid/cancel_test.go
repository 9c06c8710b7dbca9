package touchid

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/fido/ceremony"
)

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, again := time.After(10*time.Second), time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("never: %s", what)
		case <-again.C:
		}
	}
}

func shows(m *mac) func() bool {
	return func() bool { return get(m, func(m *mac) bool { return m.showing == 1 }) }
}

func TestCancelTakesTheDialogueAway(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := a.Assert(ctx, assertion(id), new(person))
		ended <- err
	}()
	eventually(t, "a dialogue shows", shows(m))
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	m.leaves(t, 1)
	if got := get(m, func(m *mac) int { return m.canceled }); got != 1 {
		t.Errorf("cancelled %d times", got)
	}
}

func TestTimeoutTakesTheDialogueAway(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	request := assertion(id)
	request.Options.Timeout = 20 // milliseconds
	_, err := a.Assert(t.Context(), request, new(person))
	if !errors.Is(err, ceremony.ErrTimeout) {
		t.Errorf("ended with %v", err)
	}
	m.leaves(t, 1)
}

func TestASignatureInTimeIsNotCancelled(t *testing.T) {
	a, m := fresh(t)
	enrol(t, a, m)
	if got := get(m, func(m *mac) int { return m.canceled }); got != 0 {
		t.Errorf("cancelled %d times", got)
	}
}

func TestOneFingerIsAskedForAtATime(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	first := make(chan error)
	go func() {
		_, err := a.Assert(t.Context(), assertion(id), new(person))
		first <- err
	}()
	eventually(t, "a dialogue shows", shows(m))

	second := assertion(id)
	second.Options.Timeout = 20 // milliseconds, in which its turn does not come
	if _, err := a.Assert(t.Context(), second, new(person)); !errors.Is(err, ceremony.ErrTimeout) {
		t.Errorf("the second ended with %v", err)
	}
	m.touch()
	if err := <-first; err != nil {
		t.Errorf("the first ended with %v", err)
	}
	if top, asked := get(m, func(m *mac) int { return m.top }), get(m, func(m *mac) int { return len(m.reasons) }); top != 1 || asked != 2 {
		t.Errorf("asked %d times, with %d dialogues at once", asked, top)
	}
	m.leaves(t, 1)
}

func TestEndedContextAsksNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newChip("Touch ID", func() (system, error) {
		t.Error("opened")
		return nil, errNotAMac
	})
	if err := c.Probe(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("probed: %v", err)
	}
	if _, _, err := c.Generate(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("generated: %v", err)
	}
	if err := c.Forget(ctx, []byte(tagPrefix)); !errors.Is(err, context.Canceled) {
		t.Errorf("forgot: %v", err)
	}
}
