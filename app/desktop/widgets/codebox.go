package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"latchkey/app/desktop/look"
)

// NewCodeBox shows a command to type elsewhere, with a button that copies it. copied is called with the text.
func NewCodeBox(code string, copied func(text string)) fyne.CanvasObject {
	var button *Button
	button = NewIconButton(look.IconCopy, func() {
		copied(code)
		button.SetIcon(look.IconCheck) // says that it worked, where the person looks
	})
	text := Inset(0, 0, 12, 0, NewText(code, Code))
	return NewPanel(container.New(layoutBeforeButton{}, text, button))
}

// layoutBeforeButton gives the first object what a square button at the right end leaves.
type layoutBeforeButton struct{}

func (layoutBeforeButton) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width+look.ControlHeight, look.ControlHeight)
}

func (layoutBeforeButton) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, 0, size.Width-look.ControlHeight, size.Height)
	place(objects[1], size.Width-look.ControlHeight, 0, look.ControlHeight, size.Height)
}
