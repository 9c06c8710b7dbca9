package desktop

import (
	"context"
	"maps"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/platform/touchid"
	"latchkey/platform/tpm"
	"latchkey/verifier"
)

func ready(kind ceremony.Kind) ceremony.Availability {
	return ceremony.Availability{Kind: kind, State: ceremony.StateReady}
}

// missing is what a probe answers where something built in cannot be used.
func missing(kind ceremony.Kind, state ceremony.State, why error) ceremony.Availability {
	return ceremony.Availability{Kind: kind, State: state, Problem: &companion.FactorError{Kind: kind, Err: why}}
}

var (
	fingerNotSetUp = missing(ceremony.KindFingerprint, ceremony.StateNotSetUp,
		&ceremony.Error{Code: ceremony.CodeNotSetUp, Fix: "Enrol a finger first."})
	fingerAbsent = missing(ceremony.KindFingerprint, ceremony.StateAbsent,
		&ceremony.Error{Code: ceremony.CodeNoDevice, Fix: "No reader was found."})
	fingerRefused = missing(ceremony.KindFingerprint, ceremony.StateUnsupported, verifier.ErrFingerprint)
	chipNoAccess  = missing(ceremony.KindTPM, ceremony.StateNoAccess,
		&ceremony.Error{Code: ceremony.CodeNoAccess, Fix: "Join the group tss, which may use /dev/tpmrm0: run “sudo usermod -aG tss $USER”, sign out of the desktop and in again."})
	chipAbsent = missing(ceremony.KindTPM, ceremony.StateAbsent,
		&ceremony.Error{Code: ceremony.CodeNoDevice, Fix: "Switch on the TPM in the firmware settings."})
	helloNotSetUp = missing(ceremony.KindWindowsHello, ceremony.StateNotSetUp,
		&ceremony.Error{Code: ceremony.CodeNotSetUp, Fix: "Open Settings > Accounts > Sign-in options."})
)

// sitAt opens a window on falcon, which has something built in.
func sitAt(t *testing.T, prepare fakeMaker, builtIn ...ceremony.Availability) *user {
	t.Helper()
	return sitWith(t, look.Light, func(now clockFunc) *fake {
		f := prepare(now)
		f.builtIn = builtIn
		return f
	}, Deps{Computer: "falcon"})
}

func (u *user) openWizard() {
	u.Helper()
	u.see("Welcome back")
	u.press("Add a key")
	u.see("Step 1 of 3")
	u.until("the look at this computer", func() bool { return !u.sees("Looking at what") })
}

