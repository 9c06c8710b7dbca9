package windowshello

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/sys/windows"

	"latchkey/fido/ceremony"
)

// These tests call the stand-in for webauthn.dll; `make test-windows` puts it into place.

// standin calls what the stand-in has besides the functions of webauthn.dll.
func standin(t *testing.T, function string, args ...uintptr) uintptr {
	t.Helper()
	proc := windows.NewLazySystemDLL("webauthn.dll").NewProc(function)
	if err := proc.Find(); err != nil {
		t.Fatalf("this is not the stand-in; run the tests by winetest: %v", err)
	}
	result, _, _ := proc.Call(args...)
	return result
}

// open returns the authenticators of the stand-in, and holds at the end of the test that
// all that it handed out has been given back.
func open(t *testing.T) (*Hello, *SecurityKeys) {
	t.Helper()
	t.Cleanup(func() {
		if owed := int32(standin(t, "StandinOutstanding")); owed != 0 {
			t.Errorf("%d pieces of memory were not freed", owed)
		}
	})
	return New(Options{Window: desktop})
}

// desktop is a window that is always there.
func desktop() uintptr { return uintptr(windows.GetDesktopWindow()) }

func TestStandinAgreesOnStructures(t *testing.T) {
	for structure, layout := range layouts {
		for i := range layout.sizes {
			size, _ := sizeOf(t, layout.of, i+1)
			if want := standin(t, "StandinSize", uintptr(structure), uintptr(i+1)); size != want {
				t.Errorf("%s version %d has %d bytes, to a C compiler %d", layout.name, i+1, size, want)
			}
		}
		if more := standin(t, "StandinSize", uintptr(structure), uintptr(len(layout.sizes)+1)); more != 0 {
			t.Errorf("%s goes on with a version of %d bytes", layout.name, more)
		}
	}
}

func TestEnrolAndSignInWithEveryAPI(t *testing.T) {
	for api := uint32(1); api <= newestAPI; api++ {
		t.Run(fmt.Sprint("API ", api), func(t *testing.T) {
			t.Setenv("LATCHKEY_STANDIN_API", strconv.Itoa(int(api)))
			hello, keys := open(t)
			if got := hello.APIVersion(); got != api {
				t.Fatalf("API version %d", got)
			}
			enrolAndSignIn(t, hello, ceremony.TransportInternal)
			enrolAndSignIn(t, keys, ceremony.TransportUSB)
			if window := standin(t, "StandinWindow"); window != desktop() {
				t.Errorf("the dialogue stood before window %#x", window)
			}
		})
	}
}

// enrolAndSignIn does both as a relying party that checks everything.
func enrolAndSignIn(t *testing.T, a authenticator, transport string) {
	t.Helper()
	if got := a.Probe(t.Context()); got.State != ceremony.StateReady {
		t.Fatalf("%+v", got)
	}
	creating := createRequest()
	creating.Options.Attestation = "direct"
	created, err := a.Create(t.Context(), creating, &prompter{})
	check(t, err)
	if !slices.Equal(created.Transports, []string{transport}) {
		t.Errorf("transports %v", created.Transports)
	}
	key := checkAttestation(t, created, creating.ClientDataJSON)

	asserting := assertRequest(descriptor(created.CredentialID, created.Transports...))
	asserted, err := a.Assert(t.Context(), asserting, &prompter{})
	check(t, err)
	checkAuthenticatorData(t, asserted.AuthenticatorData)
	if !slices.Equal(asserted.CredentialID, created.CredentialID) {
		t.Errorf("signed with %x, not %x", asserted.CredentialID, created.CredentialID)
	}
	if !verifies(key, asserted.AuthenticatorData, asserting.ClientDataJSON, asserted.Signature) {
		t.Error("the signature of the assertion does not verify")
	}
}

