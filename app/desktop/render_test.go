package desktop

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// screenshots is a folder to leave pictures of every page in; none by default.
var screenshots = flag.String("screenshots", "", "folder for pictures of every page")

// pages leads to every page there is.
var pages = []struct {
	name    string
	prepare func(*user)
	fake    fakeMaker
}{
	{"first-run", func(u *user) { u.see("Set up Latchkey") }, newFake},
	{"sign-in", func(u *user) {
		u.see("asks for your password")
		u.write("Username", "anna.berg")
		u.write("Password", "correct horse")
	}, settled},
	{"error", func(u *user) {
		u.signIn()
		u.see("One more step")
		u.write("PIN of this key", "0000")
		u.press("Continue")
		u.see("Wrong PIN")
	}, settled},
	{"touch", func(u *user) {
		u.signIn()
		u.see("One more step")
		u.write("PIN of this key", "2580")
		u.press("Continue")
		u.see("0:30 left")
		u.clock.pass(6 * time.Second)
		u.see("0:24 left")
	}, settled},
	{"home", func(u *user) { u.see("Welcome back") }, signedIn},
	{"my-keys", func(u *user) { u.goToKeys() }, collector},
	{"delete-confirm", func(u *user) { u.goToKeys(); u.menu(0, "Delete…"); u.see("This is your only key") }, signedIn},
	{"rename", func(u *user) { u.goToKeys(); u.menu(0, "Rename…"); u.see("Rename “Work key”") }, signedIn},
	{"add-key", func(u *user) { u.see("Welcome back"); u.press("Add a key"); u.see("Step 1 of 3") }, signedIn},
	{"add-key-name", func(u *user) {
		u.see("Welcome back")
		u.press("Add a key")
		u.see("Step 1 of 3")
		u.press("Continue")
		u.see("Step 2 of 3")
	}, signedIn},
	{"add-key-computer", func(u *user) { u.openWizard(); test.Tap(find[*widgets.ChoiceCard](u, "This computer")) }, equipped},
	{"add-key-lacking", func(u *user) { u.openWizard() }, func(now clockFunc) *fake {
		f := signedIn(now)
		f.builtIn = []ceremony.Availability{helloNotSetUp}
		return f
	}},
	{"add-key-no-access", func(u *user) { u.openWizard() }, func(now clockFunc) *fake {
		f := signedIn(now)
		f.builtIn = []ceremony.Availability{chipNoAccess}
		return f
	}},
	{"add-key-name-computer", func(u *user) {
		u.openWizard()
		test.Tap(find[*widgets.ChoiceCard](u, "This computer"))
		u.press("Continue")
		u.see("Unlock it with")
	}, equipped},
	{"new-pin-computer", func(u *user) {
		u.openWizard()
		test.Tap(find[*widgets.ChoiceCard](u, "This computer"))
		u.press("Continue")
		u.press("Add a key")
		u.see("Choose a PIN")
	}, equipped},
	{"pin-computer", func(u *user) {
		u.signIn()
		u.see("PIN for this computer")
		u.write("PIN for this computer", "000000")
		u.press("Continue")
		u.see("Wrong PIN")
	}, chipOwner},
	{"fallback", func(u *user) {
		u.fake.fail(string(ceremony.KindSecurityKey), &ceremony.Error{Code: ceremony.CodePINAuthBlocked})
		u.signIn()
		u.see("Going on with the next")
	}, bothOwner},
	{"fallback-touch", func(u *user) {
		u.fake.fail(string(ceremony.KindTPM), &ceremony.Error{Code: ceremony.CodePINAuthBlocked, Wait: 10 * time.Minute})
		u.signIn()
		u.see("Put your finger on the reader")
		u.see("0:30 left")
	}, func(now clockFunc) *fake {
		f := chipOwner(now)
		f.addBuiltIn(ceremony.KindFingerprint, "Fingerprint on falcon", "falcon")
		return f
	}},
	{"finger", func(u *user) { u.signIn(); u.see("0:30 left") }, func(now clockFunc) *fake {
		f := keyless(now)
		f.addBuiltIn(ceremony.KindFingerprint, "Fingerprint on falcon", "falcon")
		return f
	}},
	{"hello", func(u *user) { u.signIn(); u.see("0:30 left") }, func(now clockFunc) *fake {
		f := keyless(now)
		f.addBuiltIn(ceremony.KindWindowsHello, "Windows Hello on falcon", "falcon")
		return f
	}},
	{"first-key", func(u *user) { u.signIn(); u.see("Add your first key") }, keyless},
	{"security-key", func(u *user) { u.see("Welcome back"); u.goTo("Security key"); u.see("Firmware") }, signedIn},
	{"lock-out", func(u *user) {
		u.see("Welcome back")
		u.goTo("Settings")
		u.see("Fingerprint readers of Linux computers")
		test.Tap(find[*widgets.Chip](u, "Not allowed"))
		u.see("This locks 120 people out")
	}, func(now clockFunc) *fake {
		f := signedIn(now)
		f.organization.FingerprintAllowed, f.lockedOut = true, crowd()
		f.session.Organization = *f.organization
		return f
	}},
	{"settings", func(u *user) { u.see("Welcome back"); u.goTo("Settings"); u.see("Appearance") }, signedIn},
}

