package desktop

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// signIn gets Anna past the password.
func (u *user) signIn() {
	u.Helper()
	u.see("asks for your password")
	u.write("Username", "anna.berg")
	u.write("Password", "correct horse battery")
	u.press("Continue")
}

func TestFirstRun(t *testing.T) {
	u := sit(t, look.Light, newFake)
	u.see("Set up Latchkey")
	u.press("Create organisation")
	u.see("Give your organisation a name.")

	u.write("Name of the organisation", "Northgate Clinic")
	u.seeNot("Give your organisation a name.")
	u.write("Your name", "Anna Berg")
	u.write("Username", "anna.berg")
	u.write("Password", "short")
	u.press("Create organisation")
	u.see("Use at least 12 characters.")
	u.write("Password", "correct horse battery")
	u.write("Password again", "correct horse")
	u.press("Create organisation")
	u.see("The two passwords differ.")
	u.write("Password again", "correct horse battery")

	u.fake.fail("create", &verifier.Error{Code: verifier.CodeStoreFull})
	u.press("Create organisation")
	u.see("The disk is full.")
	u.press("Create organisation")

	u.see("Add your first key")
	u.press("Continue")
	u.see("Name your new key")
	u.fake.fail("enroll", ceremony.ErrNoDevice)
	u.press("Add a key")
	u.see("No security key is plugged in.")
	u.write("Name of this key", "Work key")
	u.press("Add a key")
	u.see("Unlock the new key with its PIN.")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch the new key")
	u.touch()
	u.applaud()
	u.see("“Work key” is yours.")

	u.press("Go to sign in")
	u.see("Northgate Clinic asks for your password")
	if got := find[*widgets.Field](u, "Username").Text(); got != "anna.berg" {
		t.Errorf("username = %q, want the one just made", got)
	}
}

func TestFirstRunWithAnotherDomainAndANewPIN(t *testing.T) {
	u := sitWith(t, look.Dark, newFake, Deps{Computer: "ANNA-LAPTOP", AllowVirtualKeys: true})
	u.fake.pin = ""
	u.see("Virtual keys will be allowed")
	u.press("Use another")
	u.write("Portal domain", "portal.example.com")
	u.write("Name of the organisation", "Northgate Clinic")
	u.write("Username", "anna.berg")
	u.write("Password", "correct horse battery")
	u.write("Password again", "correct horse battery")
	u.press("Create organisation")
	u.see("Add your first key")
	if got := *u.fake.organization; got.RPID != "portal.example.com" || !got.VirtualKeysAllowed {
		t.Errorf("organisation = %+v", got)
	}
	u.press("Continue")
	u.see("Name your new key")
	u.press("Add a key")
	u.see("Choose a PIN")
	u.write("New PIN", "123")
	u.press("Set PIN")
	u.see("Use at least 4 characters.")
	u.write("New PIN", "2580")
	u.write("New PIN again", "2581")
	u.press("Set PIN")
	u.see("The two PINs differ.")
	u.write("New PIN again", "2580")
	u.press("Set PIN")
	u.see("Touch the new key")
	u.touch()
	u.applaud()
	u.see("You’re ready")
}

func TestSignIn(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.see("asks for your password")
	u.press("Continue")
	u.see("Type your username.")
	u.write("Username", "anna.berg")
	u.press("Continue")
	u.see("Type your password.")
	u.write("Password", "wrong")
	u.press("Continue")
	u.see("Wrong username or password.")
	if got := find[*widgets.Field](u, "Password").Text(); got != "" {
		t.Error("the wrong password stays in the field")
	}
	u.signIn()

	u.see("One more step")
	u.see("Signing in as anna.berg")
	u.press("Continue")
	u.see("Type the PIN of this key.")
	u.write("PIN of this key", "0000")
	u.press("Continue")
	u.see("Wrong PIN. 7 tries left.")
	u.write("PIN of this key", "2580")
	u.key(fyne.KeyReturn)

	u.see("Touch your key")
	u.see("0:30 left")
	u.until("the clock", func() bool { u.clock.pass(0); return u.sees("0:30 left") })
	u.clock.pass(6 * time.Second)
	u.see("0:24 left")
	u.touch()
	u.applaud()
	u.see("Welcome back, Anna")
	u.see("YubiKey 5 NFC, PIN and touch")
	u.see("Today, 08:40")
	u.see("Today, 18:40")
	u.see("You are offline.")
}

func TestGivingUpLeadsBackWithoutAnError(t *testing.T) {
	u := sit(t, look.Light, settled)
	for _, giveUp := range []func(){
		func() { u.press("Start again") },
		func() { u.key(fyne.KeyEscape) },
		func() {
			u.write("PIN of this key", "2580")
			u.press("Continue")
			u.see("Touch your key")
			u.press("Cancel")
		},
	} {
		u.signIn()
		u.see("One more step")
		giveUp()
		u.see("asks for your password")
		u.seeNot("Cancelled")
	}
}

