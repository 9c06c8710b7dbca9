package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// TextInset is where the text of a key row begins, and the lines between rows.
const TextInset = look.RowPad + look.TileSize + look.RowPad

// The columns of a key row, from its left edge.
const (
	addedColumn    = 344
	lastUsedColumn = 480
	columnWidth    = 136
)

// KeyRow says what a key row shows. Text of any length is cut off where its column ends.
type KeyRow struct {
	Icon                        fyne.Resource
	Name, Second                string
	Badge                       fyne.CanvasObject // beside the name; may be nil
	AddedLabel, Added           string
	LastUsedLabel, LastUsedText string
	Menu                        []*fyne.MenuItem // behind the three dots
}

// NewKeyRow makes the row of one key.
func NewKeyRow(row KeyRow) fyne.CanvasObject {
	var name fyne.CanvasObject = NewClipped(row.Name, Strong)
	if row.Badge != nil {
		name = container.New(besideLayout{}, name, row.Badge)
	}
	return container.New(keyRowLayout{},
		NewTile(row.Icon),
		Middle(VStack(0, name, NewClipped(row.Second, Caption))),
		captioned(row.AddedLabel, row.Added),
		captioned(row.LastUsedLabel, row.LastUsedText),
		NewMenuButton(row.Menu...))
}

func captioned(label, value string) fyne.CanvasObject {
	return Middle(VStack(0, NewText(label, Caption), NewClipped(value, Body)))
}

// Captioned is a small label over a value.
func Captioned(label, value string) fyne.CanvasObject { return captioned(label, value) }

type keyRowLayout struct{}

func (keyRowLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, look.KeyRowHeight) }

func (keyRowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	middle := (size.Height - look.TileSize) / 2
	place(objects[0], look.RowPad, middle, look.TileSize, look.TileSize)
	place(objects[1], TextInset, 0, addedColumn-TextInset-look.Gap, size.Height)
	place(objects[2], addedColumn, 0, columnWidth-look.Gap, size.Height)
	place(objects[3], lastUsedColumn, 0, columnWidth-look.Gap, size.Height)
	place(objects[4], size.Width-look.Gap-look.TileSize, middle, look.TileSize, look.TileSize)
}

// besideLayout sets a badge right behind a name that gives way to it.
type besideLayout struct{}

func (besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[1].MinSize().Width, objects[0].MinSize().Height)
}

func (besideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	badge := objects[1].MinSize()
	name := objects[0].(*Text)
	width := min(name.style.width(name.text), size.Width-badge.Width-look.Gap)
	place(objects[0], 0, 0, width, size.Height)
	place(objects[1], width+look.Gap, (size.Height-badge.Height)/2, badge.Width, badge.Height)
}

// NewMenuButton makes the three dots that open a menu below themselves.
func NewMenuButton(items ...*fyne.MenuItem) *Button {
	var button *Button
	button = NewIconButton(look.IconMoreVert, func() {
		menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), canvasOf(button))
		width := menu.MinSize().Width
		menu.ShowAtRelativePosition(fyne.NewPos(button.Size().Width-width, button.Size().Height), button)
	})
	return button
}

// NewInfoRow makes a row of an icon, a name and a value below it: for what can be read but not changed.
func NewInfoRow(icon fyne.Resource, name, value string) fyne.CanvasObject {
	return container.New(infoRowLayout{},
		NewIcon(icon, look.IconInRow, look.SecondText),
		Middle(VStack(0, NewClipped(name, Body), NewClipped(value, Caption))))
}

type infoRowLayout struct{}

func (infoRowLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, look.RowHeight) }

func (infoRowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], look.RowPad, 0, look.TileSize, size.Height)
	place(objects[1], TextInset, 0, size.Width-TextInset-look.RowPad, size.Height)
}

// NewSection puts a small head over something.
func NewSection(head string, content fyne.CanvasObject) fyne.CanvasObject {
	return VStack(look.Gap, NewText(head, Section), content)
}

// NewEmptyState says what to do where there is nothing to list yet.
func NewEmptyState(icon fyne.Resource, text string) fyne.CanvasObject {
	return NewCard(container.NewCenter(VStack(look.RowPad,
		container.NewCenter(NewTile(icon)), NewText(text, Second).Centred())))
}

// NewKeyCard makes the small card that says which key is meant and what for, with an action on its right.
func NewKeyCard(icon fyne.Resource, name, second string, action *Button) fyne.CanvasObject {
	return newSurface(cardSpec, container.New(keyCardLayout{},
		NewTile(icon), Middle(VStack(0, NewClipped(name, Body), NewClipped(second, Caption))), action))
}

type keyCardLayout struct{}

func (keyCardLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, look.KeyRowHeight)
}

func (keyCardLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const pad = 12
	action, textAt := objects[2].MinSize(), float32(2*pad+look.TileSize)
	place(objects[0], pad, pad, look.TileSize, look.TileSize)
	place(objects[1], textAt, 0, size.Width-textAt-look.RowPad-action.Width-look.Gap, size.Height)
	place(objects[2], size.Width-look.RowPad-action.Width, pad, action.Width, action.Height)
}

// NewKeyLine makes a line of a key within a card: a tile, its name, and something about it.
func NewKeyLine(icon fyne.Resource, name, second string) fyne.CanvasObject {
	return container.New(keyLineLayout{}, NewTile(icon), Middle(VStack(0, NewClipped(name, Strong), NewClipped(second, Caption))))
}

type keyLineLayout struct{}

func (keyLineLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, look.TileSize) }

func (keyLineLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const textAt = look.TileSize + 12
	place(objects[0], 0, 0, look.TileSize, look.TileSize)
	place(objects[1], textAt, 0, size.Width-textAt, size.Height)
}
