package desktop

import (
	"fyne.io/fyne/v2"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// builtInModels are the models (AAGUIDs) of Latchkey's own authenticators. An enrolled key does not say of which kind its
// authenticator is, but its model does.
var builtInModels = map[[16]byte]ceremony.Kind{
	[16]byte([]byte("LatchkeyLinuxTPM")): ceremony.KindTPM,
	[16]byte([]byte("LatchkeyVirtTPM!")): ceremony.KindTPM,
	[16]byte([]byte("LatchkeyLinuxFPR")): ceremony.KindFingerprint,
	[16]byte([]byte("LatchkeyVirtFPR!")): ceremony.KindFingerprint,
	[16]byte([]byte("LatchkeyTouchID!")): ceremony.KindTouchID,
}

// isBuiltIn is Kind.BuiltIn for devices that may name no kind, which are keys.
func isBuiltIn(kind ceremony.Kind) bool { return kind != "" && kind.BuiltIn() }

// asksOnce tells whether what is asked for with a touch is all there is: no page for a PIN before it, where another key
// could be chosen, and no time of its own in which it has to come.
func asksOnce(device ceremony.Device) bool { return isBuiltIn(device.Kind) || device.OwnDialogue }

// builtInHere is what something is called that is built into this computer: “Security chip on falcon”.
func (w *Window) builtInHere(kind ceremony.Kind) string {
	if w.Computer == "" {
		return companion.BuiltInName(kind)
	}
	return say("built_in.here", "key", companion.BuiltInName(kind), "computer", w.Computer)
}

func (w *Window) deviceName(device ceremony.Device) string {
	switch {
	case isBuiltIn(device.Kind):
		return w.builtInHere(device.Kind)
	case device.Name == "":
		return say("touch.device")
	}
	return device.Name
}

func deviceIcon(device ceremony.Device) fyne.Resource {
	if isBuiltIn(device.Kind) {
		return builtInIcon(device.Kind)
	}
	return look.IconSecurityKey
}

func builtInIcon(kind ceremony.Kind) fyne.Resource {
	switch kind {
	case ceremony.KindFingerprint, ceremony.KindTouchID:
		return look.IconFingerprint
	}
	return look.IconLaptop
}

func keyIcon(key verifier.Credential) fyne.Resource {
	switch key.Kind {
	case verifier.DeviceAuthenticator:
		return builtInIcon(builtInModels[key.AAGUID])
	case verifier.LegacyKey:
		return look.IconKey
	}
	return look.IconSecurityKey
}

func (w *Window) knowsModel(key verifier.Credential) bool {
	return builtInModels[key.AAGUID] != "" || w.Companion.Model(key.AAGUID) != ""
}

// modelOf is what kind of thing a key is, as far as it is known.
func (w *Window) modelOf(key verifier.Credential) string {
	switch {
	case key.Kind == verifier.LegacyKey:
		return say("keys.legacy")
	case builtInModels[key.AAGUID] != "":
		return companion.BuiltInName(builtInModels[key.AAGUID])
	case w.Companion.Model(key.AAGUID) != "":
		return w.Companion.Model(key.AAGUID)
	case key.Kind == verifier.DeviceAuthenticator:
		return say("keys.built_in")
	}
	return say("keys.unknown_model")
}

// boundTo is modelOf with the computer that the key is built into, where it is built into one.
func (w *Window) boundTo(key verifier.Credential) string {
	model := w.modelOf(key)
	switch {
	case key.Kind != verifier.DeviceAuthenticator:
		return model
	case key.Computer == "":
		return say("keys.bound", "model", model)
	case key.Computer == w.Computer:
		return say("keys.bound_here", "model", model)
	}
	return say("keys.bound_to", "model", model, "computer", key.Computer)
}

// pinWords are what a page that asks for a PIN says: a key's PIN is the whole key's, that of a computer is one account's.
type pinWords struct {
	label, missing, wrong, tries string
	newSentence, newRefused      string
}

var (
	keyPIN = pinWords{
		label: "pin.label", missing: "pin.missing", wrong: "pin.wrong", tries: "pin.tries",
		newSentence: "pin.new_sentence", newRefused: "pin.new_refused",
	}
	computerPIN = pinWords{
		label: "pin.label_computer", missing: "pin.missing_computer", wrong: "pin.wrong_computer", tries: "pin.tries_computer",
		newSentence: "pin.new_sentence_computer", newRefused: "pin.new_refused_computer",
	}
)

func pinWordsOf(kind ceremony.Kind) pinWords {
	if isBuiltIn(kind) {
		return computerPIN
	}
	return keyPIN
}

// touchTitle says what to do. Where several keys wait, none is built in. Of the systems that have a dialogue of their own,
// Windows alone has one for security keys.
func touchTitle(notice ceremony.TouchNotice) string {
	kind := ceremony.KindSecurityKey
	if len(notice.Devices) == 1 {
		kind = notice.Devices[0].Kind
	}
	switch {
	case kind == ceremony.KindFingerprint:
		return say("touch.title_finger")
	case kind == ceremony.KindTouchID:
		return say("touch.title_touch_id")
	case isBuiltIn(kind):
		return say("touch.title_answer", "key", companion.BuiltInName(kind))
	case notice.Devices[0].OwnDialogue:
		return say("touch.title_windows")
	case notice.Purpose == ceremony.PurposePick:
		return say("touch.title_pick")
	case notice.Purpose == ceremony.PurposeCreate:
		return say("touch.title_new")
	}
	return say("touch.title")
}

// touchPicture is what the ring is drawn around.
func touchPicture(devices []ceremony.Device) look.Art {
	kind := devices[0].Kind
	switch {
	case kind == ceremony.KindFingerprint, kind == ceremony.KindTouchID:
		return look.ArtFingerprint
	case isBuiltIn(kind):
		return look.ArtLaptop
	}
	return look.ArtSecurityKey
}
