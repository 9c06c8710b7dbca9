package windowshello

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/fido/ceremony"
)

func TestCreateReturnsWhatWindowsMade(t *testing.T) {
	fake := newFake()
	hello, keys := newAuthenticators(Options{Window: func() uintptr { return 42 }}, fake, nil)
	for _, c := range []struct {
		authenticator authenticator
		attachment    string
		kind          ceremony.Kind
		used          string
		transports    []string
	}{
		{hello, ceremony.AttachmentPlatform, ceremony.KindWindowsHello, "internal", []string{"internal"}},
		{keys, ceremony.AttachmentCrossPlatform, ceremony.KindSecurityKey, "nfc", []string{"usb", "nfc"}},
	} {
		person := &prompter{}
		created, err := c.authenticator.Create(t.Context(), createRequest(), person)
		check(t, err)
		if string(created.CredentialID) != "made" || string(created.AttestationObject) != "object" ||
			created.Device.AAGUID != [16]byte([]byte("the model's name")) || created.Attachment != c.attachment || created.Device.Kind != c.kind ||
			created.Device.Transport != c.used || !slices.Equal(created.Transports, c.transports) {
			t.Errorf("%s: %+v", c.kind, created)
		}
		if len(person.notices) != 1 || person.done != 1 || person.notices[0].Devices[0].Kind != c.kind || person.notices[0].Purpose != ceremony.PurposeCreate {
			t.Errorf("%s: the person was told %+v", c.kind, person.notices)
		}
	}
	if fake.owed != 0 || fake.window != 42 {
		t.Errorf("%d results not freed, window %d", fake.owed, fake.window)
	}
}

func TestTransportsOfOldAttestations(t *testing.T) {
	for version, want := range map[uint32][]string{2: {"usb"}, 3: {"nfc"}, 7: {"nfc"}, 8: {"usb", "nfc"}} {
		fake := newFake()
		fake.attestation.version = version
		_, keys := newAuthenticators(Options{}, fake, nil)
		created, err := keys.Create(t.Context(), createRequest(), &prompter{})
		check(t, err)
		if !slices.Equal(created.Transports, want) {
			t.Errorf("version %d: transports %v, not %v", version, created.Transports, want)
		}
		if fake.window != 1 {
			t.Errorf("window %d is not the one in front", fake.window)
		}
	}
}

// TestTelephonesAreNotBuiltIn: one may report hybrid and internal together.
func TestTelephonesAreNotBuiltIn(t *testing.T) {
	const internal, hybrid = 0x10, 0x20
	for reported, want := range map[uint32]string{hybrid | internal: "hybrid", internal: ceremony.TransportUSB} {
		fake := newFake()
		fake.attestation.usedTransport, fake.attestation.transports = hybrid, reported
		_, keys := newAuthenticators(Options{}, fake, nil)
		created, err := keys.Create(t.Context(), createRequest(), &prompter{})
		check(t, err)
		if !slices.Equal(created.Transports, []string{want}) || created.Device.Transport != "hybrid" {
			t.Errorf("%#x: transports %v by %q", reported, created.Transports, created.Device.Transport)
		}
	}
}

func TestWindowsAsksByItsOwnDialogue(t *testing.T) {
	hello, keys := newAuthenticators(Options{}, newFake(), nil)
	for _, a := range []authenticator{hello, keys} {
		person := &prompter{}
		_, err := a.Create(t.Context(), createRequest(), person)
		check(t, err)
		for _, device := range []ceremony.Device{a.Probe(t.Context()).Devices[0], person.notices[0].Devices[0]} {
			if !device.OwnDialogue {
				t.Errorf("%s is said to leave the asking to us", device.Name)
			}
		}
	}
}

func TestAssertReturnsWhatWindowsSigned(t *testing.T) {
	fake := newFake()
	hello, keys := newAuthenticators(Options{}, fake, nil)
	for _, a := range []authenticator{hello, keys} {
		asserted, err := a.Assert(t.Context(), assertRequest(descriptor([]byte("made"))), &prompter{})
		check(t, err)
		if string(asserted.CredentialID) != "made" || string(asserted.AuthenticatorData) != "data" ||
			string(asserted.Signature) != "signature" || string(asserted.UserHandle) != "user" {
			t.Errorf("%+v", asserted)
		}
	}
	_, err := keys.Assert(t.Context(), assertRequest(descriptor([]byte("another"))), &prompter{})
	if !errors.Is(err, ceremony.ErrDevice) {
		t.Errorf("a credential that was not asked for: %v", err)
	}
	if fake.owed != 0 {
		t.Errorf("%d results not freed", fake.owed)
	}
}

