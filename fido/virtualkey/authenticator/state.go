package authenticator

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
)

const (
	stateVersion = 1

	// maxPINRetries is how many wrong PINs block the key for good (CTAP 2.1 §6.5.2.2: at most 8).
	maxPINRetries = 8

	// maxResident bounds the discoverable credentials of one key.
	maxResident = 100

	secretSize  = 32
	pinHashSize = 16
)

// State is everything that a key remembers without power. Whoever reads it can use its credentials.
type State struct {
	Version int `json:"version"`
	// Secret (32 bytes) wraps every credential; a reset replaces it, which makes all of them unusable.
	Secret []byte `json:"secret"`
	// Counter is the signature counter (WebAuthn L3 §6.1.1) of the last response, shared by all credentials.
	Counter uint32 `json:"counter"`
	PIN     PIN    `json:"pin"`
	// Credentials are the discoverable ones, oldest first.
	Credentials []Credential `json:"credentials"`
}

// PIN is the client PIN as the key stores it (CTAP 2.1 §6.5.5).
type PIN struct {
	// Hash is the first 16 bytes of SHA-256(PIN), empty while no PIN is set.
	Hash    []byte `json:"hash,omitempty"`
	Retries int    `json:"retries"`
}

// Credential is a discoverable credential. Its private key is wrapped inside the ID.
type Credential struct {
	ID   []byte `json:"id"`
	RP   RP     `json:"rp"`
	User User   `json:"user"`
}

// RP is a PublicKeyCredentialRpEntity (WebAuthn L3 §5.4.2).
type RP struct {
	ID   string `json:"id" cbor:"id"`
	Name string `json:"name,omitempty" cbor:"name,omitempty"`
}

// User is a PublicKeyCredentialUserEntity (WebAuthn L3 §5.4.3). ID is 1 to 64 bytes.
type User struct {
	ID          []byte `json:"id" cbor:"id"`
	Name        string `json:"name,omitempty" cbor:"name,omitempty"`
	DisplayName string `json:"displayName,omitempty" cbor:"displayName,omitempty"`
}

// Store keeps the state of one key.
type Store interface {
	// Load returns the stored state; ok is false if the key is new. An error means that there is a state but it
	// cannot be used; the store must then not be written.
	Load() (state State, ok bool, err error)
	// Save replaces the state, all or nothing. Once it returns nil the state survives a crash. It must not keep state's slices.
	Save(state State) error
}

// newState returns the state of a key fresh from the factory, or after a reset.
func newState() State {
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails: crypto/rand ends the program instead
	return State{Version: stateVersion, Secret: secret, PIN: PIN{Retries: maxPINRetries}}
}

// Validate reports what makes s unusable as the state of a key.
func (s State) Validate() error {
	if s.Version != stateVersion {
		return fmt.Errorf("state version %d is not supported (this program knows version %d)", s.Version, stateVersion)
	}
	if len(s.Secret) != secretSize {
		return fmt.Errorf("secret has %d bytes, not %d", len(s.Secret), secretSize)
	}
	if n := len(s.PIN.Hash); n != 0 && n != pinHashSize {
		return fmt.Errorf("PIN hash has %d bytes, not %d", n, pinHashSize)
	}
	if s.PIN.Retries < 0 || s.PIN.Retries > maxPINRetries {
		return fmt.Errorf("PIN retries are %d, not 0 to %d", s.PIN.Retries, maxPINRetries)
	}
	if n := len(s.Credentials); n > maxResident {
		return fmt.Errorf("%d credentials are more than a key holds (%d)", n, maxResident)
	}
	for i, credential := range s.Credentials {
		if len(credential.ID) != credentialIDSize {
			return fmt.Errorf("credential %d has an ID of %d bytes, not %d", i, len(credential.ID), credentialIDSize)
		}
		if credential.RP.ID == "" || len(credential.User.ID) == 0 {
			return fmt.Errorf("credential %d has no relying party or no user", i)
		}
	}
	return nil
}

// clone returns a copy that shares nothing that a command changes in place.
func (s State) clone() State {
	s.Credentials = slices.Clone(s.Credentials)
	return s
}

// resident returns the index of the discoverable credential with this ID, or -1.
func (s State) resident(id []byte) int {
	return slices.IndexFunc(s.Credentials, func(c Credential) bool { return bytes.Equal(c.ID, id) })
}

// MemoryStore keeps the state of a key until the program ends. The zero value is the store of a new key.
type MemoryStore struct {
	mu    sync.Mutex
	state State
	saved bool
}

// Load implements [Store].
func (m *MemoryStore) Load() (State, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.clone(), m.saved, nil
}

// Save implements [Store].
func (m *MemoryStore) Save(state State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state, m.saved = state.clone(), true
	return nil
}
