package fido

import (
	"time"

	"latchkey/fido/ceremony"
)

// driver reaches keys. Its only implementation binds libfido2; systems without it
// have none.
type driver interface {
	// discover lists the keys that are plugged in and may be opened.
	discover() ([]ceremony.Device, error)

	// key prepares to use the key at path without opening it. It calls touch, from
	// any goroutine, again and again while the key waits for a touch.
	key(path string, touch func()) (key, error)
}

// key is one key. All methods but cancel and abort belong to the goroutine that
// owns it. Those that talk to the key return a failure.
type key interface {
	open() error
	info() (info, error)
	makeCredential(credentialRequest) (attestation, error)
	getAssertion(assertionRequest) ([]assertion, error)
	setPIN(pin string) error
	pinRetries() (int, error)

	// touchBegin asks for a touch that does nothing else; touched tells whether it
	// came, after at most wait.
	touchBegin() error
	touched(wait time.Duration) (bool, error)

	// setTimeout bounds each of the following calls.
	setTimeout(time.Duration)

	// cancel asks the key to give up what it is doing, CTAP 2.1 §11.2.9.1.5. It
	// reports false where that cannot be done, as before the key is open.
	cancel() bool

	// abort makes the call under way return. The key is of no use afterwards.
	abort()

	close()
}

// info is what a key answers to authenticatorGetInfo, CTAP 2.1 §6.4, and to
// CTAPHID_INIT, §11.2.9.1.3.
type info struct {
	fido2        bool
	aaguid       [16]byte
	versions     []string
	extensions   []string
	transports   []string
	options      map[string]bool
	protocols    []int
	algorithms   []int // COSE
	maxMsgSize   int   // bytes
	maxListSize  int   // credentials in one list; 0 unknown
	maxIDSize    int   // bytes; 0 unknown
	minPINLength int   // Unicode code points; 0 unknown
	residentFree int   // -1 unknown
	firmware     [3]int
}

// tristate is an option that can also be left to the key.
type tristate int

const (
	omitted tristate = iota
	no
	yes
)

// credentialRequest is the input of authenticatorMakeCredential, CTAP 2.1 §6.1.
type credentialRequest struct {
	clientDataHash [32]byte
	rp             ceremony.RelyingParty
	user           ceremony.User
	algorithm      int
	exclude        [][]byte
	protection     int // level of credProtect, 0 for none
	resident       tristate
	verify         tristate
	pin            string
}

// attestation is the answer of authenticatorMakeCredential.
type attestation struct {
	format    string
	authData  []byte // raw, WebAuthn L3 §6.1
	statement []byte // CBOR, as the key sent it
	id        []byte
}

// assertionRequest is the input of authenticatorGetAssertion, CTAP 2.1 §6.2.
type assertionRequest struct {
	clientDataHash [32]byte
	rpID           string
	allow          [][]byte
	present        tristate
	verify         tristate
	pin            string
}

// assertion is one answer of authenticatorGetAssertion.
type assertion struct {
	id        []byte // empty where the key left it out
	authData  []byte // CBOR byte string around WebAuthn L3 §6.1, as libfido2 keeps it
	signature []byte
	user      []byte
}
