package desktop

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
)

// found is what is plugged in, or why nothing can be seen.
type found struct {
	keys    []inspected
	problem error // why no key can be used; nil where there are some, or simply none
}

type inspected struct {
	info    ceremony.DeviceInfo
	problem error // why the key tells nothing
}

// openDevice opens the page of the security keys that are plugged in. Nobody needs to be signed in for it.
func (w *Window) openDevice() { w.lookForDevices(false) }

// lookForDevices leaves the focus on “Look again” for whoever has just pressed it.
func (w *Window) lookForDevices(again bool) {
	f := w.begin()
	w.look(f, func() {
		w.showRail(say("rail.device"))
		under(f, w.inspect, func(seen found, _ error) { w.showDevices(seen, again) })
	})
}

// inspect asks every security key what it is. It costs no touch and no PIN.
func (w *Window) inspect(ctx context.Context) (found, error) {
	var seen found
	for _, available := range w.Companion.Devices(ctx) {
		if available.Kind != ceremony.KindSecurityKey {
			continue
		}
		if available.State != ceremony.StateAbsent {
			seen.problem = available.Problem
		}
		for _, device := range available.Devices {
			info, err := w.Companion.Device(ctx, device.Path)
			if err != nil {
				info = ceremony.DeviceInfo{Device: device}
			}
			seen.keys = append(seen.keys, inspected{info: info, problem: err})
		}
	}
	return seen, ctx.Err()
}

func (w *Window) showDevices(seen found, focusAgain bool) {
	var again *widgets.Button
	again = widgets.NewSecondary(say("device.look_again"), func() {
		again.SetBusy(say("device.looking"))
		w.lookForDevices(true)
	})
	column := widgets.VStack(look.SectionGap)
	if seen.problem != nil {
		problem := widgets.NewProblem(look.ColumnWidth)
		problem.Set(describe(seen.problem))
		column.Add(problem)
	} else if len(seen.keys) == 0 {
		column.Add(widgets.NewEmptyState(look.IconSecurityKey, say("device.empty")))
	}
	for _, key := range seen.keys {
		column.Add(w.deviceCards(key))
	}
	sentence := say("device.sentence")
	if len(seen.keys) > 1 {
		sentence = say("device.sentence_many")
	}
	page := content{title: say("device.title"), page: widgets.NewPage(widgets.Head{
		Title: say("device.title"), Sentence: sentence, Actions: []fyne.CanvasObject{again},
	}, column)}
	if focusAgain {
		page.focus = again
	}
	w.show(page)
}

// deviceCards shows one key: what it is and how it stands, and what it can do.
func (w *Window) deviceCards(key inspected) fyne.CanvasObject {
	const textWidth = look.ColumnWidth - 2*look.CardPad - 172 - look.SectionGap
	info := key.info
	name := widgets.HStack(look.Gap, widgets.NewText(w.deviceName(info.Device), widgets.Subtitle))
	if info.Virtual {
		name.Add(widgets.NewBadge(nil, say("keys.virtual"), widgets.Neutral))
	}
	words := widgets.VStack(0, name, widgets.NewText(deviceLine(info), widgets.Second))
	if key.problem != nil {
		problem := widgets.NewProblem(textWidth)
		problem.Set(describe(key.problem))
		words.Add(widgets.Inset(look.Gap, 0, 0, 0, problem))
	} else {
		words.Add(widgets.Inset(look.CardGap, 0, 0, 0, widgets.HStack(look.Gap, deviceBadges(info)...)))
	}
	head := widgets.NewCard(widgets.HStack(look.SectionGap,
		widgets.Middle(widgets.NewArt(look.ArtSecurityKeyFlat, false)), widgets.Middle(words)))
	rows := deviceRows(info)
	if key.problem != nil || len(rows) == 0 {
		return head
	}
	return widgets.VStack(look.CardGap, head, widgets.NewRowCard(widgets.TextInset, rows...))
}

func deviceLine(info ceremony.DeviceInfo) string {
	var parts []string
	if info.FirmwareMajor+info.FirmwareMinor+info.FirmwareBuild > 0 {
		version := fmt.Sprintf("%d.%d.%d", info.FirmwareMajor, info.FirmwareMinor, info.FirmwareBuild)
		parts = append(parts, say("device.firmware", "version", version))
	}
	switch info.Transport {
	case ceremony.TransportUSB:
		parts = append(parts, say("device.usb"))
	case ceremony.TransportNFC:
		parts = append(parts, say("device.nfc"))
	}
	return strings.Join(parts, " · ")
}

func deviceBadges(info ceremony.DeviceInfo) []fyne.CanvasObject {
	if info.U2FOnly() {
		return []fyne.CanvasObject{widgets.NewBadge(look.IconInfo, say("device.u2f"), widgets.Advice)}
	}
	badges := []fyne.CanvasObject{widgets.NewBadge(look.IconPIN, say("device.pin_unset"), widgets.Neutral)}
	if info.PINSet {
		badges[0] = widgets.NewBadge(look.IconCheck, say("device.pin_set"), widgets.Good)
		if info.PINRetries >= 0 {
			badges = append(badges, widgets.NewBadge(look.IconPIN, sayCount("device.tries", info.PINRetries), widgets.Neutral))
		}
	}
	if info.ResidentFree >= 0 {
		badges = append(badges, widgets.NewBadge(look.IconKeyVertical,
			say("device.slots", "count", fmt.Sprint(info.ResidentFree)), widgets.Neutral))
	}
	return badges
}

func deviceRows(info ceremony.DeviceInfo) []fyne.CanvasObject {
	var rows []fyne.CanvasObject
	add := func(icon fyne.Resource, name, value string) {
		if value != "" {
			rows = append(rows, widgets.NewInfoRow(icon, say(name), value))
		}
	}
	pin := ""
	if info.MinPINLength > 0 {
		pin = say("device.pin_rule", "least", fmt.Sprint(info.MinPINLength))
	}
	add(look.IconPIN, "device.pin", pin)
	add(look.IconKey, "device.versions", strings.Join(info.Versions, ", "))
	add(look.IconVerifiedUser, "device.algorithms", strings.Join(info.Algorithms, ", "))
	add(look.IconInfo, "device.extensions", strings.Join(info.Extensions, ", "))
	return rows
}