func TestTheCardOfThisComputerSaysWhatItHasAndLacks(t *testing.T) {
	for name, tc := range map[string]struct {
		builtIn []ceremony.Availability
		title   string
		sees    []string // on the first step
		can     bool
		then    []string // on the second
		thenNot []string
	}{
		"chip": {
			[]ceremony.Availability{ready(ceremony.KindTPM), fingerAbsent}, "This computer",
			[]string{"A PIN for its security chip, here only."}, true,
			[]string{"Then choose a PIN for it.", "Leave it empty for “Security chip on falcon”"}, []string{"No reader was found.", "Unlock it with"},
		},
		"chip and finger": {
			[]ceremony.Availability{ready(ceremony.KindFingerprint), ready(ceremony.KindTPM)}, "This computer",
			[]string{"A PIN or your finger, here only.", "PIN", "Fingerprint"}, true,
			[]string{"Choose how you’ll unlock it here.", "Unlock it with"}, nil,
		},
		"finger alone": {
			[]ceremony.Availability{chipNoAccess, ready(ceremony.KindFingerprint)}, "This computer",
			[]string{"Your finger on its reader, here only."}, true,
			[]string{"Then put your finger on the reader.", "Join the group tss, which"}, nil,
		},
		"chip, no finger enrolled": {
			[]ceremony.Availability{ready(ceremony.KindTPM), fingerNotSetUp}, "This computer",
			[]string{"A PIN for its security chip, here only."}, true, []string{"Enrol a finger first."}, nil,
		},
		"chip, fingers not allowed": {
			[]ceremony.Availability{ready(ceremony.KindTPM), fingerRefused}, "This computer",
			[]string{"A PIN for its security chip, here only."}, true, nil, []string{"An administrator can allow it in Settings."},
		},
		"Hello": {
			[]ceremony.Availability{ready(ceremony.KindWindowsHello)}, "This computer – Windows Hello",
			[]string{"Your face, finger or PIN, here only."}, true, []string{"Then answer Windows Hello."}, nil,
		},
		"Touch ID": {
			[]ceremony.Availability{ready(ceremony.KindTouchID)}, "This computer – Touch ID",
			[]string{"Your finger, here only."}, true, []string{"Then answer Touch ID."}, nil,
		},
		"Hello not set up": {
			[]ceremony.Availability{helloNotSetUp}, "This computer – Windows Hello",
			[]string{"Windows Hello is not set up on this computer yet. Open Settings > Accounts > Sign-in options."}, false, nil, nil,
		},
		"no access": {
			[]ceremony.Availability{chipNoAccess, fingerAbsent}, "This computer",
			[]string{"You cannot use the security chip on this computer yet. Join the group tss, which"}, false, nil, nil,
		},
		"absent": {
			[]ceremony.Availability{chipAbsent, fingerAbsent}, "This computer",
			[]string{"does not have a security chip that can be used. Switch on the TPM"}, false, nil, nil,
		},
		"fingers not allowed": {
			[]ceremony.Availability{fingerRefused}, "This computer",
			[]string{"Your organisation does not count a finger", "An administrator can allow it in Settings."}, false, nil, nil,
		},
		"nothing known": {nil, "This computer", []string{"This sort of computer does not have that."}, false, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			u := sitAt(t, signedIn, tc.builtIn...)
			u.openWizard()
			for _, text := range tc.sees {
				u.see(text)
			}
			card := find[*widgets.ChoiceCard](u, tc.title)
			if card.Disabled() == tc.can || card.Selected() {
				t.Errorf("disabled %v, selected %v", card.Disabled(), card.Selected())
			}
			test.Tap(card)
			u.press("Continue")
			if !tc.can {
				u.see("Name your new key") // a security key it is
				return
			}
			u.see("Name this computer’s key")
			for _, text := range tc.then {
				u.see(text)
			}
			for _, text := range tc.thenNot {
				u.seeNot(text)
			}
		})
	}
}

func TestWhereSecurityKeysCannotWorkTheComputerIsChosen(t *testing.T) {
	u := sitAt(t, signedIn, ready(ceremony.KindTPM))
	u.fake.unkeyed = &ceremony.Error{Code: ceremony.CodeUnsupported}
	u.openWizard()
	u.see("That does not work with this key or on this computer.")
	if key, computer := find[*widgets.ChoiceCard](u, "Security key"), find[*widgets.ChoiceCard](u, "This computer"); !key.Disabled() || !computer.Selected() {
		t.Errorf("key disabled %v, computer selected %v", key.Disabled(), computer.Selected())
	}
	u.fake.builtIn = []ceremony.Availability{chipAbsent}
	u.press("Continue")
	u.press("Back") // looks again
	u.see("Switch on the TPM")
	if !find[*widgets.Button](u, "Continue").Disabled() {
		t.Error("there is nothing to add, and yet it goes on")
	}
}

// A reader that takes long to answer holds nobody up who has a security key.
func TestTheWizardDoesNotWaitForTheComputer(t *testing.T) {
	u := sitAt(t, signedIn, ready(ceremony.KindTPM))
	u.fake.probing = make(chan struct{})
	u.see("Welcome back")
	u.press("Add a key")
	u.see("Looking at what this computer has…")
	u.canvas().Focus(find[*widgets.ChoiceCard](u, "Security key"))
	close(u.fake.probing)
	u.see("A PIN for its security chip, here only.")
	if button, ok := u.canvas().Focused().(*widgets.Button); !ok || button.Label() != "Continue" {
		t.Errorf("the focus was on a card that is replaced; now it is on %T", u.canvas().Focused())
	}
	u.press("Continue")
	u.see("Name your new key")
}

