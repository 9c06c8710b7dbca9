package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The roles that a colour can play. Where Fyne has a name for the role we use Fyne's, so that its own widgets
// (entries, menus, scroll bars) follow the palette too.
const (
	Page         = theme.ColorNameBackground
	Card         = theme.ColorNameInputBackground
	Line         = theme.ColorNameSeparator
	ButtonBorder = theme.ColorNameScrollBar
	EntryBorder  = theme.ColorNameInputBorder
	Text         = theme.ColorNameForeground
	Placeholder  = theme.ColorNamePlaceHolder
	Hover        = theme.ColorNameHover
	Accent       = theme.ColorNamePrimary
	OnAccent     = theme.ColorNameForegroundOnPrimary
	AccentTint   = theme.ColorNameSelection
	Success      = theme.ColorNameSuccess
	Warning      = theme.ColorNameWarning
	Danger       = theme.ColorNameError

	Rail         fyne.ThemeColorName = "rail"
	SecondText   fyne.ThemeColorName = "secondText"
	OnAccentTint fyne.ThemeColorName = "onAccentTint"
	SuccessTint  fyne.ThemeColorName = "successTint"
	WarningTint  fyne.ThemeColorName = "warningTint"
	DangerTint   fyne.ThemeColorName = "dangerTint"
	DangerFill   fyne.ThemeColorName = "dangerFill"
	OnDangerFill fyne.ThemeColorName = "onDangerFill"
	Tile         fyne.ThemeColorName = "tile"
	Scrim        fyne.ThemeColorName = "scrim"
	None         fyne.ThemeColorName = "none" // fully transparent

	KeyBody      fyne.ThemeColorName = "keyBody"
	KeyEdge      fyne.ThemeColorName = "keyEdge"
	KeyPlug      fyne.ThemeColorName = "keyPlug"
	KeyGold      fyne.ThemeColorName = "keyGold"
	KeyLightGold fyne.ThemeColorName = "keyLightGold"
)

// shades is one role's colour in the two themes.
type shades struct{ light, dark color.NRGBA }

// palette is the one table of colours.
var palette = map[fyne.ThemeColorName]shades{
	Page:         {rgb(0xF9FAFB), rgb(0x12191E)},
	Rail:         {rgb(0xF1F4F5), rgb(0x0D1317)},
	Card:         {rgb(0xFFFFFF), rgb(0x1A232A)},
	Line:         {rgb(0xE0E6E9), rgb(0x2A353D)},
	ButtonBorder: {rgb(0xC6CFD5), rgb(0x3C4954)},
	EntryBorder:  {rgb(0x84919B), rgb(0x6C7B86)},
	Text:         {rgb(0x16222A), rgb(0xE8EEF1)},
	SecondText:   {rgb(0x50606B), rgb(0xA9B6BF)},
	Placeholder:  {rgb(0x67757F), rgb(0x8C9AA4)},
	Hover:        {rgb(0xF1F4F6), rgb(0x202B33)},
	Accent:       {rgb(0x0B6573), rgb(0x5BC5CF)},
	OnAccent:     {rgb(0xFFFFFF), rgb(0x06262B)},
	AccentTint:   {rgb(0xDFEFF1), rgb(0x163940)},
	OnAccentTint: {rgb(0x084C57), rgb(0x9FE1E7)},
	Success:      {rgb(0x1C7443), rgb(0x74D198)},
	SuccessTint:  {rgb(0xE3F3E9), rgb(0x17331F)},
	Warning:      {rgb(0x855400), rgb(0xF0BE62)},
	WarningTint:  {rgb(0xFFF5DF), rgb(0x36290F)},
	Danger:       {rgb(0xB3261E), rgb(0xFF9187)},
	DangerTint:   {rgb(0xFDEFED), rgb(0x3B1B19)},
	DangerFill:   {rgb(0xB3261E), rgb(0xF0776C)},
	OnDangerFill: {rgb(0xFFFFFF), rgb(0x2B0A07)},
	Tile:         {rgb(0xEEF2F4), rgb(0x25313A)},
	Scrim:        {alpha(0x101A21, 48), alpha(0x000000, 60)},
	None:         {},
	// Fyne draws this under menus and at the edge of what scrolls on, where a scrim's density would look like a bar.
	theme.ColorNameShadow: {alpha(0x101A21, 12), alpha(0x000000, 40)},

	KeyBody:      {rgb(0x22303A), rgb(0x33424E)},
	KeyEdge:      {rgb(0x3D4E5A), rgb(0x536573)},
	KeyPlug:      {rgb(0x3A4954), rgb(0x475763)},
	KeyGold:      {rgb(0xC79A3A), rgb(0xCFA545)},
	KeyLightGold: {rgb(0xE7CB86), rgb(0xEBD292)},
}

// sameAs names the further colours that Fyne's widgets ask for, by the role that they play with us.
var sameAs = map[fyne.ThemeColorName]fyne.ThemeColorName{
	theme.ColorNameHyperlink:           Accent,
	theme.ColorNameFocus:               Accent,
	theme.ColorNameOverlayBackground:   Card,
	theme.ColorNameMenuBackground:      Card,
	theme.ColorNameHeaderBackground:    Card,
	theme.ColorNameButton:              Tile,
	theme.ColorNameDisabledButton:      Tile,
	theme.ColorNamePressed:             Line,
	theme.ColorNameDisabled:            Placeholder,
	theme.ColorNameScrollBarBackground: None,
	theme.ColorNameForegroundOnError:   OnDangerFill,
	theme.ColorNameForegroundOnSuccess: OnAccent,
	theme.ColorNameForegroundOnWarning: OnAccent,
}

func rgb(hex uint32) color.NRGBA { return alpha(hex, 100) }

func alpha(hex uint32, percent uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: uint8(percent * 0xFF / 100)}
}
