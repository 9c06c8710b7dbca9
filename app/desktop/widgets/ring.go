package widgets

import (
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Clock is where the ring has its time from.
type Clock interface {
	Now() time.Time
	// Tick sends the time every so often until release is called.
	Tick(every time.Duration) (ticks <-chan time.Time, release func())
}

// SystemClock is the computer's clock.
type SystemClock struct{}

// Now is part of Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// Tick is part of Clock.
func (SystemClock) Tick(every time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(every)
	return ticker.C, ticker.Stop
}

// Ring is the circle around the picture of what is to be touched that closes as the time for a touch runs out.
type Ring struct {
	widget.BaseWidget
	// OnLeft, if set, is called with the time that is left whenever the ring moves.
	OnLeft func(left time.Duration)

	picture  look.Art
	clock    Clock
	onUI     func(func()) // runs a function on the UI goroutine, without waiting for it
	still    bool         // the person wants no motion: only the clock steps
	total    time.Duration
	started  time.Time
	left     time.Duration
	breath   float32 // opacity of the circle around the sensor, 0 for none
	done     bool    // closed in the colour of success
	stop     chan struct{}
	finished chan struct{}
}

const (
	ringSide   = 256
	ringStroke = 6
	breathTime = 1600 * time.Millisecond
	smoothStep = 100 * time.Millisecond
	stillStep  = time.Second
)

// NewRing makes a ring at rest around a picture. onUI has to run what it is given on the UI goroutine, as fyne.Do does. still is the
// opposite of fyne.Settings.ShowAnimations.
func NewRing(picture look.Art, clock Clock, onUI func(func()), still bool) *Ring {
	r := &Ring{picture: picture, clock: clock, onUI: onUI, still: still}
	r.ExtendBaseWidget(r)
	return r
}

// Start lets the ring run for a time. A goroutine moves it until Stop is called; whoever starts a ring stops it.
func (r *Ring) Start(total time.Duration) {
	r.Stop()
	step := smoothStep
	if r.still {
		step = stillStep
	}
	r.total, r.started, r.done = total, r.clock.Now(), false
	ticks, release := r.clock.Tick(step)
	stop, finished := make(chan struct{}), make(chan struct{})
	r.stop, r.finished = stop, finished
	r.move(stop)
	go func() {
		defer close(finished)
		defer release()
		for {
			select {
			case <-stop:
				return
			case <-ticks:
				r.onUI(func() { r.move(stop) })
			}
		}
	}()
}

// Stop ends the motion and waits for the goroutine. A ring that is not running stays as it is.
func (r *Ring) Stop() {
	if r.stop == nil {
		return
	}
	close(r.stop)
	<-r.finished
	r.stop, r.finished = nil, nil
}

// Succeed stops the ring and closes it in the colour of success.
func (r *Ring) Succeed() {
	r.Stop()
	r.done = true
	r.Refresh()
}

// move brings the ring to where the clock is. A step that was under way when its run was stopped comes too late.
func (r *Ring) move(run chan struct{}) {
	if r.stop != run {
		return
	}
	passed := r.clock.Now().Sub(r.started)
	r.left = max(r.total-passed, 0)
	r.breath = 0.55
	if !r.still {
		r.breath = breathAt(passed)
	}
	if r.OnLeft != nil {
		r.OnLeft(r.left)
	}
	r.Refresh()
}

// breathAt swings from 55 % to 15 % within breathTime and back, slow at both ends.
func breathAt(passed time.Duration) float32 {
	swing := math.Cos(math.Pi * float64(passed) / float64(breathTime))
	return float32(0.35 + 0.20*swing)
}

// rest is the angle that is left, in degrees.
func (r *Ring) rest() float32 {
	if r.done {
		return 360
	}
	if r.total == 0 {
		return 0
	}
	return 360 * float32(r.left) / float32(r.total)
}

// CreateRenderer is part of fyne.Widget.
func (r *Ring) CreateRenderer() fyne.WidgetRenderer {
	const cutout = 1 - ringStroke/float32(ringSide/2)
	ground := &canvas.Circle{}
	track := &canvas.Arc{StartAngle: 0, EndAngle: 360, CutoutRatio: cutout}
	rest := &canvas.Arc{CutoutRatio: cutout, CornerRadius: ringStroke / 2}
	halo := &canvas.Circle{FillColor: color.Transparent, StrokeWidth: 2}
	picture, sensor := NewArt(r.picture, false), r.picture.SensorRadius
	return newParts(parts{
		owner:   r,
		objects: []fyne.CanvasObject{ground, track, rest, picture, halo},
		min:     func() fyne.Size { return fyne.NewSquareSize(ringSide) },
		layout: func(size fyne.Size) {
			x, y := (size.Width-ringSide)/2, (size.Height-ringSide)/2
			for _, object := range []fyne.CanvasObject{ground, track, rest, picture} {
				place(object, x, y, ringSide, ringSide)
			}
			place(halo, x+ringSide/2-sensor, y+ringSide/2-r.picture.SensorUp-sensor, 2*sensor, 2*sensor)
		},
		paint: func() {
			ground.FillColor = theme.Color(look.Card)
			track.FillColor = theme.Color(look.Line)
			rest.FillColor = theme.Color(look.Accent)
			if r.done {
				rest.FillColor = theme.Color(look.Success)
			}
			rest.EndAngle = r.rest()
			halo.StrokeColor = faded(theme.Color(look.KeyLightGold), r.breath)
			halo.Hidden = sensor == 0 || r.done || r.stop == nil
		},
	})
}