// Every page is drawn in the light theme and then, as it stands, in the dark one.
func TestEveryPageIsDrawnInBothThemes(t *testing.T) {
	for _, page := range pages {
		t.Run(page.name, func(t *testing.T) {
			u := sit(t, look.Light, page.fake)
			page.prepare(u)
			for suffix, choice := range map[string]look.Choice{"": look.Light, "-dark": look.Dark} {
				u.window.app.Settings().SetTheme(look.New(choice)) // lays out again, too, what the test canvas leaves as it was
				picture := u.canvas().Capture()
				save(t, page.name+suffix, picture)
				if u.canvas().Overlays().Top() != nil {
					continue // the scrim lies over the colours
				}
				for _, spot := range []struct {
					x, y int
					role fyne.ThemeColorName
				}{{4, 4, look.Rail}, {950, 4, look.Page}} {
					want := color.NRGBAModel.Convert(look.New(choice).Color(spot.role, 0))
					if got := color.NRGBAModel.Convert(picture.At(spot.x, spot.y)); got != want {
						t.Errorf("%s: at %d,%d stands %v, want %s, %v", choice, spot.x, spot.y, got, spot.role, want)
					}
				}
			}
		})
	}
}

func save(t *testing.T, name string, picture image.Image) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	file, err := os.Create(filepath.Join(*screenshots, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func (u *user) goToKeys() {
	u.Helper()
	u.see("Welcome back")
	u.goTo("My keys")
	u.see("What you sign in with.")
}

// collector has keys of every kind, one with a name that is too long.
func collector(now clockFunc) *fake {
	f := signedIn(now)
	f.addKey("Spare key that somebody gave a name much longer than its column")
	f.addKey("Practice key")
	f.keys[2].Virtual = true
	f.addBuiltIn(ceremony.KindWindowsHello, "Windows Hello on ANNA-LAPTOP", "ANNA-LAPTOP")
	f.addBuiltIn(ceremony.KindFingerprint, "Fingerprint on falcon", "falcon")
	f.addKey("Old blue key")
	f.keys[5].Kind = verifier.LegacyKey
	return f
}

// equipped has what a Linux laptop may have built in.
func equipped(now clockFunc) *fake {
	f := signedIn(now)
	f.builtIn = []ceremony.Availability{ready(ceremony.KindFingerprint), ready(ceremony.KindTPM)}
	return f
}

func keyless(now clockFunc) *fake {
	f := settled(now)
	f.keys = nil
	return f
}
