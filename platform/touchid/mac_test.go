package touchid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"latchkey/fido/ceremony"
)

const group = "TEAM123456." + KeychainGroup

func laError(code int) error  { return &appleError{domain: laErrorDomain, code: code} }
func secError(code int) error { return &appleError{domain: nsOSStatusErrorDomain, code: code} }
func tkError(code int) error  { return &appleError{domain: tkErrorDomain, code: code} }

// mac is a Mac whose Secure Enclave is software. It lacks nothing until it is told to.
type mac struct {
	finger chan error // what is put on the sensor: nil is an enrolled finger

	mu           sync.Mutex
	macOS        string
	unsigned     error
	groups       []string
	outOfBundle  bool
	noEnclave    error
	noSensor     bool
	noFinger     error // why none can be asked for
	lid          bool  // closed
	badPoint     bool
	noGenerate   error
	noFind       error
	noRemove     error
	noDialogue   error
	keys         map[keyName]*ecdsa.PrivateKey
	ended        map[keyName]bool // keys that the Enclave does not open any more
	reasons      []string
	looked       int // how often the signature was checked
	open         int // dialogues that are not closed
	showing, top int // dialogues that show, and how many did at once
	canceled     int
}

func newMac() *mac {
	return &mac{
		finger: make(chan error, 8), macOS: "14.5", groups: []string{"TEAM123456.somebody.else", group},
		keys: map[keyName]*ecdsa.PrivateKey{}, ended: map[keyName]bool{},
	}
}

// touch puts an enrolled finger on the sensor, for the dialogue that shows or the next.
func (m *mac) touch() { m.finger <- nil }

// set changes the Mac.
func (m *mac) set(change func(*mac)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

// get reads of the Mac.
func get[T any](m *mac, read func(*mac) T) T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return read(m)
}

func (m *mac) version() (string, error) {
	return get(m, func(m *mac) string { return m.macOS }), nil
}

func (m *mac) signature() error {
	return get(m, func(m *mac) error { m.looked++; return m.unsigned })
}

func (m *mac) accessGroups() ([]string, error) {
	return get(m, func(m *mac) []string { return slices.Clone(m.groups) }), nil
}

func (m *mac) bundle() string {
	return get(m, func(m *mac) string {
		if m.outOfBundle {
			return ""
		}
		return "app.latchkey.desktop"
	})
}

func (m *mac) enclave() error {
	return get(m, func(m *mac) error { return m.noEnclave })
}

// fingers fails with a closed lid as macOS does, which then knows no sensor either.
func (m *mac) fingers() (sensor bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.noSensor && m.noFinger == nil:
		return false, laError(laErrorBiometryNotAvailable)
	case m.lid && m.noFinger == nil:
		return false, laError(laErrorSystemCancel)
	default:
		return !m.noSensor, m.noFinger
	}
}

func (m *mac) lidClosed() bool { return get(m, func(m *mac) bool { return m.lid }) }

func (m *mac) generate(name keyName) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noGenerate != nil {
		return nil, m.noGenerate
	}
	if name.group != group {
		return nil, secError(errSecMissingEntitlement)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	m.keys[name] = key
	if m.badPoint {
		return []byte{4, 1, 2, 3}, nil
	}
	return key.PublicKey.Bytes()
}

func (m *mac) find(name keyName) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noFind != nil {
		return m.noFind
	}
	if m.keys[name] == nil {
		return secError(errSecItemNotFound)
	}
	return nil
}

func (m *mac) remove(name keyName) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noRemove != nil {
		return m.noRemove
	}
	if m.keys[name] == nil {
		return secError(errSecItemNotFound)
	}
	delete(m.keys, name)
	return nil
}

func (m *mac) ask(reason string) (dialogue, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noDialogue != nil {
		return nil, m.noDialogue
	}
	m.reasons = append(m.reasons, reason)
	m.open++
	return &question{mac: m, gone: make(chan struct{})}, nil
}

// question is a dialogue of the mac.
type question struct {
	*mac
	gone chan struct{}
}

func (q *question) sign(name keyName, digest [32]byte) ([]byte, error) {
	if err := q.find(name); err != nil {
		return nil, err
	}
	q.set(func(m *mac) { m.showing++; m.top = max(m.top, m.showing) })
	defer q.set(func(m *mac) { m.showing-- })
	select {
	case <-q.gone: // before anything else: an invalidated context asks for nothing
		return nil, laError(laErrorInvalidContext)
	default:
	}
	select {
	case finger := <-q.finger:
		if finger != nil {
			return nil, finger
		}
	case <-q.gone:
		return nil, laError(laErrorAppCancel)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended[name] {
		return nil, tkError(tkErrorCodeCorruptedData)
	}
	return ecdsa.SignASN1(rand.Reader, q.keys[name], digest[:])
}

func (q *question) cancel() {
	q.set(func(m *mac) { m.canceled++ })
	close(q.gone)
}

func (q *question) close() { q.set(func(m *mac) { m.open-- }) }

// leaves checks how many keys the Enclave has in the end, and that no dialogue is left.
func (m *mac) leaves(t *testing.T, keys int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.keys) != keys || m.open != 0 || m.showing != 0 {
		t.Errorf("leaves %d keys, want %d, and %d dialogues, of which %d show", len(m.keys), keys, m.open, m.showing)
	}
}

// on is the authenticator of a Mac, with its records in the file at path.
func on(m *mac, path string) *Authenticator {
	return newOver(func() (system, error) { return m, nil }, Options{Records: path, Hostname: "falcon"})
}

// fresh is one on which nothing is enrolled.
func fresh(t *testing.T) (*Authenticator, *mac) {
	t.Helper()
	m := newMac()
	return on(m, filepath.Join(t.TempDir(), "touchid.json")), m
}

func creation() ceremony.CreateRequest {
	options := ceremony.CreationOptions{
		RP: ceremony.RelyingParty{ID: "portal.example.com"}, User: ceremony.User{ID: []byte("a handle")}, Challenge: []byte("a challenge"),
		PubKeyCredParams: []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
	}
	return ceremony.CreateRequest{Options: options, ClientDataJSON: ceremony.ClientData(ceremony.TypeCreate, options.Challenge, options.RP.ID)}
}

func assertion(id []byte) ceremony.AssertRequest {
	options := ceremony.RequestOptions{
		Challenge: []byte("a challenge"), RPID: "portal.example.com",
		AllowCredentials: []ceremony.CredentialDescriptor{{Type: ceremony.CredentialTypePublicKey, ID: id}},
	}
	return ceremony.AssertRequest{Options: options, ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, options.Challenge, options.RPID)}
}

// enrol makes a credential, with the right finger.
func enrol(t *testing.T, a *Authenticator, m *mac) (id []byte) {
	t.Helper()
	m.touch()
	created, err := a.Create(t.Context(), creation(), new(person))
	if err != nil {
		t.Fatal(err)
	}
	return created.CredentialID
}

// expect checks how something failed, and returns what the person is told to do.
func expect(t *testing.T, err error, want *ceremony.Error) (fix string) {
	t.Helper()
	failed := (*ceremony.Error)(nil)
	if !errors.Is(err, want) || !errors.As(err, &failed) {
		t.Fatalf("ended with %v, want %v", err, want)
	}
	if failed.Device != "Touch ID on falcon" || failed.Retries != -1 {
		t.Errorf("the error is about %q, with %d retries", failed.Device, failed.Retries)
	}
	return failed.Fix
}