func TestAddThisComputer(t *testing.T) {
	u := sitAt(t, signedIn, ready(ceremony.KindTPM))
	add := func() {
		u.openWizard()
		test.Tap(find[*widgets.ChoiceCard](u, "This computer"))
		u.press("Continue")
		u.see("Name this computer’s key")
		u.press("Add a key")
		u.see("Choose a PIN")
	}
	add()
	u.see("It is for this account on this computer alone.")
	u.see("Security chip on falcon")
	u.write("New PIN", "12345")
	u.press("Set PIN")
	u.see("Use at least 6 characters.")
	u.press("Start again")
	u.see("Name this computer’s key")
	u.press("Back")
	u.see("Step 1 of 3")
	u.press("Cancel")
	u.see("What you sign in with.")
	u.seeNot("Device authenticators")
	if got := len(u.fake.keys); got != 1 || u.fake.chipPIN != "" {
		t.Fatalf("giving up has left %d keys", got)
	}

	u.goTo("Home")
	add()
	u.write("New PIN", "271828")
	u.write("New PIN again", "271828")
	u.press("Set PIN")
	u.see("“Security chip on falcon” is ready")
	u.see("It signs you in on this computer from now on.")
	u.press("See my keys")
	u.see("Device authenticators")
	u.see("Security chip · bound to this computer")
}

func TestAFingerIsChosenInPlaceOfThePIN(t *testing.T) {
	u := sitAt(t, signedIn, ready(ceremony.KindFingerprint), ready(ceremony.KindTPM))
	u.openWizard()
	test.Tap(find[*widgets.ChoiceCard](u, "This computer"))
	u.press("Continue")
	u.see("Leave it empty for “Security chip on falcon”")
	test.Tap(find[*widgets.Chip](u, "Fingerprint"))
	u.see("Leave it empty for “Fingerprint on falcon”")
	u.write("Name of this key", "My finger")
	u.press("Add a key")
	u.see("Put your finger on the reader")
	u.see("Fingerprint on falcon · 0:30 left")
	u.touch()
	u.applaud()
	u.see("“My finger” is ready")
	u.press("See my keys")
	u.see("Fingerprint · bound to this computer")
}

// An authenticator may take long before it asks anything. Whoever does not wait for it is rid of it.
func TestGoingBackEndsAnEnrolmentThatHasNotAskedYet(t *testing.T) {
	for name, goBack := range map[string]func(*user){
		"Back":   func(u *user) { u.press("Back") },
		"Escape": func(u *user) { u.key(fyne.KeyEscape) },
	} {
		t.Run(name, func(t *testing.T) {
			u := sitAt(t, signedIn)
			u.fake.enrolling = make(chan context.Context, 2)
			u.openWizard()
			u.press("Continue")
			u.press("Add a key")
			u.see("One moment…")
			first := <-u.fake.enrolling
			goBack(u)
			u.see("Step 1 of 3")
			if first.Err() == nil {
				t.Fatal("the enrolment goes on")
			}
			u.press("Continue")
			u.press("Add a key")
			if second := <-u.fake.enrolling; second.Err() != nil {
				t.Error("the next one ended with it")
			}
		})
	}
}

func TestWhoeverHasNoKeyAtHandCanLeaveTheWizard(t *testing.T) {
	u := sitAt(t, keyless)
	u.signIn()
	u.see("Add your first key")
	u.press("Cancel")
	u.see("asks for your password")
	if got := find[*widgets.Field](u, "Username").Text(); got != "anna.berg" {
		t.Errorf("username = %q, want the one that was typed before", got)
	}
}

// Nothing but keys from the first page to a session with what is built in.
func TestKeyboardAloneLeadsToASessionWithThisComputer(t *testing.T) {
	u := sitAt(t, keyless, ready(ceremony.KindTPM))
	u.see("asks for your password")
	for _, text := range []string{"anna.berg", "correct horse battery"} {
		u.typed(text)
		u.key(fyne.KeyReturn)
	}
	u.see("Add your first key")
	u.see("A PIN for its security chip, here only.")
	u.tabTo("This computer")
	u.key(fyne.KeySpace)
	u.key(fyne.KeyReturn)
	u.see("Name this computer’s key")
	u.key(fyne.KeyReturn)
	u.see("Choose a PIN")
	for range 2 {
		u.typed("271828")
		u.key(fyne.KeyReturn)
	}
	u.see("“Security chip on falcon” is yours.")
	u.key(fyne.KeyReturn)
	u.see("asks for your password")
	u.typed("correct horse battery")
	u.key(fyne.KeyReturn)
	u.see("PIN for this computer")
	u.typed("271828")
	u.key(fyne.KeyReturn)
	u.see("Welcome back, Anna")
	u.see("Security chip on this computer and password")
}

