package widgets

import (
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
)

// handClock is moved by hand.
type handClock struct {
	mu       sync.Mutex
	now      time.Time
	every    time.Duration
	ticks    chan time.Time
	released chan struct{}
}

func newHandClock() *handClock {
	return &handClock{now: time.Unix(1_800_000_000, 0), ticks: make(chan time.Time), released: make(chan struct{})}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) Tick(every time.Duration) (<-chan time.Time, func()) {
	c.every = every
	return c.ticks, func() { close(c.released) }
}

// pass moves the clock and returns what the ring wants done on the UI goroutine.
func (c *handClock) pass(d time.Duration, onUI <-chan func()) func() {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
	c.ticks <- c.Now()
	return <-onUI
}

func TestRingFollowsTheClock(t *testing.T) {
	clock, onUI := newHandClock(), make(chan func(), 1)
	ring := NewRing(look.ArtSecurityKey, clock, func(do func()) { onUI <- do }, false)
	window(t, look.Light, ring)
	var left time.Duration
	ring.OnLeft = func(d time.Duration) { left = d }
	ring.Start(30 * time.Second)
	if left != 30*time.Second || clock.every != 100*time.Millisecond {
		t.Fatalf("%v left at the start, a step each %v", left, clock.every)
	}
	clock.pass(6*time.Second, onUI)()
	if left != 24*time.Second || ring.rest() != 288 {
		t.Errorf("%v left, an angle of %v; want 24s and 288", left, ring.rest())
	}
	arc := test.WidgetRenderer(ring).Objects()[2].(*canvas.Arc)
	if arc.EndAngle != 288 {
		t.Errorf("the arc ends at %v, want 288", arc.EndAngle)
	}
	clock.pass(time.Minute, onUI)()
	if left != 0 || ring.rest() != 0 {
		t.Errorf("%v left after the end", left)
	}

	late := clock.pass(time.Second, onUI)
	ring.Succeed()
	<-clock.released
	left = -1
	late()
	if left != -1 {
		t.Error("a step came after the ring was stopped")
	}
	if ring.rest() != 360 {
		t.Errorf("an angle of %v after success, want 360", ring.rest())
	}
	ring.Stop() // a second time does nothing
}

func TestRingStandsStillWithoutAnimations(t *testing.T) {
	clock, onUI := newHandClock(), make(chan func(), 1)
	ring := NewRing(look.ArtSecurityKey, clock, func(do func()) { onUI <- do }, true)
	window(t, look.Dark, ring)
	ring.Start(30 * time.Second)
	defer ring.Stop()
	breath := ring.breath
	clock.pass(800*time.Millisecond, onUI)()
	if clock.every != time.Second || ring.breath != breath {
		t.Errorf("a step each %v, breath from %v to %v", clock.every, breath, ring.breath)
	}
}

func TestBreathSwingsBetweenItsEnds(t *testing.T) {
	for passed, want := range map[time.Duration]float32{0: 0.55, 1600 * time.Millisecond: 0.15, 3200 * time.Millisecond: 0.55} {
		if got := breathAt(passed); got < want-0.001 || got > want+0.001 {
			t.Errorf("after %v: %v, want %v", passed, got, want)
		}
	}
}
