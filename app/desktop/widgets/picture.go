package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"latchkey/app/desktop/look"
)

// Icon is an icon in the colour of a role.
type Icon struct {
	widget.BaseWidget
	icon fyne.Resource
	side float32
	role fyne.ThemeColorName
}

// NewIcon makes an icon of the given side: look.IconSmall, look.IconInRow or look.IconTile.
func NewIcon(icon fyne.Resource, side float32, role fyne.ThemeColorName) *Icon {
	i := &Icon{icon: icon, side: side, role: role}
	i.ExtendBaseWidget(i)
	return i
}

// CreateRenderer is part of fyne.Widget.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	image := newImage()
	return newParts(parts{
		owner:   i,
		objects: []fyne.CanvasObject{image},
		min:     func() fyne.Size { return fyne.NewSquareSize(i.side) },
		layout: func(size fyne.Size) {
			place(image, (size.Width-i.side)/2, (size.Height-i.side)/2, i.side, i.side)
		},
		paint: func() { image.Resource = look.Tinted(i.icon, i.role) },
	})
}

// Art is one of the pictures at its natural size.
type Art struct {
	widget.BaseWidget
	art    look.Art
	dimmed bool
}

// NewArt makes a picture; dimmed is for what cannot be chosen.
func NewArt(art look.Art, dimmed bool) *Art {
	a := &Art{art: art, dimmed: dimmed}
	a.ExtendBaseWidget(a)
	return a
}

// CreateRenderer is part of fyne.Widget.
func (a *Art) CreateRenderer() fyne.WidgetRenderer {
	image := newImage()
	return newParts(parts{
		owner:   a,
		objects: []fyne.CanvasObject{image},
		min:     func() fyne.Size { return a.art.Size },
		layout: func(size fyne.Size) {
			at := fyne.NewSize((size.Width-a.art.Size.Width)/2, (size.Height-a.art.Size.Height)/2)
			place(image, at.Width, at.Height, a.art.Size.Width, a.art.Size.Height)
		},
		paint: func() {
			image.Resource = a.art.Resource()
			image.Translucency = 0
			if a.dimmed {
				image.Translucency = 0.6
			}
		},
	})
}

// Avatar is the round picture of a person: initials, or an icon where nobody is signed in.
type Avatar struct {
	widget.BaseWidget
	initials string
	icon     fyne.Resource
}

const avatarSide = 32

// NewAvatar makes an avatar of one or two initials.
func NewAvatar(initials string) *Avatar {
	a := &Avatar{initials: initials}
	a.ExtendBaseWidget(a)
	return a
}

// NewIconAvatar makes an avatar that shows an icon.
func NewIconAvatar(icon fyne.Resource) *Avatar {
	a := &Avatar{icon: icon}
	a.ExtendBaseWidget(a)
	return a
}

// CreateRenderer is part of fyne.Widget.
func (a *Avatar) CreateRenderer() fyne.WidgetRenderer {
	circle := canvas.NewCircle(color.Transparent)
	objects := []fyne.CanvasObject{circle}
	if a.icon != nil {
		objects = append(objects, NewIcon(a.icon, look.IconInRow, look.SecondText))
	} else {
		objects = append(objects, NewText(a.initials, Label.In(look.OnAccentTint)).Centred())
	}
	return newParts(parts{
		owner:   a,
		objects: objects,
		min:     func() fyne.Size { return fyne.NewSquareSize(avatarSide) },
		layout: func(size fyne.Size) {
			for _, object := range objects {
				place(object, (size.Width-avatarSide)/2, (size.Height-avatarSide)/2, avatarSide, avatarSide)
			}
		},
		paint: func() {
			circle.FillColor = theme.Color(look.AccentTint)
			circle.StrokeColor, circle.StrokeWidth = color.Transparent, 0
			if a.icon != nil {
				circle.FillColor = theme.Color(look.Card)
				circle.StrokeColor, circle.StrokeWidth = theme.Color(look.ButtonBorder), look.Border
			}
		},
	})
}
