//go:build windows && cgo

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"latchkey/fido/virtualkey/authenticator"
)

// pin is what the person types, looks or touches as far as the software keys know.
const pin = "standin"

// key is a software authenticator with the client's side of CTAP.
type key struct {
	core  *authenticator.Authenticator
	store authenticator.Store
}

// slot holds an authenticator, which is made when it is first used.
type slot struct {
	file, aaguid string

	mu  sync.Mutex
	key *key
}

var (
	hello       = slot{file: "hello.json", aaguid: "LatchkeyHelloTst"}
	securityKey = slot{file: "key.json", aaguid: "LatchkeyKeyTests"}
)

func (s *slot) get() (*key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		made, err := newKey(s.file, s.aaguid)
		if err != nil {
			return nil, err
		}
		s.key = made
	}
	return s.key, nil
}

func (s *slot) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = nil
}

func newKey(file, aaguid string) (*key, error) {
	var store authenticator.Store = &authenticator.MemoryStore{}
	if folder := os.Getenv("LATCHKEY_STANDIN_STATE"); folder != "" {
		store = fileStore(filepath.Join(folder, file))
	}
	core, err := authenticator.New(authenticator.Options{
		Store: store, Presence: person{}, AAGUID: [16]byte([]byte(aaguid)),
		TouchTimeout: 24 * time.Hour, // the caller's own timeout ends a ceremony
	})
	if err != nil {
		return nil, err
	}
	return &key{core: core, store: store}, core.SetPIN(pin)
}

// fileStore is a file that keeps the state of a key as JSON.
type fileStore string

func (f fileStore) Load() (state authenticator.State, known bool, err error) {
	content, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return state, false, nil
	}
	if err != nil {
		return state, false, err
	}
	return state, true, json.Unmarshal(content, &state)
}

func (f fileStore) Save(state authenticator.State) error {
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := os.WriteFile(string(f)+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(string(f)+".new", string(f))
}
