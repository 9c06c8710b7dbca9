package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"latchkey/assets"
)

// The icons: Material Symbols Outlined by name. The first group is drawn by us, the second comes with Fyne. None has
// a colour of its own: a widget gives it one with Tinted.
var (
	IconBrandKey      = drawn("brand-key")
	IconCheckCircle   = drawn("check-circle")
	IconCloudDone     = drawn("cloud-done")
	IconCloudOff      = drawn("cloud-off")
	IconContactless   = drawn("contactless")
	IconError         = drawn("error")
	IconFingerprint   = drawn("fingerprint")
	IconHome          = drawn("home")
	IconKey           = drawn("key")
	IconKeyVertical   = drawn("key-vertical")
	IconLogin         = drawn("login")
	IconPerson        = drawn("person")
	IconPIN           = drawn("pin")
	IconSecurityKey   = drawn("security-key")
	IconSettings      = drawn("settings")
	IconUSB           = drawn("usb")
	IconVerifiedUser  = drawn("verified-user")
	IconVisibility    = drawn("visibility")
	IconVisibilityOff = drawn("visibility-off")

	IconAdd      = fromFyne(theme.IconNameContentAdd)
	IconCheck    = fromFyne(theme.IconNameConfirm)
	IconCopy     = fromFyne(theme.IconNameContentCopy)
	IconInfo     = fromFyne(theme.IconNameInfo)
	IconLaptop   = fromFyne(theme.IconNameComputer)
	IconMoreVert = fromFyne(theme.IconNameMoreVertical)
	IconWarning  = fromFyne(theme.IconNameWarning)
)

// IconApp is the app's own icon, in its own colours. It is the drawing of icons/latchkey.svg in pixels: Fyne takes longer
// over painting that than over the first page.
var IconApp = fyne.NewStaticResource("latchkey.png", assets.AppIcon)

// Tinted is the icon in the colour of a role. It follows the theme when that changes.
func Tinted(icon fyne.Resource, role fyne.ThemeColorName) fyne.Resource {
	return theme.NewColoredResource(icon, role)
}

// drawn panics on a name that is not embedded: the set is fixed when the program is built.
func drawn(name string) fyne.Resource {
	content, err := assets.Icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		panic(err)
	}
	return fyne.NewStaticResource(name+".svg", content)
}

func fromFyne(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }
