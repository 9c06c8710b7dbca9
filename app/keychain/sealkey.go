package keychain

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"latchkey/verifier"
)

var _ verifier.Sealer = (*Keychain)(nil)

// sealKeySize is the size of a sealing key in bytes.
const sealKeySize = 32

// SealingKey returns the organisation's sealing key of 32 bytes, which is made when
// it is asked for the first time. The caller may overwrite the bytes when done.
//
// Every error wraps verifier.ErrSealUnavailable beside the cause, or is
// verifier.ErrStoreReadOnly where a key has to be made and the state directory cannot
// be written.
func (k *Keychain) SealingKey(ctx context.Context, organizationID string) ([]byte, error) {
	name := "seal/" + organizationID
	key, err := k.sealKey(ctx, name)
	if errors.Is(err, errNotFound) {
		key, err = k.newSealKey(ctx, name)
	}
	if errors.Is(err, verifier.ErrStoreReadOnly) {
		return nil, err
	}
	if err != nil {
		return nil, &verifier.Error{Code: verifier.CodeSealUnavailable, Err: err}
	}
	return key, nil
}

func (k *Keychain) sealKey(ctx context.Context, name string) ([]byte, error) {
	encoded, err := k.ring.get(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("reading the sealing key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) != sealKeySize {
		// Somebody has changed it, and it opens nothing any more. A new one makes
		// the verifier replace the signing key.
		clear(key)
		return nil, errNotFound
	}
	return key, nil
}

// newSealKey makes the key, once. A keyring knows no "write unless it is there":
// without the lock two processes could both find none, and what the first one seals
// could never be opened again.
func (k *Keychain) newSealKey(ctx context.Context, name string) ([]byte, error) {
	unlock, err := k.sealing.lock(ctx)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil, &verifier.Error{Code: verifier.CodeStoreReadOnly, Err: fmt.Errorf("making the sealing key: %w", err)}
	}
	if err != nil {
		return nil, fmt.Errorf("making the sealing key: %w", err)
	}
	defer unlock()
	if key, err := k.sealKey(ctx, name); !errors.Is(err, errNotFound) {
		return key, err
	}
	key := make([]byte, sealKeySize)
	rand.Read(key) // never fails, see crypto/rand
	if err := k.ring.set(ctx, name, base64.StdEncoding.EncodeToString(key)); err != nil {
		clear(key)
		return nil, fmt.Errorf("keeping the sealing key: %w", err)
	}
	return key, nil
}
