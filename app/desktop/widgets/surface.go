package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Surface is a filled, rounded rectangle behind some content.
type Surface struct {
	widget.BaseWidget
	spec    surfaceSpec
	content fyne.CanvasObject
}

type surfaceSpec struct {
	fill, stroke fyne.ThemeColorName
	width        float32 // of the stroke
	radius       float32
	bottomOnly   bool // round the lower corners only
}

func newSurface(spec surfaceSpec, content fyne.CanvasObject) *Surface {
	s := &Surface{spec: spec, content: content}
	s.ExtendBaseWidget(s)
	return s
}

// NewCard makes a card with the usual room around its content.
func NewCard(content fyne.CanvasObject) *Surface {
	return newSurface(cardSpec, Inset(look.CardPad, look.CardPad, look.CardPad, look.CardPad, content))
}

// NewRowCard makes a card of rows, which bring their own room. Between them stand lines, inset to where text begins.
func NewRowCard(inset float32, rows ...fyne.CanvasObject) *Surface {
	return newSurface(cardSpec, Inset(look.Border, look.Border, look.Border, look.Border, ruled(inset, rows)))
}

// NewTile makes the square that an icon stands on.
func NewTile(icon fyne.Resource) *Surface {
	return tile(icon, look.Tile, look.SecondText)
}

// NewTintedTile makes a tile in the colours of a tone.
func NewTintedTile(icon fyne.Resource, tone Tone) *Surface {
	return tile(icon, tone.ground, tone.front)
}

func tile(icon fyne.Resource, fill, front fyne.ThemeColorName) *Surface {
	return newSurface(surfaceSpec{fill: fill, radius: look.RadiusControl},
		AtLeast(look.TileSize, look.TileSize, NewIcon(icon, look.IconTile, front)))
}

// NewPanel makes the quiet box that says what a dialog is about, or frames a picture.
func NewPanel(content fyne.CanvasObject) *Surface {
	return newSurface(surfaceSpec{fill: look.Tile, radius: look.RadiusControl}, content)
}

var cardSpec = surfaceSpec{fill: look.Card, stroke: look.Line, width: look.Border, radius: look.RadiusCard}

// CreateRenderer is part of fyne.Widget.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	ground := &canvas.Rectangle{}
	return newParts(parts{
		owner:   s,
		objects: []fyne.CanvasObject{ground, s.content},
		min:     s.content.MinSize,
		layout: func(size fyne.Size) {
			placeGround(ground, size)
			place(s.content, 0, 0, size.Width, size.Height)
		},
		paint: func() { s.spec.apply(ground) },
	})
}

func (s surfaceSpec) apply(to *canvas.Rectangle) {
	to.FillColor = theme.Color(s.fill)
	to.StrokeWidth = s.width
	if s.width > 0 {
		to.StrokeColor = theme.Color(s.stroke)
	}
	if s.bottomOnly {
		to.BottomLeftCornerRadius, to.BottomRightCornerRadius = s.radius, s.radius
	} else {
		to.CornerRadius = s.radius
	}
}

// NewRule makes a line across, one unit high.
func NewRule() *Surface { return line(0, look.Border) }

// NewDivider makes an upright line between two things that stand side by side.
func NewDivider(height float32) *fyne.Container {
	return Middle(line(look.Border, height))
}

func line(width, height float32) *Surface {
	return newSurface(surfaceSpec{fill: look.Line}, AtLeast(width, height, container.NewWithoutLayout()))
}

// ruled stacks rows and draws a line over each boundary but the last, where a tinted footer needs none.
func ruled(inset float32, rows []fyne.CanvasObject) fyne.CanvasObject {
	objects := append([]fyne.CanvasObject{}, rows...)
	for range len(rows) - 1 {
		objects = append(objects, NewRule())
	}
	return container.New(ruledLayout{inset: inset, rows: len(rows)}, objects...)
}

type ruledLayout struct {
	inset float32
	rows  int
}

func (l ruledLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, row := range objects[:l.rows] {
		least := row.MinSize()
		size = fyne.NewSize(max(size.Width, least.Width), size.Height+least.Height)
	}
	return size
}

func (l ruledLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var y float32
	for i, row := range objects[:l.rows] {
		if i > 0 {
			inset := l.inset
			if _, footer := row.(*Footer); footer {
				inset = 0
			}
			place(objects[l.rows+i-1], inset, y, size.Width-inset, look.Border)
		}
		height := row.MinSize().Height
		place(row, 0, y, size.Width, height)
		y += height
	}
}
