package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Style is a way to set text: its size, the height of its line box, its weight and its colour.
type Style struct {
	size fyne.ThemeSizeName
	line float32
	face fyne.TextStyle
	role fyne.ThemeColorName
}

// The styles of the type scale.
var (
	Title    = Style{theme.SizeNameHeadingText, 32, bold, look.Text}
	Subtitle = Style{theme.SizeNameSubHeadingText, 24, bold, look.Text}
	Body     = Style{theme.SizeNameText, 20, regular, look.Text}
	Strong   = Style{theme.SizeNameText, 20, bold, look.Text}
	Second   = Style{theme.SizeNameText, 20, regular, look.SecondText}
	Caption  = Style{theme.SizeNameCaptionText, 16, regular, look.SecondText}
	Label    = Style{theme.SizeNameCaptionText, 16, bold, look.Text}
	Section  = Style{theme.SizeNameCaptionText, 16, bold, look.SecondText}
	Code     = Style{theme.SizeNameText, 20, mono, look.Text}

	regular = fyne.TextStyle{}
	bold    = fyne.TextStyle{Bold: true}
	mono    = fyne.TextStyle{Monospace: true}
)

// In is the style in another colour.
func (s Style) In(role fyne.ThemeColorName) Style {
	s.role = role
	return s
}

// weighted is the style of a choice: heavier when it is the one chosen.
func weighted(chosen bool) Style {
	if chosen {
		return Strong
	}
	return Body
}

func (s Style) width(text string) float32 {
	size, _ := fyne.CurrentApp().Driver().RenderedTextSize(text, theme.Size(s.size), s.face, fontFor(text, s.face))
	return size.Width
}

// fontFor is the one font that a text needs, or nil for text that may need several. Left to itself Fyne opens fonts for
// emoji and for the language of the system along with every face: a fifth of the time in which the window comes up, and
// megabytes for as long as it is open.
func fontFor(text string, face fyne.TextStyle) fyne.Resource {
	for _, r := range text {
		const cyrillicEnds, punctuation, punctuationEnds = 0x052F, 0x2010, 0x203A
		if r > cyrillicEnds && (r < punctuation || r > punctuationEnds) {
			return nil
		}
	}
	return fyne.CurrentApp().Settings().Theme().Font(face)
}

// setText sets what a canvas text says and how.
func setText(on *canvas.Text, text string, style Style) {
	on.Text, on.Color = text, theme.Color(style.role)
	on.TextSize, on.TextStyle = theme.Size(style.size), style.face
	on.FontSource = fontFor(text, style.face)
}

// Text is text in one style. It keeps to one line unless it was told to wrap.
type Text struct {
	widget.BaseWidget
	text  string
	style Style
	wrap  float32 // the width to wrap at; 0 for one line
	clips bool    // one line that may be narrower than its text, which then ends in an ellipsis
	align fyne.TextAlign
}

// opticalRise lifts text within its line box: Noto Sans has more room below its baseline than the eye gives it.
const opticalRise = 1

// NewText makes a line of text.
func NewText(text string, style Style) *Text {
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// NewParagraph makes text that wraps at a width. The column is of a fixed width, so its paragraphs know theirs.
func NewParagraph(text string, style Style, width float32) *Text {
	t := NewText(text, style)
	t.wrap = width
	return t
}

// NewClipped makes a line that gives way where there is too little room: for names that a person chose.
func NewClipped(text string, style Style) *Text {
	t := NewText(text, style)
	t.clips = true
	return t
}

// Centred centres the text and returns it.
func (t *Text) Centred() *Text {
	t.align = fyne.TextAlignCenter
	return t
}

// Text is what it says.
func (t *Text) Text() string { return t.text }

// Set changes what it says.
func (t *Text) Set(text string) {
	if t.text != text {
		t.text = text
		t.Refresh()
	}
}

// MinSize is the room for every line of it.
func (t *Text) MinSize() fyne.Size {
	lines := t.lines(0)
	size := fyne.NewSize(t.wrap, t.style.line*float32(len(lines)))
	if t.wrap == 0 && !t.clips {
		size.Width = t.style.width(t.text)
	}
	return size
}

// lines breaks the text up for a width; 0 leaves one line whole.
func (t *Text) lines(width float32) []string {
	switch {
	case t.wrap > 0:
		return wrapped(t.text, t.wrap, t.style.width)
	case t.clips && width > 0:
		return []string{shortened(t.text, width, t.style.width)}
	default:
		return []string{t.text}
	}
}

// CreateRenderer is part of fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	p := &parts{owner: t, min: t.MinSize}
	p.paint = func() {
		lines := t.lines(t.Size().Width)
		p.objects = p.objects[:0]
		for _, line := range lines {
			words := &canvas.Text{Alignment: t.align}
			setText(words, line, t.style)
			p.objects = append(p.objects, words)
		}
	}
	p.layout = func(size fyne.Size) {
		p.paint() // the width decides where lines end
		top := (size.Height-t.style.line*float32(len(p.objects)))/2 - opticalRise
		for i, line := range p.objects {
			place(line, 0, top+float32(i)*t.style.line, size.Width, t.style.line)
		}
	}
	p.paint()
	return p
}

// wrapped breaks text at spaces so that no line is wider than width, and inside a word only where the word alone is.
func wrapped(text string, width float32, measure func(string) float32) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			joined := strings.TrimPrefix(line+" "+word, " ")
			if measure(joined) <= width {
				line = joined
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for measure(word) > width {
				head := fitting(word, width, measure)
				lines, word = append(lines, head), word[len(head):]
			}
			line = word
		}
		lines = append(lines, line)
	}
	return lines
}

// shortened is the text, or as much of it as fits with an ellipsis.
func shortened(text string, width float32, measure func(string) float32) string {
	if measure(text) <= width {
		return text
	}
	return strings.TrimRight(fitting(text, width-measure("…"), measure), " ") + "…"
}

// fitting is the longest head of the text that fits a width, at least one character of it.
func fitting(text string, width float32, measure func(string) float32) string {
	fits := ""
	for i, r := range text {
		head := text[:i+len(string(r))]
		if fits != "" && measure(head) > width {
			break
		}
		fits = head
	}
	return fits
}
