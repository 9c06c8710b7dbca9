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
}

// The pictures.
var (
	ArtSecurityKey     = picture("security-key", 72, 184)      // upright, for the touch page
	ArtSecurityKeyFlat = picture("security-key-flat", 172, 68) // lying, for the add-key page
	ArtLaptop          = picture("laptop", 144, 90)
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

// hex is the colour as the SVG files write it.
func hex(c color.Color) string {
	v := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02X%02X%02X", v.R, v.G, v.B)
}