// checkAttestation checks a packed self attestation (WebAuthn L3 §8.2) and returns the
// credential's key.
func checkAttestation(t *testing.T, created *ceremony.Created, clientDataJSON []byte) *ecdsa.PublicKey {
	t.Helper()
	var object struct {
		Format    string `cbor:"fmt"`
		Data      []byte `cbor:"authData"`
		Statement struct {
			Algorithm int    `cbor:"alg"`
			Signature []byte `cbor:"sig"`
		} `cbor:"attStmt"`
	}
	check(t, cbor.Unmarshal(created.AttestationObject, &object))
	checkAuthenticatorData(t, object.Data)
	size := int(binary.BigEndian.Uint16(object.Data[53:]))
	if id := object.Data[55 : 55+size]; !slices.Equal(id, created.CredentialID) {
		t.Fatalf("credential %x in the attestation of %x", id, created.CredentialID)
	}
	var cose struct {
		Algorithm int    `cbor:"3,keyasint"`
		X         []byte `cbor:"-2,keyasint"`
		Y         []byte `cbor:"-3,keyasint"`
	}
	_, err := cbor.UnmarshalFirst(object.Data[55+size:], &cose)
	check(t, err)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, cose.X, cose.Y))
	check(t, err)
	if object.Format != "packed" || cose.Algorithm != ceremony.AlgES256 || object.Statement.Algorithm != cose.Algorithm ||
		!verifies(key, object.Data, clientDataJSON, object.Statement.Signature) {
		t.Errorf("the attestation %+v does not verify", object)
	}
	return key
}

func checkAuthenticatorData(t *testing.T, data []byte) {
	t.Helper()
	const presentAndVerified = 0x05
	rpIDHash := sha256.Sum256([]byte("portal.example"))
	if len(data) < 37 || !slices.Equal(data[:32], rpIDHash[:]) || data[32]&presentAndVerified != presentAndVerified {
		t.Fatalf("authenticator data %x", data)
	}
}

func verifies(key *ecdsa.PublicKey, data, clientDataJSON, signature []byte) bool {
	hash := sha256.Sum256(clientDataJSON)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	return ecdsa.VerifyASN1(key, digest[:], signature)
}

func TestExcludeAndAllowLists(t *testing.T) {
	hello, keys := open(t)
	for _, a := range []authenticator{hello, keys} {
		created, err := a.Create(t.Context(), createRequest(), &prompter{})
		check(t, err)
		var list []ceremony.CredentialDescriptor
		for i := range 20 { // more than a key takes at once
			list = append(list, descriptor([]byte("somebody else's credential "+strconv.Itoa(i)), "usb", "nfc"))
		}
		if _, err := a.Assert(t.Context(), assertRequest(list...), &prompter{}); !errors.Is(err, ceremony.ErrNoCredential) {
			t.Errorf("Assert without an own credential: %v", err)
		}
		list = append(list, descriptor(created.CredentialID, created.Transports...))
		asserted, err := a.Assert(t.Context(), assertRequest(list...), &prompter{})
		check(t, err)
		if !slices.Equal(asserted.CredentialID, created.CredentialID) {
			t.Errorf("signed with %x", asserted.CredentialID)
		}
		again := createRequest()
		again.Options.ExcludeCredentials = list
		if _, err := a.Create(t.Context(), again, &prompter{}); !errors.Is(err, ceremony.ErrExcluded) {
			t.Errorf("Create with an excluded credential: %v", err)
		}
	}
}

func TestDiscoverableCredential(t *testing.T) {
	hello, _ := open(t)
	created, err := hello.Create(t.Context(), createRequest(), &prompter{})
	check(t, err)
	asserted, err := hello.Assert(t.Context(), assertRequest(), &prompter{})
	check(t, err)
	if !slices.Equal(asserted.CredentialID, created.CredentialID) || string(asserted.UserHandle) != "user handle" {
		t.Errorf("%+v", asserted)
	}
}

func TestHelloIsNotSetUp(t *testing.T) {
	t.Setenv("LATCHKEY_STANDIN_HELLO", "off")
	hello, keys := open(t)
	if got := hello.Probe(t.Context()); got.State != ceremony.StateNotSetUp {
		t.Errorf("%+v", got)
	}
	person := &prompter{}
	_, err := hello.Create(t.Context(), createRequest(), person)
	var failure *ceremony.Error
	if !errors.As(err, &failure) || failure.Code != ceremony.CodeNotSetUp || !strings.Contains(failure.Fix, "Sign-in options") || person.notices != nil {
		t.Errorf("%v, %+v", err, person.notices)
	}
	enrolAndSignIn(t, keys, ceremony.TransportUSB)
}

