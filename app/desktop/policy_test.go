package desktop

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/widgets"
	"latchkey/verifier"
)

func TestAdministratorsDecideAboutFingerprintReaders(t *testing.T) {
	u := sitAt(t, signedIn)
	u.see("Welcome back")
	u.goTo("Settings")
	u.see("Fingerprint readers of Linux computers")
	if !find[*widgets.Chip](u, "Not allowed").On() {
		t.Error("they are shown as allowed")
	}
	test.Tap(find[*widgets.Chip](u, "Not allowed")) // as it is: nothing to do
	test.Tap(find[*widgets.Chip](u, "Allowed"))
	u.see("Confirm that it’s you")
	u.press("Start again")
	u.see("Appearance")
	if !find[*widgets.Chip](u, "Not allowed").On() {
		t.Error("giving up leaves them shown as allowed")
	}
	test.Tap(find[*widgets.Chip](u, "Allowed"))
	u.see("For everybody in your organisation")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch your key")
	u.touch()
	u.applaud()
	u.see("Fingerprint readers of Linux computers are allowed now.")
	if !find[*widgets.Chip](u, "Allowed").On() || !u.fake.organization.FingerprintAllowed {
		t.Error("they are not allowed")
	}
	u.fake.fail("policy", &verifier.Error{Code: verifier.CodeStoreBusy})
	test.Tap(find[*widgets.Chip](u, "Not allowed"))
	u.see("Another program is using Latchkey's database.")
}

func TestMembersDecideAboutTheirOwnWindowAlone(t *testing.T) {
	u := sitAt(t, func(now clockFunc) *fake {
		f := settled(now)
		f.account.Role = verifier.RoleMember
		f.startSession()
		return f
	})
	u.see("Welcome back")
	u.goTo("Settings")
	u.see("Appearance")
	u.seeNot("Fingerprint readers")
}

// openPolicy is an administrator before the settings of an organisation that counts fingers, and knows whom refusing them
// locks out.
func openPolicy(t *testing.T, lockedOut ...verifier.Account) *user {
	t.Helper()
	u := sitAt(t, func(now clockFunc) *fake {
		f := signedIn(now)
		f.organization.FingerprintAllowed = true
		f.session.Organization = *f.organization
		f.lockedOut = lockedOut
		return f
	})
	u.see("Welcome back")
	u.goTo("Settings")
	u.see("Fingerprint readers of Linux computers")
	return u
}

// crowd is so many people that not all of their names fit into a dialog.
func crowd() []verifier.Account {
	var people []verifier.Account
	for i := range 120 {
		people = append(people, verifier.Account{Username: fmt.Sprintf("person.%03d", i), DisplayName: "Somebody"})
	}
	return people
}

func TestWhoeverWouldBeLockedOutIsNamedBefore(t *testing.T) {
	people := crowd()
	u := openPolicy(t, people...)
	for _, keep := range []func(){
		func() { u.press("Keep it allowed") },
		func() { u.key(fyne.KeyEscape) },
	} {
		test.Tap(find[*widgets.Chip](u, "Not allowed"))
		u.see("This locks 120 people out")
		u.see(usernames(people))
		if top := u.canvas().Overlays().Top(); top.MinSize().Height > windowSize.Height {
			t.Errorf("the dialog is %v high", top.MinSize().Height)
		}
		if focused, ok := u.canvas().Focused().(*widgets.Button); !ok || focused.Label() != "Keep it allowed" {
			t.Errorf("the focus is on %T", u.canvas().Focused())
		}
		keep()
		u.see("Appearance")
		if chip := find[*widgets.Chip](u, "Allowed"); !chip.On() || chip.Disabled() || !u.fake.organization.FingerprintAllowed {
			t.Errorf("on %v, disabled %v", chip.On(), chip.Disabled())
		}
	}

	test.Tap(find[*widgets.Chip](u, "Not allowed"))
	u.see("until an administrator lets them enrol a new one")
	u.press("Lock them out")
	u.see("For everybody in your organisation")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch your key")
	u.touch()
	u.applaud()
	u.see(usernames(people))
	if !find[*widgets.Chip](u, "Not allowed").On() || u.fake.organization.FingerprintAllowed {
		t.Error("they are still allowed")
	}
}

func TestWhereNobodyIsLockedOutNothingIsAsked(t *testing.T) {
	u := openPolicy(t)
	u.fake.counting = make(chan struct{})
	test.Tap(find[*widgets.Chip](u, "Not allowed"))
	for _, label := range []string{"Allowed", "Not allowed"} {
		if !find[*widgets.Chip](u, label).Disabled() {
			t.Errorf("%q can be pressed while it is being counted", label)
		}
	}
	close(u.fake.counting)
	u.see("For everybody in your organisation")
}

func TestWhereNobodyCanBeCountedNothingIsRefused(t *testing.T) {
	u := openPolicy(t)
	u.fake.fail("fingerprint only", &verifier.Error{Code: verifier.CodeStoreBusy})
	test.Tap(find[*widgets.Chip](u, "Not allowed"))
	u.see("Another program is using Latchkey's database.")
	if chip := find[*widgets.Chip](u, "Allowed"); !chip.On() || chip.Disabled() {
		t.Errorf("on %v, disabled %v", chip.On(), chip.Disabled())
	}
}
