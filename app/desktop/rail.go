package desktop

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
)

// focusedTop is how far down the title of a page stands that asks for one thing only.
const focusedTop = 112

// railPages names what the rail leads to.
type railPages int

const (
	railEmpty railPages = iota // nothing yet, or the steps of the first run
	railSignedOut
	railSignedIn
)

// showRail shows the pages that there are for whoever is here, with one of them open.
func (w *Window) showRail(open string) {
	session := w.overview.Session
	pages := railSignedOut
	if session != nil {
		pages = railSignedIn
		w.showAccount(widgets.NewAvatar(initials(session.Account.DisplayName)), session.Account.DisplayName)
	} else {
		w.showAccount(widgets.NewIconAvatar(look.IconPerson), say("rail.signed_out"))
	}
	if w.pages != pages { // items that stay the same keep the focus
		w.pages = pages
		w.rail.SetItems(w.railItems()...)
	}
	w.rail.Select(open)
}

func (w *Window) railItems() []*widgets.RailItem {
	settings := widgets.NewRailItem(look.IconSettings, say("rail.settings"), w.openSettings)
	device := widgets.NewRailItem(look.IconSecurityKey, say("rail.device"), w.openDevice)
	if w.pages == railSignedIn {
		return []*widgets.RailItem{
			widgets.NewRailItem(look.IconHome, say("rail.home"), w.openHome),
			widgets.NewRailItem(look.IconKey, say("rail.keys"), func() { w.openKeys("") }),
			device, settings,
		}
	}
	return []*widgets.RailItem{
		widgets.NewRailItem(look.IconLogin, say("rail.sign_in"), func() { w.openSignIn("") }),
		device, settings,
	}
}

// showSteps shows how far the first run has come.
func (w *Window) showSteps(current int) {
	w.pages = railEmpty
	w.rail.SetSteps(current, say("rail.step_organization"), say("rail.step_key"), say("rail.step_ready"))
	w.showComputer()
}

func (w *Window) showComputer() {
	w.showAccount(widgets.NewIconAvatar(look.IconLaptop), w.Computer)
}

func (w *Window) showAccount(avatar *widgets.Avatar, name string) {
	icon, text, tone := w.network()
	w.rail.SetAccount(avatar, name, icon, text, tone)
}

// network is how the state of the network is shown.
func (w *Window) network() (icon fyne.Resource, text string, tone fyne.ThemeColorName) {
	if w.overview.Online {
		return look.IconCloudDone, say("rail.online"), look.Success
	}
	return look.IconCloudOff, say("rail.offline"), look.SecondText
}

// initials are the first letters of the first and last word of a name.
func initials(name string) string {
	fields := strings.Fields(name)
	if len(fields) > 2 {
		fields = []string{fields[0], fields[len(fields)-1]}
	}
	var out strings.Builder
	for _, field := range fields {
		first, _ := utf8.DecodeRuneInString(field)
		out.WriteRune(unicode.ToUpper(first))
	}
	return out.String()
}

// firstName is the first word of a name.
func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
