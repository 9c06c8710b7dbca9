package widgets

import (
	"fmt"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"latchkey/app/desktop/look"
)

// Rail is the strip on the left: the brand, then either the pages or the steps of the first run, and at the foot who is
// signed in.
type Rail struct {
	*fyne.Container
	middle *fyne.Container
	foot   *fyne.Container
	items  []*RailItem
}

const (
	railPad     = 24 // brand and chip from the left edge
	railItemPad = 12
	brandSide   = 32
)

// NewRail makes a rail with nothing but the brand.
func NewRail(brand string) *Rail {
	logo := newSurface(surfaceSpec{fill: look.Accent, radius: look.RadiusControl},
		AtLeast(brandSide, brandSide, NewIcon(look.IconBrandKey, look.IconTile, look.OnAccent)))
	r := &Rail{middle: VStack(4), foot: container.NewStack()}
	top := VStack(look.SectionGap,
		Inset(40, 0, railPad, 0, HStack(12, logo, NewText(brand, Subtitle))),
		r.middle)
	edge := line(look.Border, 0)
	body := container.New(railLayout{}, container.NewBorder(top, r.foot, nil, nil), edge)
	r.Container = container.NewStack(newSurface(surfaceSpec{fill: look.Rail}, AtLeast(look.RailWidth, 0, body)))
	return r
}

// railLayout gives the first object everything and draws the second over its right edge.
type railLayout struct{}

func (railLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (railLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, 0, size.Width, size.Height)
	place(objects[1], size.Width-look.Border, 0, look.Border, size.Height)
}

// SetItems shows pages to go to.
func (r *Rail) SetItems(items ...*RailItem) {
	r.items = items
	r.middle.Objects = nil
	for _, item := range items {
		r.middle.Add(Inset(0, 0, railItemPad, railItemPad, item))
	}
	r.middle.Refresh()
}

// Select marks the item of that name as the page that is open.
func (r *Rail) Select(label string) {
	for _, item := range r.items {
		item.selected = item.label == label
		item.Refresh()
	}
}

// Holds tells whether the focus is on one of the items.
func (r *Rail) Holds(focused fyne.Focusable) bool {
	item, ok := focused.(*RailItem)
	return ok && slices.Contains(r.items, item)
}

// SetSteps shows the steps of the first run in place of pages; current counts from 0.
func (r *Rail) SetSteps(current int, steps ...string) {
	r.items = nil
	r.middle.Objects = nil
	for i, step := range steps {
		row := HStack(12, newStepMark(i, current), NewText(step, stepStyle(i, current)))
		r.middle.Add(Inset(0, 0, railPad, railItemPad, AtLeast(0, look.ControlHeight-4, row)))
	}
	r.middle.Refresh()
}

func stepStyle(step, current int) Style {
	if step == current {
		return Strong.In(look.SecondText)
	}
	return Second
}

// newStepMark is a number in a circle: filled for the current step, a check for one that is done.
func newStepMark(step, current int) fyne.CanvasObject {
	const side = 24
	spec := surfaceSpec{fill: look.None, stroke: look.EntryBorder, width: look.Border, radius: side / 2}
	var content fyne.CanvasObject = NewText(fmt.Sprint(step+1), Section).Centred()
	switch {
	case step < current:
		spec = surfaceSpec{fill: look.AccentTint, radius: side / 2}
		content = NewIcon(look.IconCheck, look.IconSmall, look.OnAccentTint)
	case step == current:
		spec = surfaceSpec{fill: look.Accent, radius: side / 2}
		content = NewText(fmt.Sprint(step+1), Label.In(look.OnAccent)).Centred()
	}
	return Middle(newSurface(spec, AtLeast(side, side, content)))
}

// SetAccount shows at the foot who is signed in, or which computer this is, and whether there is a network.
func (r *Rail) SetAccount(avatar *Avatar, name string, state fyne.Resource, stateText string, tone fyne.ThemeColorName) {
	second := HStack(4, NewIcon(state, look.IconSmall, tone), NewText(stateText, Caption))
	lines := container.New(middle{}, VStack(0, NewClipped(name, Strong), second))
	chip := container.New(chipLayout{}, avatar, lines)
	r.foot.Objects = []fyne.CanvasObject{VStack(0, NewRule(), chip)}
	r.foot.Refresh()
}

// chipLayout sets an avatar beside two lines, which give way when a name is long.
type chipLayout struct{}

const chipHeight = 72

func (chipLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, chipHeight-look.Border)
}

func (chipLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const textAt = railPad + avatarSide + 12
	place(objects[0], railPad, 0, avatarSide, size.Height)
	place(objects[1], textAt, 0, size.Width-textAt-railItemPad, size.Height)
}

// RailItem is a page that the rail leads to.
type RailItem struct {
	control
	label    string
	icon     fyne.Resource
	selected bool
}

// NewRailItem makes an item; open is called when a person chooses it.
func NewRailItem(icon fyne.Resource, label string, open func()) *RailItem {
	i := &RailItem{label: label, icon: icon}
	i.extend(i, open)
	return i
}

// Selected tells whether its page is the one that is open.
func (i *RailItem) Selected() bool { return i.selected }

// Label is the name of its page.
func (i *RailItem) Label() string { return i.label }

// CreateRenderer is part of fyne.Widget.
func (i *RailItem) CreateRenderer() fyne.WidgetRenderer {
	ground, ring, image, words := &canvas.Rectangle{}, &canvas.Rectangle{}, newImage(), &canvas.Text{}
	return newParts(parts{
		owner:   i,
		objects: []fyne.CanvasObject{ground, ring, image, words},
		min:     func() fyne.Size { return fyne.NewSize(0, look.ControlHeight) },
		layout: func(size fyne.Size) {
			place(ground, 0, 0, size.Width, size.Height)
			placeGround(ring, size)
			place(image, 12, (size.Height-look.IconInRow)/2, look.IconInRow, look.IconInRow)
			place(words, 44, -opticalRise, size.Width-44, size.Height)
		},
		paint: func() {
			front := fyne.ThemeColorName(look.SecondText)
			ground.FillColor = color.Transparent
			ground.CornerRadius = look.RadiusControl
			switch {
			case i.selected:
				front = look.OnAccentTint
				ground.FillColor = theme.Color(look.AccentTint)
			case i.hovered:
				ground.FillColor = mix(theme.Color(look.Rail), theme.Color(look.Text), 0.05)
			}
			setFocusRing(ring, i.focused, look.RadiusControl)
			image.Resource = look.Tinted(i.icon, front)
			setText(words, i.label, weighted(i.selected).In(front))
		},
	})
}

// NewShell puts the rail beside the place where pages are shown.
func NewShell(rail *Rail, pages fyne.CanvasObject) fyne.CanvasObject {
	ground := newSurface(surfaceSpec{fill: look.Page}, pages)
	return container.New(shellLayout{}, rail.Container, ground)
}

type shellLayout struct{}

func (shellLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	rail, page := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(look.RailWidth+page.Width, max(rail.Height, page.Height))
}

func (shellLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, 0, look.RailWidth, size.Height)
	place(objects[1], look.RailWidth, 0, size.Width-look.RailWidth, size.Height)
}
