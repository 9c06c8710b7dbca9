package look

import (
	"fmt"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"latchkey/assets"
)

// Art is a picture in several colours of the palette.
type Art struct {
	name string
	svg  string
	Size fyne.Size // its natural size, at scale 1

	// The circle that breathes around what is to be touched: how far its centre is above that of the picture, and its
	// radius, 0 for none.
	SensorUp, SensorRadius float32
}

// The pictures.
var (
	ArtSecurityKey     = picture("security-key", 72, 184).touched(11, 29) // upright, for the touch page
	ArtSecurityKeyFlat = picture("security-key-flat", 172, 68)            // lying, for the add-key page
	ArtLaptop          = picture("laptop", 144, 90)
	ArtFingerprint     = picture("fingerprint", 136, 136).touched(0, 59) // a reader, for the touch page
)

// artRoles are the colours that pictures are drawn in.
var artRoles = []fyne.ThemeColorName{KeyBody, KeyEdge, KeyPlug, KeyGold, KeyLightGold}

// Resource is the picture in the colours of the current theme.
func (a Art) Resource() fyne.Resource {
	var repaint []string
	for _, role := range artRoles {
		repaint = append(repaint, hex(palette[role].light), hex(theme.Color(role)))
	}
	// The name is what Fyne's image cache goes by, so it must differ between the themes.
	name := fmt.Sprintf("%s-%s.svg", a.name, hex(theme.Color(KeyBody)))
	return fyne.NewStaticResource(name, []byte(strings.NewReplacer(repaint...).Replace(a.svg)))
}

func picture(name string, width, height float32) Art {
	content, err := assets.Art.ReadFile("art/" + name + ".svg")
	if err != nil {
		panic(err)
	}
	return Art{name: name, svg: string(content), Size: fyne.NewSize(width, height)}
}

// touched is the picture of something to be touched, with the circle around where.
func (a Art) touched(up, radius float32) Art {
	a.SensorUp, a.SensorRadius = up, radius
	return a
}

// hex is the colour as the SVG files write it.
func hex(c color.Color) string {
	v := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02X%02X%02X", v.R, v.G, v.B)
}
