// Package widgets are the parts that Latchkey's pages are put together from. They draw what they are told and report
// what a person did through callbacks; they hold no business logic. All of them follow the theme when it changes, and
// whatever can be tapped can be reached with Tab and worked with Enter or Space. Like Fyne's own, they may only be used
// on the UI goroutine.
package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"

	"latchkey/app/desktop/look"
)

// parts is a fyne.WidgetRenderer put together from functions, which keeps each widget to what is its own.
type parts struct {
	objects []fyne.CanvasObject
	min     func() fyne.Size
	layout  func(fyne.Size)
	paint   func() // sets colours and content from the theme and the widget's state
	owner   fyne.CanvasObject
}

func newParts(p parts) *parts {
	p.paint()
	return &p
}

func (p *parts) Objects() []fyne.CanvasObject { return p.objects }
func (p *parts) MinSize() fyne.Size           { return p.min() }
func (p *parts) Layout(size fyne.Size)        { p.layout(size) }
func (p *parts) Destroy()                     {}

func (p *parts) Refresh() {
	p.paint()
	p.layout(p.owner.Size())
	for _, object := range p.objects {
		object.Refresh()
	}
}

// place moves and resizes an object in one go.
func place(object fyne.CanvasObject, x, y, width, height float32) {
	object.Move(fyne.NewPos(x, y))
	object.Resize(fyne.NewSize(width, height))
}

// placeGround fills a size with a rectangle. Fyne centres a stroke on the edge, so a stroked one is a little smaller.
func placeGround(ground *canvas.Rectangle, size fyne.Size) {
	in := ground.StrokeWidth / 2
	place(ground, in, in, size.Width-2*in, size.Height-2*in)
}

// placeRingAround puts the focus ring a hair outside of something filled, where it stands out against the page.
func placeRingAround(ring *canvas.Rectangle, size fyne.Size) {
	const out = look.Focus
	place(ring, -out, -out, size.Width+2*out, size.Height+2*out)
}

// VStack lays objects out from top to bottom, a gap apart.
func VStack(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// HStack lays objects out from left to right, a gap apart.
func HStack(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(gap), objects...)
}

// Inset puts room around an object.
func Inset(top, bottom, left, right float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), object)
}

// AtLeast gives an object a least size; zero leaves a side to the object itself.
func AtLeast(width, height float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(atLeast{fyne.NewSize(width, height)}, object)
}

type atLeast struct{ size fyne.Size }

func (l atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.size.Max(objects[0].MinSize())
}

func (l atLeast) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, 0, size.Width, size.Height)
}

// Middle keeps an object at its least height, in the middle of the height that it is given.
func Middle(object fyne.CanvasObject) *fyne.Container {
	return container.New(middle{}, object)
}

type middle struct{}

func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := objects[0].MinSize().Height
	place(objects[0], 0, (size.Height-height)/2, size.Width, height)
}

// settle lays everything around an object out again after its least size has changed. Fyne does so by itself only where
// something has grown.
func settle(object fyne.CanvasObject) {
	canvas := fyne.CurrentApp().Driver().CanvasForObject(object)
	if canvas == nil {
		return // it is not shown
	}
	if top := canvas.Overlays().Top(); top != nil {
		top.Refresh()
	} else if content := canvas.Content(); content != nil {
		content.Refresh()
	}
}

// mix lays a share of one opaque colour over another.
func mix(under, over color.Color, share float32) color.Color {
	u, o := color.NRGBAModel.Convert(under).(color.NRGBA), color.NRGBAModel.Convert(over).(color.NRGBA)
	blend := func(a, b uint8) uint8 { return uint8(float32(a)*(1-share) + float32(b)*share) }
	return color.NRGBA{R: blend(u.R, o.R), G: blend(u.G, o.G), B: blend(u.B, o.B), A: u.A}
}

// faded is the colour with its opacity set, from 0 to 1.
func faded(c color.Color, opacity float32) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(opacity * 0xFF)
	return n
}

// newImage is an empty image that keeps its proportions.
func newImage() *canvas.Image {
	return &canvas.Image{FillMode: canvas.ImageFillContain}
}

// setFocusRing shows or hides the ring around what has the focus.
func setFocusRing(ring *canvas.Rectangle, focused bool, radius float32) {
	ring.FillColor = color.Transparent
	ring.StrokeColor = theme.Color(look.Accent)
	ring.StrokeWidth = look.Focus
	ring.CornerRadius = radius
	ring.Hidden = !focused
}
