package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Option is one of the things that a person can choose among with cards.
type Option struct {
	Picture look.Art
	Title   string
	Text    string
	Badges  []fyne.CanvasObject
	// Pending says that it is not known yet whether it can be chosen; empty when it is.
	Pending string
	// Unavailable says why it cannot be chosen and what to do first; empty when it can.
	Unavailable string
}

// ChoiceCard is a large card that shows one option.
type ChoiceCard struct {
	control
	title    string
	selected bool
	mark     *Icon
	content  *fyne.Container
}

const (
	choiceHeight  = 368
	pictureHeight = 128
)

// NewChoiceCard makes a card of a width; choose is called when a person chooses it.
func NewChoiceCard(option Option, width float32, choose func()) *ChoiceCard {
	c := &ChoiceCard{title: option.Title, mark: NewIcon(look.IconCheckCircle, look.IconTile, look.Accent)}
	inner := width - 2*look.CardPad
	available := option.Unavailable == "" && option.Pending == ""
	titleStyle, ground := Subtitle, fyne.ThemeColorName(look.AccentTint)
	foot := fyne.CanvasObject(HStack(look.Gap, option.Badges...))
	if !available {
		titleStyle, ground = Subtitle.In(look.SecondText), look.Tile
		foot = NewText(option.Pending, Second)
	}
	if option.Unavailable != "" {
		foot = Inset(look.RowPad, 0, 0, 0, NewNotice(Advice, option.Unavailable, inner))
	}
	frame := newSurface(surfaceSpec{fill: ground, radius: look.RadiusControl},
		AtLeast(inner, pictureHeight, NewArt(option.Picture, !available)))
	title := container.NewBorder(nil, nil, nil, c.mark, NewText(option.Title, titleStyle))
	top := VStack(look.CardPad, frame, VStack(4, title, NewParagraph(option.Text, Second, inner)))
	c.content = Inset(look.CardPad, look.CardPad, look.CardPad, look.CardPad, container.NewBorder(nil, foot, nil, nil, top))
	c.mark.Hide()
	c.extend(c, choose)
	if !available {
		c.Disable()
	}
	return c
}

// Label is what the card offers.
func (c *ChoiceCard) Label() string { return c.title }

// Select marks the card as the chosen one, or not.
func (c *ChoiceCard) Select(selected bool) {
	c.selected = selected
	c.mark.Hidden = !selected
	c.Refresh()
}

// Selected tells whether the card is the chosen one.
func (c *ChoiceCard) Selected() bool { return c.selected }

// CreateRenderer is part of fyne.Widget.
func (c *ChoiceCard) CreateRenderer() fyne.WidgetRenderer {
	ground, ring := &canvas.Rectangle{}, &canvas.Rectangle{}
	return newParts(parts{
		owner:   c,
		objects: []fyne.CanvasObject{ground, ring, c.content},
		min: func() fyne.Size {
			return c.content.MinSize().Max(fyne.NewSize(0, choiceHeight))
		},
		layout: func(size fyne.Size) {
			placeGround(ground, size)
			placeRingAround(ring, size)
			place(c.content, 0, 0, size.Width, size.Height)
		},
		paint: func() {
			cardSpec.apply(ground)
			switch {
			case c.Disabled():
				ground.FillColor = color.Transparent
			case c.selected:
				ground.StrokeColor, ground.StrokeWidth = theme.Color(look.Accent), look.Focus
			case c.hovered:
				ground.StrokeColor = theme.Color(look.EntryBorder)
			}
			setFocusRing(ring, c.focused, look.RadiusCard+look.Focus)
		},
	})
}

// Chip is a small rounded button that is either on or off: one of a few things to choose among.
type Chip struct {
	control
	label string
	on    bool
}

// Chips are a row of chips of which one is on.
type Chips struct {
	widget.BaseWidget
	row   *fyne.Container
	chips []*Chip
}

// NewChips makes the row; choose is called with the index of the chip that a person presses, which is on by then.
func NewChips(on int, choose func(int), labels ...string) *Chips {
	c := &Chips{row: HStack(look.Gap)}
	for i, label := range labels {
		chip := &Chip{label: label, on: i == on}
		chip.extend(chip, func() {
			c.Select(i)
			choose(i)
		})
		c.chips = append(c.chips, chip)
		c.row.Add(chip)
	}
	c.ExtendBaseWidget(c)
	return c
}

// Select puts one chip on and the others off.
func (c *Chips) Select(on int) {
	for i, chip := range c.chips {
		chip.on = i == on
		chip.Refresh()
	}
}

// Disable makes them deaf to presses, for while it is not known which one is on.
func (c *Chips) Disable() {
	for _, chip := range c.chips {
		chip.Disable()
	}
}

// Enable undoes Disable.
func (c *Chips) Enable() {
	for _, chip := range c.chips {
		chip.Enable()
	}
}

// CreateRenderer is part of fyne.Widget.
func (c *Chips) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.row) }

// Label is what the chip says.
func (c *Chip) Label() string { return c.label }

// On tells whether the chip is the chosen one.
func (c *Chip) On() bool { return c.on }

// CreateRenderer is part of fyne.Widget.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	const pad = 13
	ground, ring, words := &canvas.Rectangle{}, &canvas.Rectangle{}, &canvas.Text{Alignment: fyne.TextAlignCenter}
	return newParts(parts{
		owner:   c,
		objects: []fyne.CanvasObject{ground, ring, words},
		min: func() fyne.Size { // as wide as the bold label, so that choosing moves nothing
			return fyne.NewSize(Strong.width(c.label)+2*pad, look.SmallHeight)
		},
		layout: func(size fyne.Size) {
			placeGround(ground, size)
			placeRingAround(ring, size)
			place(words, 0, -opticalRise, size.Width, size.Height)
		},
		paint: func() {
			spec := surfaceSpec{fill: look.Card, stroke: look.ButtonBorder, width: look.Border, radius: look.SmallHeight / 2}
			front := fyne.ThemeColorName(look.SecondText)
			switch {
			case c.on:
				spec, front = surfaceSpec{fill: look.AccentTint, radius: look.SmallHeight / 2}, look.OnAccentTint
			case c.Disabled():
				front = look.Placeholder
			case c.hovered:
				spec.fill = look.Hover
			}
			spec.apply(ground)
			setFocusRing(ring, c.focused, look.SmallHeight/2+look.Focus)
			setText(words, c.label, weighted(c.on).In(front))
		},
	})
}