func TestModelOfAuthenticatorDataThatIsCutShort(t *testing.T) {
	if got := modelOf(make([]byte, 52)); got != [16]byte{} {
		t.Errorf("%x", got)
	}
	if got := modelOf(append(make([]byte, 37), "the model's name"...)); string(got[:]) != "the model's name" {
		t.Errorf("%x", got)
	}
}

func TestIncompleteResultsAreRefused(t *testing.T) {
	fake := newFake()
	fake.attestation.objectSize, fake.assertion.signature = 0, nil
	hello, _ := newAuthenticators(Options{}, fake, nil)
	if _, err := hello.Create(t.Context(), createRequest(), &prompter{}); !errors.Is(err, ceremony.ErrDevice) {
		t.Errorf("Create: %v", err)
	}
	if _, err := hello.Assert(t.Context(), assertRequest(), &prompter{}); !errors.Is(err, ceremony.ErrDevice) {
		t.Errorf("Assert: %v", err)
	}
	if fake.owed != 0 {
		t.Errorf("%d results not freed", fake.owed)
	}
}

func TestAbsentLibrary(t *testing.T) {
	missing := errors.New("there is none")
	hello, keys := newAuthenticators(Options{}, nil, missing)
	for _, a := range []authenticator{hello, keys} {
		available := a.Probe(t.Context())
		var problem *ceremony.Error
		if available.State != ceremony.StateUnsupported || !errors.Is(available.Problem, missing) ||
			!errors.As(available.Problem, &problem) || problem.Fix == "" {
			t.Errorf("%+v", available)
		}
		_, creating := a.Create(t.Context(), createRequest(), &prompter{})
		_, asserting := a.Assert(t.Context(), assertRequest(), &prompter{})
		if !errors.Is(creating, ceremony.ErrUnsupported) || !errors.Is(asserting, ceremony.ErrUnsupported) {
			t.Errorf("%v, %v", creating, asserting)
		}
	}
	if err := hello.Rollback(t.Context(), []byte("id")); !errors.Is(err, ceremony.ErrUnsupported) {
		t.Errorf("Rollback: %v", err)
	}
	if hello.APIVersion() != 0 {
		t.Errorf("API version %d", hello.APIVersion())
	}
}

func TestHelloNotSetUpFailsBeforeAnyDialogue(t *testing.T) {
	fake := newFake()
	fake.notSetUp = true
	hello, keys := newAuthenticators(Options{}, fake, nil)
	person := &prompter{}
	_, err := hello.Create(t.Context(), createRequest(), person)
	var failure *ceremony.Error
	if !errors.As(err, &failure) || failure.Code != ceremony.CodeNotSetUp || !strings.Contains(failure.Fix, "Settings > Accounts > Sign-in options") {
		t.Errorf("Create: %v", err)
	}
	if fake.creation != nil || len(person.notices) != 0 {
		t.Error("Windows was asked")
	}
	if got := hello.Probe(t.Context()); got.State != ceremony.StateNotSetUp || !errors.Is(got.Problem, ceremony.ErrNotSetUp) || got.Devices != nil {
		t.Errorf("Probe: %+v", got)
	}
	if got := keys.Probe(t.Context()); got.State != ceremony.StateReady {
		t.Errorf("keys do not need Windows Hello: %+v", got)
	}
}

func TestFailuresMeanWhatTheTableSays(t *testing.T) {
	for result, want := range map[hresult]*ceremony.Error{
		0x80090036: ceremony.ErrCanceled, 0x800704c7: ceremony.ErrCanceled,
		0x800705b4: ceremony.ErrTimeout, 0x8009000f: ceremony.ErrExcluded, 0x80090011: ceremony.ErrNoCredential,
		0x80090035: ceremony.ErrNoDevice, 0x80090030: ceremony.ErrBusy, 0x80090029: ceremony.ErrUnsupported,
		0x80070032: ceremony.ErrUnsupported, 0x80090027: ceremony.ErrUnsupported, 0x80090023: ceremony.ErrKeyFull,
		0x80070057: ceremony.ErrDevice, 0x8badf00d: ceremony.ErrDevice, 0x80070578: ceremony.ErrDevice,
		0x8010006b: ceremony.ErrPINInvalid, 0x8010006c: ceremony.ErrPINBlocked, 0x80280921: ceremony.ErrPINAuthBlocked,
		0x8010000b: ceremony.ErrBusy, 0x80070422: ceremony.ErrNoAccess, 0x800701b1: ceremony.ErrUnplugged,
	} {
		fake := newFake()
		fake.failure = result
		hello, keys := newAuthenticators(Options{}, fake, nil)
		_, creating := hello.Create(t.Context(), createRequest(), &prompter{})
		_, asserting := keys.Assert(t.Context(), assertRequest(), &prompter{})
		for _, err := range []error{creating, asserting} {
			if !errors.Is(err, want) || !errors.Is(err, result) {
				t.Errorf("%v: %v, not %v", result, err, want)
			}
		}
		if fake.owed != 0 {
			t.Errorf("%v: %d results freed that there were not", result, -fake.owed)
		}
	}
}

