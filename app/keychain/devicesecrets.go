package keychain

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
)

// ErrNoSecret says that the keyring has no secret of that id, or none that is whole.
var ErrNoSecret = errors.New("no such secret in the keyring")

// DeviceSecrets keeps what the keys of a security chip are used with once a finger has
// matched, in the keyring of whoever is signed in to the desktop: a disk that is copied
// does not have them in the clear.
type DeviceSecrets struct{ ring ring }

// DeviceSecrets returns those of this person.
func (k *Keychain) DeviceSecrets() DeviceSecrets { return DeviceSecrets{k.ring} }

// Save keeps a secret of at most 256 bytes.
func (s DeviceSecrets) Save(ctx context.Context, id string, secret []byte) error {
	if err := s.ring.set(ctx, deviceName(id), base64.StdEncoding.EncodeToString(secret)); err != nil {
		return fmt.Errorf("keeping the secret of a device: %w", err)
	}
	return nil
}

// Load returns a secret, in bytes that the caller may overwrite, or ErrNoSecret.
func (s DeviceSecrets) Load(ctx context.Context, id string) ([]byte, error) {
	encoded, err := s.ring.get(ctx, deviceName(id))
	if errors.Is(err, errNotFound) {
		return nil, ErrNoSecret
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secret of a device: %w", err)
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil { // somebody has changed it
		clear(secret)
		return nil, ErrNoSecret
	}
	return secret, nil
}

// Delete forgets a secret; none is no error.
func (s DeviceSecrets) Delete(ctx context.Context, id string) error {
	if err := s.ring.remove(ctx, deviceName(id)); err != nil && !errors.Is(err, errNotFound) {
		return fmt.Errorf("forgetting the secret of a device: %w", err)
	}
	return nil
}

func deviceName(id string) string { return "device/" + id }