// chipOwner is somebody whose only key is the security chip of falcon.
func chipOwner(now clockFunc) *fake {
	f := keyless(now)
	f.chipPIN = "271828"
	f.addBuiltIn(ceremony.KindTPM, "Security chip on falcon", "falcon")
	return f
}

// bothOwner has a security key, too.
func bothOwner(now clockFunc) *fake {
	f := settled(now)
	f.chipPIN = "271828"
	f.addBuiltIn(ceremony.KindTPM, "Security chip on falcon", "falcon")
	return f
}

func TestThePINOfAComputerHasItsOwnWords(t *testing.T) {
	u := sitAt(t, chipOwner)
	u.signIn()
	u.see("One more step: type your PIN for this computer.")
	u.press("Continue")
	u.see("Type your PIN for this computer.")
	for _, want := range []string{
		"Wrong PIN. 4 tries left. After that the security chip takes no PIN for a while.",
		"Wrong PIN. 3 tries left.", "Wrong PIN. 2 tries left.", "Wrong PIN. 1 try left. After that the security chip",
	} {
		u.write("PIN for this computer", "000000")
		u.press("Continue")
		u.see(want)
	}
	u.write("PIN for this computer", "271828")
	u.see("1 try left before the security chip takes no PIN for a while")
	u.press("Continue")
	u.see("Welcome back")
}

func TestAnotherKeyCanBeUsedInPlaceOfAPIN(t *testing.T) {
	u := sitAt(t, bothOwner)
	u.signIn()
	u.see("PIN of this key")
	u.press("Use another key")
	u.see("PIN for this computer")
	u.seeNot("Going on with the next") // the person has asked for it
	u.press("Use another key")
	u.see("asks for your password")
	u.see("There is no other key of yours at hand. Plug one in, or start again with the one that is here.")
	u.write("Password", "correct horse battery")
	u.press("Continue")
	u.see("PIN of this key")
	u.press("Use another key")
	u.see("PIN for this computer")
	u.write("PIN for this computer", "271828")
	u.press("Continue")
	u.see("Welcome back")
}

// While a key is made there is no other one that could be asked in its place.
func TestANewKeyIsNotReplacedByAnother(t *testing.T) {
	u := sitAt(t, signedIn)
	u.openWizard()
	u.press("Continue")
	u.see("Name your new key")
	u.press("Add a key")
	u.see("PIN of this key")
	u.seeNot("Use another key")
}

func TestThePageSaysWhyTheNextKeyIsAsked(t *testing.T) {
	u := sitAt(t, func(now clockFunc) *fake {
		f := chipOwner(now)
		f.addKey("Work key")
		return f
	})
	u.fake.fail(string(ceremony.KindTPM), &ceremony.Error{Code: ceremony.CodePINAuthBlocked, Wait: 10 * time.Minute, Fix: "Try again in 10 minutes."})
	u.signIn()
	u.see("PIN of this key")
	u.see("Too many wrong PINs: the security chip takes none for now. Next try: today, 08:50, if the computer stays on.")
	u.write("PIN of this key", "0000")
	u.press("Continue")
	u.see("Wrong PIN.")
	u.seeNot("Going on with the next") // said once
}

func TestALockedChipSaysWhenItTakesPINsAgain(t *testing.T) {
	u := sitAt(t, chipOwner)
	u.fake.fail(string(ceremony.KindTPM), &ceremony.Error{Code: ceremony.CodePINAuthBlocked, Wait: 10 * time.Minute, Fix: "Try again in 10 minutes."})
	u.signIn()
	u.see("the security chip takes none for now. Try again in 10 minutes.")
}

func TestHelloGivesWayToAnotherKey(t *testing.T) {
	u := sitAt(t, func(now clockFunc) *fake {
		f := keyless(now)
		f.addBuiltIn(ceremony.KindWindowsHello, "Windows Hello on falcon", "falcon")
		f.addKey("Work key")
		return f
	})
	u.signIn()
	u.see("Answer Windows Hello")
	u.press("Use another key")
	u.see("PIN of this key")
	u.write("PIN of this key", "2580")
	u.press("Continue")
	u.see("Touch your key")
	u.seeNot("Use another key")
	u.touch()
	u.applaud()
	u.see("Welcome back")
}

