package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"latchkey/app/desktop/look"
)

// Button is something to press that is labelled with a verb. Fyne's own button blends its hover and focus colours over
// its fill, which our opaque palette does not allow.
type Button struct {
	control
	label string
	busy  string // stands in for the label while the work is under way
	icon  fyne.Resource
	kind  buttonKind
}

type buttonKind struct {
	fill, front, stroke fyne.ThemeColorName
	pad                 float32 // on either side of the words
	small               bool    // for the line below an entry
}

var (
	primary   = buttonKind{fill: look.Accent, front: look.OnAccent, pad: 17}
	secondary = buttonKind{fill: look.Card, front: look.Text, stroke: look.ButtonBorder, pad: 17}
	danger    = buttonKind{fill: look.DangerFill, front: look.OnDangerFill, pad: 17}
	link      = buttonKind{front: look.Accent}
	smallLink = buttonKind{front: look.Accent, small: true}
	plain     = buttonKind{front: look.SecondText, pad: 10}
)

func (k buttonKind) style() Style {
	if k.small {
		return Label
	}
	return Strong
}

func (k buttonKind) height() float32 {
	if k.small {
		return look.BadgeHeight
	}
	return look.ControlHeight
}

const (
	iconGap = 8 // between icon and words
	iconAir = 4 // what an icon has around it anyway, and so may come closer to the edge
)

// NewPrimary makes the one button of a page that says what the page is for.
func NewPrimary(label string, press func()) *Button { return newButton(primary, label, nil, press) }

// NewPrimaryIcon makes a primary button with an icon before its label.
func NewPrimaryIcon(icon fyne.Resource, label string, press func()) *Button {
	return newButton(primary, label, icon, press)
}

// NewSecondary makes a button with a border.
func NewSecondary(label string, press func()) *Button { return newButton(secondary, label, nil, press) }

// NewDanger makes a button for what cannot be undone.
func NewDanger(label string, press func()) *Button { return newButton(danger, label, nil, press) }

// NewLink makes a button that looks like a link. It is as high as any other, so that it is as easy to hit.
func NewLink(label string, press func()) *Button { return newButton(link, label, nil, press) }

// NewSmallLink makes a link for the line of a hint.
func NewSmallLink(label string, press func()) *Button { return newButton(smallLink, label, nil, press) }

// NewIconButton makes a square button of nothing but an icon.
func NewIconButton(icon fyne.Resource, press func()) *Button {
	return newButton(plain, "", icon, press)
}

func newButton(kind buttonKind, label string, icon fyne.Resource, press func()) *Button {
	b := &Button{label: label, icon: icon, kind: kind}
	b.extend(b, func() {
		if b.busy == "" && press != nil {
			press()
		}
	})
	return b
}

// Label is what the button says, or what it says it is doing.
func (b *Button) Label() string {
	if b.busy != "" {
		return b.busy
	}
	return b.label
}

// SetBusy shows what the button is doing in place of its label and ignores presses; the empty string ends that. The
// focus stays, so that a keyboard user is where they were when the work is done.
func (b *Button) SetBusy(doing string) {
	b.busy = doing
	b.Refresh()
}

// SetIcon changes the icon.
func (b *Button) SetIcon(icon fyne.Resource) {
	b.icon = icon
	b.Refresh()
}

// MinSize is the room for icon and label, 40 high.
func (b *Button) MinSize() fyne.Size {
	width := 2 * b.kind.pad
	if b.icon != nil {
		width += look.IconInRow
	}
	if b.Label() != "" {
		width += b.kind.style().width(b.Label())
	}
	if b.icon != nil && b.Label() != "" {
		width += iconGap - iconAir
	}
	return fyne.NewSize(width, b.kind.height())
}

// CreateRenderer is part of fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	ground, ring, image := &canvas.Rectangle{}, &canvas.Rectangle{}, newImage()
	words := &canvas.Text{}
	return newParts(parts{
		owner:   b,
		objects: []fyne.CanvasObject{ground, ring, image, words},
		min:     b.MinSize,
		layout: func(size fyne.Size) {
			placeGround(ground, size)
			b.placeRing(ring, size)
			wide, inner := b.kind.style().width(b.Label()), b.MinSize().Width-2*b.kind.pad
			x := (size.Width - inner) / 2
			place(words, x+inner-wide, -opticalRise, wide, size.Height)
			if b.label != "" {
				x -= iconAir
			}
			place(image, x, (size.Height-look.IconInRow)/2, look.IconInRow, look.IconInRow)
		},
		paint: func() {
			fill, front := b.colours()
			ground.FillColor = fill
			ground.CornerRadius = look.RadiusControl
			ground.StrokeWidth = 0
			if b.kind.stroke != "" {
				ground.StrokeColor, ground.StrokeWidth = theme.Color(b.kind.stroke), look.Border
			}
			setFocusRing(ring, b.focused, look.RadiusControl+look.Focus)
			image.Hidden = b.icon == nil
			if b.icon != nil {
				image.Resource = look.Tinted(b.icon, front)
			}
			setText(words, b.Label(), b.kind.style().In(front))
		},
	})
}

// placeRing puts the focus ring a hair outside a filled button and close around the words of a link.
func (b *Button) placeRing(ring *canvas.Rectangle, size fyne.Size) {
	switch b.kind {
	case link:
		place(ring, -6, 5, size.Width+12, size.Height-10)
	case smallLink:
		place(ring, -4, 0, size.Width+8, size.Height)
	case plain:
		place(ring, 2, 2, size.Width-4, size.Height-4)
	default:
		placeRingAround(ring, size)
	}
}

func (b *Button) colours() (fill color.Color, front fyne.ThemeColorName) {
	filled := b.kind.fill != ""
	front = b.kind.front
	switch {
	case b.Disabled() || b.busy != "":
		front = look.Placeholder
		if filled {
			return theme.Color(look.Tile), front
		}
	case filled && b.hovered:
		return mix(theme.Color(b.kind.fill), theme.Color(front), 0.08), front
	case filled:
		return theme.Color(b.kind.fill), front
	case b.hovered && b.kind == plain:
		return theme.Color(look.Hover), front
	}
	return color.Transparent, front
}
