package tpm_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"latchkey/fido/ceremony"
	"latchkey/platform/tpm"
)

// keyring is one in memory.
type keyring struct {
	mu      sync.Mutex
	secrets map[string][]byte
	problem error // why it cannot be used
}

func newKeyring() *keyring { return &keyring{secrets: map[string][]byte{}} }

func (k *keyring) Save(_ context.Context, id string, secret []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.problem == nil {
		k.secrets[id] = slices.Clone(secret)
	}
	return k.problem
}

func (k *keyring) Load(_ context.Context, id string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.problem != nil {
		return nil, k.problem
	}
	secret, ok := k.secrets[id]
	if !ok {
		return nil, fmt.Errorf("in memory: %w", tpm.ErrNoSecret)
	}
	return slices.Clone(secret), nil
}

func (k *keyring) Delete(_ context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.problem == nil {
		delete(k.secrets, id)
	}
	return k.problem
}

// fail lets every use fail, until it is mended with nil.
func (k *keyring) fail(problem error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.problem = problem
}

// change puts another secret in the place of each, or none for nil.
func (k *keyring) change(secret []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range maps.Clone(k.secrets) {
		if k.secrets[id] = secret; secret == nil {
			delete(k.secrets, id)
		}
	}
}

func (k *keyring) len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.secrets)
}

// finger is a reader on which each press is the right finger.
type finger struct {
	pressed chan struct{}

	mu      sync.Mutex
	problem error // what a probe tells
	asked   int   // how often a finger was awaited
}

func newFinger() *finger { return &finger{pressed: make(chan struct{}, 8)} }

func (f *finger) press() { f.pressed <- struct{}{} }

func (f *finger) Probe(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.problem
}

func (f *finger) Verify(ctx context.Context, _ func(string)) error {
	f.mu.Lock()
	f.asked++
	f.mu.Unlock()
	select {
	case <-f.pressed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *finger) fail(problem error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problem = problem
}

func (f *finger) timesAsked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// willing is a person who presses the reader when told to.
func (f *finger) willing() *person { return &person{onTouch: f.press} }

var errLocked = &ceremony.Error{Code: ceremony.CodeNoAccess, Fix: "Unlock it."}
