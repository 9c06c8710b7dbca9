package touchid

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/fido/ceremony"
)

// lack is a way in which a Mac can lack something, and how that is put right.
type lack struct {
	name        string
	breakIt     func(*mac)
	mend        func(*mac)
	requirement Requirement
	state       ceremony.State
	fix         string // a part of what the person is told
}

// lacks are in the order in which they are looked at.
var lacks = []lack{
	{"old macOS", func(m *mac) { m.macOS = "11.7.10" }, func(m *mac) { m.macOS = "12.0" },
		RequireMacOS, ceremony.StateUnsupported, "Update to macOS 12"},
	{"changed program", func(m *mac) { m.unsigned = secError(-67061) }, func(*mac) {},
		RequireSignature, ceremony.StateNoAccess, "changed after it was signed"},
	{"unsigned program", func(m *mac) { m.unsigned = secError(errSecCSUnsigned) }, func(m *mac) { m.unsigned = nil },
		RequireSignature, ceremony.StateNoAccess, "sign this copy"},
	{"no entitlement", func(m *mac) { m.groups = nil }, func(*mac) {},
		RequireEntitlement, ceremony.StateNoAccess, "Latchkey.entitlements"},
	{"other keychain groups", func(m *mac) { m.groups = []string{KeychainGroup, "TEAM." + KeychainGroup + ".more"} }, func(m *mac) { m.groups = []string{group} },
		RequireEntitlement, ceremony.StateNoAccess, "Latchkey.entitlements"},
	{"no bundle", func(m *mac) { m.outOfBundle = true }, func(m *mac) { m.outOfBundle = false },
		RequireBundle, ceremony.StateNoAccess, "Start Latchkey.app"},
	{"no Enclave", func(m *mac) { m.noEnclave = tkError(tkErrorCodeTokenNotFound) }, func(m *mac) { m.noEnclave = nil },
		RequireEnclave, ceremony.StateUnsupported, "use a security key"},
	{"no sensor", func(m *mac) { m.noSensor = true }, func(m *mac) { m.noSensor = false },
		RequireSensor, ceremony.StateUnsupported, "Magic Keyboard with Touch ID"},
	{"switched off", func(m *mac) { m.noFinger = laError(laErrorBiometryNotAvailable) }, func(m *mac) { m.noFinger = nil },
		RequireSensor, ceremony.StateUnsupported, "switched on"},
	{"closed lid", func(m *mac) { m.lid = true }, func(m *mac) { m.lid = false },
		RequireLid, ceremony.StateNoAccess, "Open the lid, or use another key."},
	{"no finger", func(m *mac) { m.noFinger = laError(laErrorBiometryNotEnrolled) }, func(m *mac) { m.noFinger = nil },
		RequireFinger, ceremony.StateNotSetUp, "add a fingerprint"},
	{"no password", func(m *mac) { m.noFinger = laError(laErrorPasscodeNotSet) }, func(m *mac) { m.noFinger = nil },
		RequirePassword, ceremony.StateNotSetUp, "set a password"},
}

// problem probes, and returns which requirement is not met.
func problem(t *testing.T, a *Authenticator, want ceremony.State) (Requirement, string) {
	t.Helper()
	got := a.Probe(t.Context())
	unmet, failed := (*Unmet)(nil), (*ceremony.Error)(nil)
	if got.State != want || len(got.Devices) > 0 || !errors.As(got.Problem, &unmet) || !errors.As(got.Problem, &failed) {
		t.Fatalf("probed %+v, want %s", got, want)
	}
	if unmet.Err == nil || !isInText(got.Problem, string(unmet.Requirement)) {
		t.Errorf("the problem is told as: %v", got.Problem)
	}
	return unmet.Requirement, failed.Fix
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for _, lack := range lacks {
		t.Run(lack.name, func(t *testing.T) {
			a, m := fresh(t)
			lack.breakIt(m)
			requirement, fix := problem(t, a, lack.state)
			if requirement != lack.requirement || !strings.Contains(fix, lack.fix) {
				t.Errorf("named %q, and the person is told: %s", requirement, fix)
			}
			asked := false
			if _, err := a.Create(t.Context(), creation(), &person{func() { asked = true }}); err == nil || asked {
				t.Errorf("created: %v; the person was asked: %v", err, asked)
			}
			m.leaves(t, 0)
		})
	}
}

// TestWhatIsMissingIsNamedInOrder breaks everything and mends it bit by bit: what was not
// met is looked at again.
func TestWhatIsMissingIsNamedInOrder(t *testing.T) {
	a, m := fresh(t)
	m.noSensor, m.noFinger = true, laError(laErrorPasscodeNotSet)
	standing := slices.IndexFunc(lacks, func(l lack) bool { return l.requirement == RequireSensor })
	for i, lack := range lacks[:standing] {
		for _, later := range lacks[i+1 : standing] {
			later.breakIt(m)
		}
		lack.breakIt(m)
		if requirement, _ := problem(t, a, lack.state); requirement != lack.requirement {
			t.Errorf("%s: named %q", lack.name, requirement)
		}
		lack.mend(m)
	}
	// What cannot be mended is told before what a person would do in vain.
	for _, code := range []int{laErrorPasscodeNotSet, laErrorBiometryNotEnrolled, laErrorBiometryNotAvailable} {
		m.noFinger = laError(code)
		if requirement, fix := problem(t, a, ceremony.StateUnsupported); requirement != RequireSensor || fix != fixNoSensor {
			t.Errorf("named %q for %d", requirement, code)
		}
	}
	m.noSensor, m.noFinger = false, nil
	if got := a.Probe(t.Context()); got.State != ceremony.StateReady {
		t.Errorf("all is there: %+v", got)
	}
}