func TestPersonCancels(t *testing.T) {
	hello, keys := open(t)
	enrolAndSignIn(t, hello, ceremony.TransportInternal)
	enrolAndSignIn(t, keys, ceremony.TransportUSB)
	t.Setenv("LATCHKEY_STANDIN_PERSON", "cancels")
	for _, a := range []authenticator{hello, keys} {
		_, creating := a.Create(t.Context(), createRequest(), &prompter{})
		_, asserting := a.Assert(t.Context(), assertRequest(), &prompter{})
		if !errors.Is(creating, ceremony.ErrCanceled) || !errors.Is(asserting, ceremony.ErrCanceled) {
			t.Errorf("%v, %v", creating, asserting)
		}
	}
}

// cancelingPrompter gives up as soon as the person is told to act.
type cancelingPrompter struct {
	prompter
	cancel context.CancelFunc
}

func (p *cancelingPrompter) Touch(ctx context.Context, notice ceremony.TouchNotice) func() {
	go p.cancel()
	return p.prompter.Touch(ctx, notice)
}

func TestWeCancel(t *testing.T) {
	t.Setenv("LATCHKEY_STANDIN_PERSON", "absent")
	hello, keys := open(t)
	for _, a := range []authenticator{hello, keys} {
		ctx, cancel := context.WithCancel(t.Context())
		person := &cancelingPrompter{cancel: cancel}
		if _, err := a.Create(ctx, createRequest(), person); !errors.Is(err, context.Canceled) || person.done != 1 {
			t.Errorf("Create: %v", err)
		}
	}
}

func TestNobodyAnswersInTime(t *testing.T) {
	t.Setenv("LATCHKEY_STANDIN_PERSON", "absent")
	hello, keys := open(t)
	for _, a := range []authenticator{hello, keys} {
		request := createRequest()
		request.Options.Timeout = 100
		if _, err := a.Create(t.Context(), request, &prompter{}); !errors.Is(err, ceremony.ErrTimeout) {
			t.Errorf("Create: %v", err)
		}
	}
}

func TestCredentialsAreListedAndRolledBack(t *testing.T) {
	for _, api := range []string{"4", "5", "8", "9"} {
		t.Setenv("LATCHKEY_STANDIN_API", api)
		hello, _ := open(t)
		created, err := hello.Create(t.Context(), createRequest(), &prompter{})
		check(t, err)
		own := func(c Credential) bool { return slices.Equal(c.ID, created.CredentialID) }
		listed, err := hello.Credentials(t.Context(), "portal.example")
		check(t, err)
		i := slices.IndexFunc(listed, own)
		if i < 0 || listed[i].RP.Name != "Portal" || listed[i].User.Name != "zoë" || string(listed[i].User.ID) != "user handle" || !listed[i].Removable {
			t.Fatalf("API %s: %+v", api, listed)
		}
		check(t, hello.Rollback(t.Context(), created.CredentialID))
		check(t, hello.Rollback(t.Context(), created.CredentialID)) // gone already
		listed, err = hello.Credentials(t.Context(), "portal.example")
		check(t, err)
		if slices.ContainsFunc(listed, own) {
			t.Errorf("API %s: still there: %+v", api, listed)
		}
		if _, err := hello.Assert(t.Context(), assertRequest(descriptor(created.CredentialID)), &prompter{}); !errors.Is(err, ceremony.ErrNoCredential) {
			t.Errorf("API %s: Assert with what was rolled back: %v", api, err)
		}
	}
	t.Setenv("LATCHKEY_STANDIN_API", "3")
	hello, _ := open(t)
	if err := hello.Rollback(t.Context(), []byte("id")); !errors.Is(err, ceremony.ErrUnsupported) {
		t.Errorf("API 3: %v", err)
	}
}

func TestWindowsWithoutTheDLL(t *testing.T) {
	library, err := openDLL("latchkey-has-no-such.dll")
	hello, keys := newAuthenticators(Options{}, library, err)
	for _, a := range []authenticator{hello, keys} {
		got := a.Probe(t.Context())
		if got.State != ceremony.StateUnsupported || !strings.Contains(got.Problem.Error(), "Windows 10 version 1903") {
			t.Errorf("%+v", got)
		}
	}
}

func TestDLLThatIsAnotherIsRefused(t *testing.T) {
	if _, err := openDLL("version.dll"); err == nil || !strings.Contains(err.Error(), "too old") {
		t.Error(err)
	}
}
