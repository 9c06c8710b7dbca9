package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"latchkey/app/desktop/look"
)

// Head is what stands over a page's content: its title, one sentence that says what it is for, and, in the top right
// corner, what can be done on it.
type Head struct {
	Title    string
	Sentence string
	Actions  []fyne.CanvasObject
}

// Where a page's head and content begin.
const (
	pageTop     = 40
	contentTop  = 120
	pageFoot    = 32
	ringRoom    = 8 // so that a scroller does not cut off the focus ring of what stands at its edge
	sideLeast   = 24
	sentenceGap = 32 // between sentence and content of a focused page
)

// NewPage lays out an ordinary page: the head stays, the content scrolls below it.
func NewPage(head Head, content fyne.CanvasObject) fyne.CanvasObject {
	actions := HStack(look.Gap, head.Actions...)
	words := VStack(4, NewText(head.Title, Title), NewText(head.Sentence, Second))
	top := inColumn(look.ColumnWidth, container.New(headLayout{}, words, actions))
	body := container.NewVScroll(inColumn(look.ColumnWidth, Inset(ringRoom, pageFoot, 0, 0, VStack(0, content))))
	return container.New(pageLayout{}, top, body)
}

// NewFocusedPage lays out a page that asks for one thing only: a column in the middle, its title at a height of its own.
func NewFocusedPage(head Head, top, width float32, content fyne.CanvasObject) fyne.CanvasObject {
	words := VStack(4, NewText(head.Title, Title), NewParagraph(head.Sentence, Second, width))
	column := VStack(sentenceGap, words, content)
	return container.NewVScroll(inColumn(width, Inset(top, pageFoot, 0, 0, column)))
}

// inColumn keeps an object at a width, in the middle of what there is.
func inColumn(width float32, object fyne.CanvasObject) fyne.CanvasObject {
	return container.New(columnLayout{width}, object)
}

type columnLayout struct{ width float32 }

func (l columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(l.width+2*sideLeast, objects[0].MinSize().Height)
}

func (l columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], (size.Width-l.width)/2, 0, l.width, size.Height)
}

// pageLayout puts the head at its place and gives the rest to the content.
type pageLayout struct{}

func (pageLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	const leastContent = 200
	width := max(objects[0].MinSize().Width, objects[1].MinSize().Width)
	return fyne.NewSize(width, contentTop+leastContent)
}

func (pageLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, pageTop, size.Width, contentTop-ringRoom-pageTop)
	place(objects[1], 0, contentTop-ringRoom, size.Width, size.Height-contentTop+ringRoom)
}

// headLayout sets the words on the left and the actions, at their own size, on the right.
type headLayout struct{}

func (headLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(objects[1].MinSize())
}

func (headLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	words, actions := objects[0].MinSize(), objects[1].MinSize()
	place(objects[0], 0, 0, size.Width, words.Height)
	place(objects[1], size.Width-actions.Width, 0, actions.Width, actions.Height)
}

// Columns lays objects side by side in equal shares, a gap apart and equally high.
func Columns(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(columnsLayout{gap}, objects...)
}

type columnsLayout struct{ gap float32 }

func (l columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var share fyne.Size
	for _, object := range objects {
		share = share.Max(object.MinSize())
	}
	n := float32(len(objects))
	return fyne.NewSize(n*share.Width+(n-1)*l.gap, share.Height)
}

func (l columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	n := float32(len(objects))
	width := (size.Width - (n-1)*l.gap) / n
	for i, object := range objects {
		place(object, float32(i)*(width+l.gap), 0, width, size.Height)
	}
}

// TouchPage says what a page shows that asks for a touch.
type TouchPage struct {
	Notice  fyne.CanvasObject // above it all; nil for nothing to say
	Ring    *Ring
	Title   string // what to do
	Left    *Text  // how long there is
	WaysOut []fyne.CanvasObject
}

// NewTouchPage lays the page out from top to bottom.
func NewTouchPage(page TouchPage) fyne.CanvasObject {
	const top, topBelowNotice = 88, 24
	column := VStack(0)
	ringTop := float32(top)
	if page.Notice != nil {
		column.Add(Inset(look.SectionGap, 0, 0, 0, container.NewCenter(page.Notice)))
		ringTop = topBelowNotice
	}
	ways := HStack(look.SectionGap)
	for i, way := range page.WaysOut {
		if i > 0 {
			ways.Add(NewDivider(look.IconSmall))
		}
		ways.Add(way)
	}
	column.Add(Inset(ringTop, look.SectionGap+look.Gap, 0, 0, page.Ring))
	column.Add(NewText(page.Title, Title).Centred())
	column.Add(Inset(4, 32, 0, 0, page.Left))
	column.Add(container.NewCenter(ways))
	return container.NewVScroll(column)
}

// SharedColumns lays objects side by side: all but the last are as wide as given, the last takes the rest.
func SharedColumns(widths []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(sharedLayout{widths}, objects...)
}

type sharedLayout struct{ widths []float32 }

func (l sharedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, width := range l.widths {
		size.Width += width
	}
	for _, object := range objects {
		size.Height = max(size.Height, object.MinSize().Height)
	}
	return size
}

func (l sharedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var x float32
	for i, object := range objects {
		width := size.Width - x
		if i < len(l.widths) {
			width = l.widths[i]
		}
		place(object, x, 0, width, size.Height)
		x += width
	}
}