func TestLeavingThePageEndsTheCeremony(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.signIn()
	u.see("One more step")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch your key")
	u.goTo("Settings")
	u.see("Appearance")
	u.seeNot("Touch your key")
}

func TestSignInErrorsStandInPlace(t *testing.T) {
	u := sit(t, look.Dark, settled)
	for _, tc := range []struct {
		err  error
		want string
	}{
		{ceremony.ErrNoDevice, "No security key is plugged in. Plug one in and try again."},
		{ceremony.ErrNoAccess, "udev"},
		{ceremony.ErrPINBlocked, "blocked itself"},
		{ceremony.ErrNoCredential, "none of this account’s keys"},
		{companion.ErrKeyringLocked, "Your keyring is locked."},
		{&verifier.Error{Code: verifier.CodeClock}, "clock is wrong"},
	} {
		u.fake.fail("sign in", tc.err)
		u.signIn()
		want := describe(tc.err)
		u.see(want)
		if u.canvas().Overlays().Top() != nil {
			t.Errorf("%v: an error opened something over the page", tc.err)
		}
	}
}

func TestAnAccountThatNeedsNoKeyGetsTheUsualPages(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.fake.keys, u.fake.account.FactorRequired = nil, false
	u.signIn()
	u.see("Add a key")
	u.seeNot("Your first key")
	for _, page := range []string{"My keys", "Security key", "Settings", "Home"} {
		u.goTo(page)
		u.until(page, func() bool { return find[*widgets.RailItem](u, page).Selected() })
		u.seeNot("Your first key")
	}
	u.see("Your keys")
	u.press("Add a key")
	u.see("What do you want to add?")
	find[*widgets.RailItem](u, "My keys")
}

func TestAnAccountWithoutAKeyIsAskedForOne(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.fake.keys = nil
	u.signIn()
	u.see("Add your first key")
}

func TestHomeSaysWhenTheSessionIsNotKept(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.fake.unstored = true
	u.signIn()
	u.see("One more step")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch your key")
	u.touch()
	u.applaud()
	u.see("Welcome back, Anna")
	u.see(companion.Describe(companion.ErrNotStored).What)
	u.seeNot("Tokens for local apps")
}

func TestHome(t *testing.T) {
	u := sit(t, look.Dark, signedIn)
	u.see("Add a second key")
	copyButton := func() *widgets.Button {
		for _, object := range u.objects() {
			if button, ok := object.(*widgets.Button); ok && button.Label() == "" {
				return button
			}
		}
		t.Fatal("no button without words")
		return nil
	}
	test.Tap(copyButton())
	if got := u.window.app.Clipboard().Content(); got != "latchkey token" {
		t.Errorf("clipboard = %q", got)
	}
	u.fake.fail("sign out", &verifier.Error{Code: verifier.CodeStoreBusy})
	u.press("Sign out")
	u.see("Another program is using Latchkey's database.")
	u.press("Sign out")
	u.see("You are signed out.")
}

func TestASessionThatEndsLeadsToSignIn(t *testing.T) {
	u := sit(t, look.Light, signedIn)
	u.see("Welcome back")
	u.fake.mu.Lock()
	u.fake.session = nil
	u.fake.mu.Unlock()
	u.goTo("My keys")
	u.see("Your session has ended.")
}

// menu opens the menu of the nth key and chooses from it.
func (u *user) menu(nth int, choice string) {
	u.Helper()
	var dots []*widgets.Button
	for _, object := range u.objects() {
		if button, ok := object.(*widgets.Button); ok && button.Label() == "" {
			dots = append(dots, button)
		}
	}
	u.canvas().Focus(dots[nth])
	u.key(fyne.KeyReturn)
	steps := map[string]int{"Rename…": 1, "Delete…": 2}[choice]
	for range steps {
		u.key(fyne.KeyDown)
	}
	u.key(fyne.KeyReturn)
}

func TestRename(t *testing.T) {
	u := sit(t, look.Light, signedIn)
	u.see("Welcome back")
	u.goTo("My keys")
	u.see("28 Mar")
	u.menu(0, "Rename…")
	u.see("Rename “Work key”")
	u.write("New name", " ")
	u.press("Rename key")
	u.see("Give the key a name.")
	u.write("New name", "Blue key")
	u.fake.fail("rename", &verifier.Error{Code: verifier.CodeStoreReadOnly})
	u.press("Rename key")
	u.see("cannot write to its folder")
	u.key(fyne.KeyReturn)
	u.see("The key is called “Blue key” now.")
}