// Windows asks for the PIN of a key and for the touch by itself, and waits as long as it was told to.
func TestTheSystemsOwnDialogueIsPointedAt(t *testing.T) {
	u := sitAt(t, bothOwner)
	u.fake.ownDialogue = true
	u.signIn()
	u.see("Follow Windows’ own prompt")
	u.see("2:00 left")
	u.seeNot("Touch")
	u.press("Use another key")
	u.see("PIN for this computer")
	u.press("Start again")
	u.signIn()
	u.see("Follow Windows’ own prompt")
	u.touch()
	u.applaud()
	u.see("Welcome back")

	u.goTo("My keys")
	u.see("What you sign in with.")
	u.press("Add a key")
	u.see("Step 1 of 3")
	u.press("Continue")
	u.press("Add a key")
	u.see("Follow Windows’ own prompt")
	u.seeNot("Use another key")
}

// Whoever refuses the finger gets to the PIN, and from there to the end of what there is.
func TestAFingerGivesWayToThePIN(t *testing.T) {
	u := sitAt(t, func(now clockFunc) *fake {
		f := keyless(now)
		f.addBuiltIn(ceremony.KindFingerprint, "Fingerprint on falcon", "falcon")
		f.addBuiltIn(ceremony.KindTPM, "Security chip on falcon", "falcon")
		f.chipPIN = "271828"
		return f
	}, ready(ceremony.KindFingerprint), ready(ceremony.KindTPM))
	for _, answer := range []string{"Use another key", "Continue"} {
		u.signIn()
		u.see("Put your finger on the reader")
		u.press("Use another key")
		u.see("PIN for this computer")
		u.write("PIN for this computer", "271828")
		u.press(answer)
		if answer == "Use another key" {
			u.see("There is no other key of yours at hand.")
		}
	}
	u.see("Welcome back")
}

func TestAFingerThatDoesNotMatchIsToldWhy(t *testing.T) {
	u := sitAt(t, func(now clockFunc) *fake {
		f := keyless(now)
		f.addBuiltIn(ceremony.KindFingerprint, "Fingerprint on falcon", "falcon")
		return f
	})
	u.fake.unread = "That finger was too fast. Try again."
	u.signIn()
	u.see("That finger was too fast. Try again.")
	u.see("Put your finger on the reader")
	u.touch()
	u.applaud()
	u.see("Welcome back")
}

func TestMyKeysNamesTheComputerOfEachKey(t *testing.T) {
	u := sitAt(t, signedIn)
	u.fake.addBuiltIn(ceremony.KindTPM, "Chip here", "falcon")
	u.fake.addBuiltIn(ceremony.KindFingerprint, "Finger there", "heron")
	u.fake.addBuiltIn(ceremony.KindWindowsHello, "Hello", "")
	u.see("Welcome back")
	u.goTo("My keys")
	for _, text := range []string{
		"Device authenticators", "Security chip · bound to this computer", "Fingerprint · bound to heron", "Windows Hello · bound to one computer",
	} {
		u.see(text)
	}
	for i, want := range []fyne.Resource{look.IconSecurityKey, look.IconLaptop, look.IconFingerprint, look.IconLaptop} {
		if got := keyIcon(u.fake.keys[i]); got != want {
			t.Errorf("%s: icon %s, want %s", u.fake.keys[i].Name, got.Name(), want.Name())
		}
	}
}

// A key's model is what tells its kind; the models are written down where they are made.
func TestTheModelsAreThoseOfTheAuthenticators(t *testing.T) {
	want := map[[16]byte]ceremony.Kind{
		tpm.VirtualAAGUID: ceremony.KindTPM, tpm.VirtualFingerprintAAGUID: ceremony.KindFingerprint,
		tpm.AAGUID: ceremony.KindTPM, tpm.FingerprintAAGUID: ceremony.KindFingerprint, touchid.AAGUID: ceremony.KindTouchID,
	}
	if !maps.Equal(builtInModels, want) {
		t.Errorf("%x, want %x", builtInModels, want)
	}
}
