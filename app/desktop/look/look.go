// Package look is what Latchkey looks like: its palette in light and dark, its type and sizes, its icons and
// pictures. Everything here is data or follows from it; the widgets are built upon it next door.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Choice says which of the two themes a person wants to see.
type Choice string

// The choices that Settings offers. System follows the desktop and is the zero value.
const (
	System Choice = ""
	Light  Choice = "light"
	Dark   Choice = "dark"
)

// Spacing and shape, in Fyne's units: one pixel at scale 1.
const (
	RailWidth    = 200 // the rail on the left
	ColumnWidth  = 680 // the one content column of a page
	FocusedWidth = 376 // the column of sign-in and its like
	SetupWidth   = 520 // the column of first run
	DialogWidth  = 448

	Gap        = 8  // the grid that spacing sits on
	CardGap    = 16 // between cards
	SectionGap = 24 // between sections
	CardPad    = 24 // inside a card
	RowPad     = 16 // inside a row

	RadiusCard    = 12
	RadiusControl = 8

	Border = 1
	Focus  = 2 // the focus ring and the border of what is selected

	ControlHeight = 40 // buttons, entries, rail items
	SmallHeight   = 32 // chips
	BadgeHeight   = 24
	KeyRowHeight  = 64
	RowHeight     = 56

	IconSmall = 16 // badges, states
	IconInRow = 20 // rail, buttons, rows
	IconTile  = 24
	TileSize  = 40
)

// Theme is Latchkey's fyne.Theme.
type Theme struct {
	fyne.Theme // Fyne's own fonts and icons
	choice     Choice
}

// New returns the theme for a person's choice.
func New(choice Choice) *Theme {
	return &Theme{Theme: theme.DefaultTheme(), choice: choice}
}

// Color looks a role up in the palette. A name that the palette does not know is Fyne's to answer.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch t.choice {
	case Light:
		variant = theme.VariantLight
	case Dark:
		variant = theme.VariantDark
	}
	if role, ok := sameAs[name]; ok {
		name = role
	}
	pair, ok := palette[name]
	switch {
	case !ok:
		return t.Theme.Color(name, variant)
	case variant == theme.VariantDark:
		return pair.dark
	default:
		return pair.light
	}
}

// sizes are the measures that Fyne's own widgets follow. Inner padding 10 makes an entry 39 high, one short of ours.
var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNameText:            14,
	theme.SizeNameCaptionText:     12,
	theme.SizeNameSubHeadingText:  16,
	theme.SizeNameHeadingText:     24,
	theme.SizeNameInnerPadding:    10,
	theme.SizeNameInlineIcon:      IconInRow,
	theme.SizeNameInputRadius:     RadiusControl,
	theme.SizeNameSelectionRadius: RadiusControl,
	theme.SizeNameScrollBarSmall:  4,
}

// Size is the theme's measure for a name, Fyne's own where Latchkey has no opinion.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if size, ok := sizes[name]; ok {
		return size
	}
	return t.Theme.Size(name)
}