func TestWhatWasMetIsNotLookedAtAgain(t *testing.T) {
	a, m := fresh(t)
	enrol(t, a, m)
	a.Probe(t.Context())
	if got := get(m, func(m *mac) int { return m.looked }); got != 1 {
		t.Errorf("the signature was checked %d times", got)
	}
}

func TestWithoutMacOSThereIsNoTouchID(t *testing.T) {
	for name, test := range map[string]struct {
		err error
		fix string
	}{
		"another system":   {errNotAMac, "Use a security key"},
		"a missing symbol": {errors.New("Security has no function SecKeyCreateRandomKey"), "Update to macOS 12"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newOver(func() (system, error) { return nil, test.err }, Options{Records: filepath.Join(t.TempDir(), "touchid.json")})
			requirement, fix := problem(t, a, ceremony.StateUnsupported)
			if requirement != RequireMacOS || !strings.Contains(fix, test.fix) {
				t.Errorf("named %q, and the person is told: %s", requirement, fix)
			}
		})
	}
}

// TestEnclaveOutOfReachIsNotMissing plays a session in the background.
func TestEnclaveOutOfReachIsNotMissing(t *testing.T) {
	a, m := fresh(t)
	m.set(func(m *mac) { m.noEnclave = secError(errSecInteractionNotAllowed) })
	got := a.Probe(t.Context())
	if got.State != ceremony.StateNoAccess || !strings.Contains(expect(t, got.Problem, ceremony.ErrNoAccess), "Unlock the screen") {
		t.Errorf("probed %+v", got)
	}
}

// TestLidIsLookedAtEachTime closes and opens it between attempts and within one.
func TestLidIsLookedAtEachTime(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	lid := func(closed bool) { m.set(func(m *mac) { m.lid = closed }) }
	signIn := func(p *person) error { _, err := a.Assert(t.Context(), assertion(id), p); return err }

	lid(true)
	if fix := expect(t, signIn(new(person)), ceremony.ErrNoAccess); fix != "Open the lid, or use another key." {
		t.Errorf("the person is told: %s", fix)
	}
	lid(false)
	m.touch()
	if err := signIn(new(person)); err != nil {
		t.Errorf("with the lid open again: %v", err)
	}
	if fix := expect(t, signIn(&person{func() { lid(true) }}), ceremony.ErrNoAccess); fix != fixLid {
		t.Errorf("closed after the probe, the person is told: %s", fix)
	}

	lid(false)
	ended := make(chan error)
	go func() { ended <- signIn(new(person)) }()
	eventually(t, "a dialogue shows", shows(m))
	lid(true)
	m.finger <- laError(laErrorSystemCancel) // which is what macOS does then
	if fix := expect(t, <-ended, ceremony.ErrNoAccess); fix != fixLid {
		t.Errorf("closed while the finger was awaited, the person is told: %s", fix)
	}
	m.leaves(t, 1)
}

// TestKeyboardWorksWithTheLidClosed plays a sensor that is not under the lid: macOS finds
// nothing wrong then.
func TestKeyboardWorksWithTheLidClosed(t *testing.T) {
	m := &keyboard{newMac()}
	m.lid = true
	a := newOver(func() (system, error) { return m, nil }, Options{Records: filepath.Join(t.TempDir(), "touchid.json"), Hostname: "falcon"})
	if got := a.Probe(t.Context()); got.State != ceremony.StateReady {
		t.Errorf("probed %+v", got)
	}
	enrol(t, a, m.mac)
}

// keyboard is a Mac with a sensor in its keyboard.
type keyboard struct{ *mac }

func (*keyboard) fingers() (bool, error) { return true, nil }

// TestAKeyboardCanBeMissing plays Macs whose only sensor is in a keyboard that is away.
func TestAKeyboardCanBeMissing(t *testing.T) {
	for code, want := range map[int]string{laErrorBiometryNotPaired: fixPair, laErrorBiometryDisconnected: fixConnect} {
		a, m := fresh(t)
		m.set(func(m *mac) { m.noSensor, m.noFinger = true, laError(code) })
		got := a.Probe(t.Context())
		if fix := expect(t, got.Problem, ceremony.ErrNotSetUp); fix != want || got.State != ceremony.StateNotSetUp {
			t.Errorf("%d: probed %+v, and the person is told: %s", code, got, fix)
		}
	}
}

// TestLockedOutFingersAreSetUp holds that it is offered, and says how to unlock it.
func TestLockedOutFingersAreSetUp(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	m.set(func(m *mac) { m.noFinger = laError(laErrorBiometryLockout) })
	if got := a.Probe(t.Context()); got.State != ceremony.StateReady {
		t.Errorf("probed %+v", got)
	}
	_, err := a.Assert(t.Context(), assertion(id), new(person))
	if fix := expect(t, err, ceremony.ErrUVBlocked); !strings.Contains(fix, "Control-Command-Q") {
		t.Errorf("the person is told: %s", fix)
	}
}
