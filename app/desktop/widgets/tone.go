package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Tone is a pair of colours that says of what kind a message is. It never speaks alone: a word or an icon says the same.
type Tone struct {
	ground, front fyne.ThemeColorName
	icon          fyne.Resource
}

// The tones. Danger is for loss and refusal only, Advice for what has a date or a next step.
var (
	Neutral  = Tone{look.Tile, look.SecondText, look.IconInfo}
	Accented = Tone{look.AccentTint, look.OnAccentTint, look.IconInfo}
	Good     = Tone{look.SuccessTint, look.Success, look.IconCheck}
	Advice   = Tone{look.WarningTint, look.Warning, look.IconInfo}
	Danger   = Tone{look.DangerTint, look.Danger, look.IconError}
)

// NewBadge makes a small rounded label with an icon before its words.
func NewBadge(icon fyne.Resource, text string, tone Tone) fyne.CanvasObject {
	words := NewText(text, Caption.In(tone.front))
	content := Inset(0, 0, 10, 10, words)
	if icon != nil {
		content = Inset(0, 0, 8, 10, HStack(4, NewIcon(icon, look.IconSmall, tone.front), words))
	}
	return Middle(newSurface(surfaceSpec{fill: tone.ground, radius: look.BadgeHeight / 2},
		AtLeast(0, look.BadgeHeight, content)))
}

// NewNotice makes a tinted box with an icon and a message that wraps at the width of the box.
func NewNotice(tone Tone, text string, width float32) *Surface {
	const pad, textAt = 12, 40
	icon := container.NewVBox(NewIcon(tone.icon, look.IconInRow, tone.front))
	message := NewParagraph(text, Body, width-textAt-pad)
	return newSurface(surfaceSpec{fill: tone.ground, radius: look.RadiusControl},
		Inset(pad, pad, pad, pad, HStack(textAt-pad-look.IconInRow, icon, message)))
}

// Footer is the tinted last row of a row card: what to do next about the row above it.
type Footer struct{ Surface }

const footerHeight = 48

// NewFooter makes a footer: a bold lead, the rest of the sentence, and an action, which may be nil.
func NewFooter(tone Tone, lead, rest string, action fyne.CanvasObject) *Footer {
	icon := AtLeast(look.TileSize, 0, NewIcon(tone.icon, look.IconInRow, tone.front))
	row := HStack(0, icon, Inset(0, 0, look.RowPad, 4, NewText(lead, Strong)), NewText(rest, Body), layout.NewSpacer())
	if action != nil {
		row.Add(action)
	}
	f := &Footer{}
	f.spec = surfaceSpec{fill: tone.ground, radius: look.RadiusCard - look.Border, bottomOnly: true}
	f.content = AtLeast(0, footerHeight, Inset(0, 0, look.RowPad, look.RowPad, row))
	f.ExtendBaseWidget(f)
	return f
}

// Problem is an error in place: an icon and what happened, in the colour of danger. It is hidden while empty.
type Problem struct {
	widget.BaseWidget
	message *Text
	row     *fyne.Container
}

// NewProblem makes an empty problem that will wrap its message at a width.
func NewProblem(width float32) *Problem {
	const gap = 8
	p := &Problem{message: NewParagraph("", Body.In(look.Danger), width-look.IconInRow-gap)}
	p.row = HStack(gap, container.NewVBox(NewIcon(look.IconError, look.IconInRow, look.Danger)), p.message)
	p.ExtendBaseWidget(p)
	p.Hide()
	return p
}

// Set says what happened; the empty string says that all is well again.
func (p *Problem) Set(message string) {
	if message == p.Message() {
		return
	}
	p.message.Set(message)
	p.Hidden = message == ""
	p.Refresh()
	settle(p)
}

// Message is what it says now.
func (p *Problem) Message() string { return p.message.Text() }

// CreateRenderer is part of fyne.Widget.
func (p *Problem) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.row) }