func TestEscapeClosesADialogAndGivesTheFocusBack(t *testing.T) {
	u := sit(t, look.Light, signedIn)
	u.see("Welcome back")
	u.goTo("My keys")
	u.see("What you sign in with.")
	u.menu(0, "Rename…")
	u.see("Rename “Work key”")
	u.key(fyne.KeyEscape)
	u.see("What you sign in with.")
	if _, ok := u.canvas().Focused().(*widgets.Button); !ok {
		t.Errorf("focus is on %T, want the button that opened the menu", u.canvas().Focused())
	}
}

func TestDeletingTheOnlyKeyAsksForTheUsername(t *testing.T) {
	u := sit(t, look.Light, signedIn)
	u.see("Welcome back")
	u.goTo("My keys")
	u.see("What you sign in with.")
	u.menu(0, "Delete…")
	u.see("This is your only key")
	u.see("If you delete it, you can’t sign in until an administrator enrols a new one.")
	remove := find[*widgets.Button](u, "Delete key")
	u.write("Type anna.berg to confirm", "anna")
	if !remove.Disabled() {
		t.Fatal("the key can be deleted before the username is typed")
	}
	u.write("Type anna.berg to confirm", "anna.berg")
	u.press("Delete key")
	u.see("Deleting “Work key”")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch your key")
	u.touch()
	u.applaud()
	u.see("“Work key” is deleted.")
	u.see("No keys yet. Add one to sign in with more than a password.")
}

func TestDeletingOneOfTwoKeys(t *testing.T) {
	u := sit(t, look.Dark, signedIn)
	u.fake.addKey("Spare key")
	u.see("Welcome back")
	u.goTo("My keys")
	u.see("What you sign in with.")
	u.menu(1, "Delete…")
	u.see("Delete “Spare key”?")
	u.press("Keep the key")
	u.menu(1, "Delete…")
	u.fake.fail("delete", ceremony.ErrUnplugged)
	u.press("Delete key")
	u.see("unplugged before it had answered")
	u.see("Spare key")
}

func TestAddAKey(t *testing.T) {
	u := sit(t, look.Light, signedIn)
	u.see("Welcome back")
	u.press("Add a key")
	u.see("Step 1 of 3")
	u.see("This sort of computer does not have that. Use a security key.")
	u.press("Continue")
	u.see("Step 2 of 3")
	u.write("Name of this key", "Spare key")
	u.fake.fail("enroll", ceremony.ErrExcluded)
	u.press("Add a key")
	u.see("This key is already one of yours.")
	u.press("Add a key")
	u.see("Adding it for anna.berg")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch the new key")
	u.touch()
	u.applaud()
	u.see("“Spare key” is ready")
	u.press("See my keys")
	u.see("What you sign in with.")
	u.see("Spare key")
}

func TestSecurityKeyPage(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.see("asks for your password")
	u.goTo("Security key")
	u.see("Firmware 5.6.3 · USB")
	for _, text := range []string{"PIN set", "8 tries left", "23 passkey slots free", "FIDO_2_0, FIDO_2_1", "ES256, EdDSA"} {
		u.see(text)
	}
	u.fake.mu.Lock()
	u.fake.plugged = nil
	u.fake.mu.Unlock()
	u.press("Look again")
	u.see("No security key is plugged in. Plug one in, then look again.")
	u.fake.fail("devices", ceremony.ErrNoAccess)
	u.press("Look again")
	u.see(companion.Describe(ceremony.ErrNoAccess).String())
}

func TestSettingsKeepTheChoiceOfATheme(t *testing.T) {
	u := sit(t, look.Light, settled)
	u.see("asks for your password")
	u.goTo("Settings")
	u.see("Appearance")
	for _, object := range u.objects() {
		if chip, ok := object.(*widgets.Chip); ok && !chip.On() {
			u.canvas().Focus(chip)
		}
	}
	u.key(fyne.KeySpace) // the last one: Dark
	if got := chosenLook(u.window.app); got != look.Dark {
		t.Errorf("choice = %q, want dark", got)
	}
	dark := look.New(look.Dark).Color(look.Page, 0)
	if got := u.window.app.Settings().Theme().Color(look.Page, 0); got != dark {
		t.Error("the window has not become dark")
	}
}

func TestTroubleAtTheStartCanBeTriedAgain(t *testing.T) {
	u := sit(t, look.Light, func(now clockFunc) *fake {
		f := signedIn(now)
		f.fail("overview", &verifier.Error{Code: verifier.CodeStoreCorrupt})
		return f
	})
	u.see("database is damaged")
	u.press("Try again")
	u.see("Welcome back, Anna")
}