func TestCancelFromAnotherGoroutine(t *testing.T) {
	fake := newFake()
	fake.blocked, fake.deaf = true, 2 // as when the dialogue is only about to open
	hello, _ := newAuthenticators(Options{}, fake, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-fake.begun
		cancel()
	}()
	person := &prompter{}
	if _, err := hello.Create(ctx, createRequest(), person); !errors.Is(err, context.Canceled) {
		t.Errorf("Create: %v", err)
	}
	if fake.deaf != 0 || person.done != 1 {
		t.Errorf("%d cancellations left, %d notices ended", fake.deaf, person.done)
	}
	if _, err := hello.Create(ctx, createRequest(), person); !errors.Is(err, context.Canceled) || len(person.notices) != 1 {
		t.Errorf("Create after the end: %v", err)
	}
}

func TestOwnTimeoutEndsTheDialogue(t *testing.T) {
	fake := newFake()
	fake.blocked = true
	_, keys := newAuthenticators(Options{}, fake, nil)
	request := assertRequest()
	request.Options.Timeout = 20
	_, err := keys.Assert(t.Context(), request, &prompter{})
	if !errors.Is(err, ceremony.ErrTimeout) || fake.request.options.timeout != 20 {
		t.Errorf("%v after %d ms", err, fake.request.options.timeout)
	}
}

func TestCredentialsOfHello(t *testing.T) {
	fake := newFake()
	details := &credentialDetails{
		version: 2, removable: 1, backedUp: 1,
		rp: &rpInformation{id: wide("portal.example"), name: wide("Portal")}, user: newUser(createRequest().Options.User),
	}
	details.idSize, details.id = blob([]byte("id"))
	old := &credentialDetails{version: 1, idSize: details.idSize, id: details.id, backedUp: 1}
	fake.details = &credentialDetailsList{count: 2, first: &[]*credentialDetails{details, old}[0]}
	hello, _ := newAuthenticators(Options{}, fake, nil)

	got, err := hello.Credentials(t.Context(), "portal.example")
	check(t, err)
	if len(got) != 2 || string(got[0].ID) != "id" || got[0].RP.Name != "Portal" || got[0].User.DisplayName != "Zoë 🔑" || !got[0].Removable || !got[0].BackedUp {
		t.Errorf("%+v", got)
	}
	if got[1].BackedUp {
		t.Error("version 1 does not tell what is backed up")
	}
	if fake.listed != "portal.example" || fake.owed != 0 {
		t.Errorf("listed %q, %d results not freed", fake.listed, fake.owed)
	}
	fake.failure = nteNotFound
	if got, err := hello.Credentials(t.Context(), ""); err != nil || got != nil {
		t.Errorf("none: %v, %v", got, err)
	}
}

func TestRollback(t *testing.T) {
	fake := newFake()
	hello, _ := newAuthenticators(Options{}, fake, nil)
	check(t, hello.Rollback(t.Context(), []byte("id")))
	if string(fake.deleted) != "id" {
		t.Errorf("deleted %q", fake.deleted)
	}
	fake.failure = nteNotFound
	check(t, hello.Rollback(t.Context(), []byte("id")))
	if err := hello.Delete(t.Context(), []byte("id")); !errors.Is(err, ceremony.ErrNoCredential) {
		t.Errorf("Delete: %v", err)
	}
	fake.failure = hresult(0x80070005)
	if err := hello.Rollback(t.Context(), []byte("id")); !errors.Is(err, ceremony.ErrNoAccess) {
		t.Errorf("Rollback: %v", err)
	}

	fake.api, fake.failure = 3, nil
	var failure *ceremony.Error
	if err := hello.Rollback(t.Context(), []byte("id")); !errors.As(err, &failure) || failure.Code != ceremony.CodeUnsupported || failure.Fix == "" {
		t.Errorf("Rollback by API 3: %v", err)
	}
}
