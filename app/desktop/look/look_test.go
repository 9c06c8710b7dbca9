package look

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// pairs lists what stands on what: every text colour with each ground that it is drawn upon.
var pairs = []struct {
	front   fyne.ThemeColorName
	grounds []fyne.ThemeColorName
	least   float64
}{
	{Text, []fyne.ThemeColorName{Page, Rail, Card, Hover, Tile, WarningTint, DangerTint}, 4.5},
	{SecondText, []fyne.ThemeColorName{Page, Rail, Card, Hover, Tile}, 4.5},
	{Placeholder, []fyne.ThemeColorName{Card}, 4.5},
	{Accent, []fyne.ThemeColorName{Page, Card, WarningTint}, 4.5},
	{OnAccent, []fyne.ThemeColorName{Accent}, 4.5},
	{OnAccentTint, []fyne.ThemeColorName{AccentTint}, 4.5},
	{Success, []fyne.ThemeColorName{Card, SuccessTint}, 4.5},
	{Warning, []fyne.ThemeColorName{Card, WarningTint}, 4.5},
	{Danger, []fyne.ThemeColorName{Page, Card, DangerTint}, 4.5},
	{OnDangerFill, []fyne.ThemeColorName{DangerFill}, 4.5},
	{EntryBorder, []fyne.ThemeColorName{Page, Card}, 3},
	{Accent, []fyne.ThemeColorName{Page, Rail, Card, AccentTint, Tile}, 3}, // the focus ring
}

func TestContrast(t *testing.T) {
	for name, choice := range map[string]Choice{"light": Light, "dark": Dark} {
		t.Run(name, func(t *testing.T) {
			th := New(choice)
			for _, pair := range pairs {
				for _, ground := range pair.grounds {
					got := contrast(th.Color(pair.front, 0), th.Color(ground, 0))
					if got < pair.least {
						t.Errorf("%s on %s: %.2f:1, want at least %.1f:1", pair.front, ground, got, pair.least)
					}
				}
			}
		})
	}
}

// contrast is the ratio of WCAG 2.2, section 1.4.3, from 1 to 21.
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xFFFF
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestContrastOfBlackOnWhite(t *testing.T) {
	if got := contrast(color.Black, color.White); math.Abs(got-21) > 0.01 {
		t.Fatalf("contrast = %.2f, want 21", got)
	}
}

func TestChoiceOverridesTheDesktop(t *testing.T) {
	for _, tc := range []struct {
		choice  Choice
		desktop fyne.ThemeVariant
		want    color.Color
	}{
		{System, theme.VariantLight, rgb(0xF9FAFB)},
		{System, theme.VariantDark, rgb(0x12191E)},
		{Light, theme.VariantDark, rgb(0xF9FAFB)},
		{Dark, theme.VariantLight, rgb(0x12191E)},
	} {
		if got := New(tc.choice).Color(Page, tc.desktop); got != tc.want {
			t.Errorf("choice %q on a desktop of variant %d: page is %v, want %v", tc.choice, tc.desktop, got, tc.want)
		}
	}
}

func TestFyneNamesFollowThePalette(t *testing.T) {
	th := New(Dark)
	for name, role := range sameAs {
		if th.Color(name, 0) != palette[role].dark {
			t.Errorf("%s does not follow %s", name, role)
		}
	}
	if th.Size(theme.SizeNameText) != 14 || th.Size(theme.SizeNamePadding) != theme.DefaultTheme().Size(theme.SizeNamePadding) {
		t.Error("sizes are neither ours nor Fyne's")
	}
}
