// Package records keeps what a device authenticator has to remember about its
// credentials: one JSON file for each kind of authenticator, in a folder of this
// person's own.
//
// No private key stands in it, only what the chip has wrapped. It is all the same
// written as if there were: readable by its owner alone, all or nothing, durable
// when the call returns, and by one process at a time. A file that cannot be
// understood is refused and never overwritten.
package records

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/fido/ceremony"
)

// Record is one credential, the "public key credential source" of WebAuthn L3 §4.
type Record struct {
	ID           ceremony.Bytes `json:"id"`         // credential ID, 16 to 1023 bytes
	RPID         string         `json:"rpId"`       // the relying party it is for
	UserHandle   ceremony.Bytes `json:"userHandle"` // 1 to 64 bytes
	Key          ceremony.Bytes `json:"key"`        // the private key as its chip wrapped it, at most 64 KiB
	SignCount    uint32         `json:"signCount"`  // of the last assertion, WebAuthn L3 §6.1.1
	Discoverable bool           `json:"discoverable"`
	CreatedAt    time.Time      `json:"createdAt"`
}

// Limits on what a file may hold.
const (
	version         = 1
	maxFile         = 4 << 20 // bytes
	minCredentialID = 16      // bytes: 100 bits of entropy at least, WebAuthn L3 §4
	maxCredentialID = 1023    // bytes
	maxUserHandle   = 64      // bytes, WebAuthn L3 §5.4.3
	maxKey          = 64 << 10
)

var (
	// ErrDamaged says that the file is not what was written.
	ErrDamaged = errors.New("the file is damaged and was left as it is")
	// ErrNewer says that a later version of Latchkey wrote the file.
	ErrNewer = errors.New("the file was made by a newer Latchkey and was left as it is")
	// ErrUnsafe says that other people can read or change the file.
	ErrUnsafe = errors.New("other people on this computer can get at the file")
)

// document is the content of a file.
type document struct {
	Version     int      `json:"version"`
	Credentials []Record `json:"credentials"`
}

func encode(credentials []Record) ([]byte, error) {
	if err := check(credentials); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(document{version, credentials}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if len(data) >= maxFile {
		return nil, fmt.Errorf("no more than %d bytes of credentials can be kept", maxFile)
	}
	return append(data, '\n'), nil
}

func decode(data []byte) ([]Record, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if head.Version > version {
		return nil, fmt.Errorf("%w: its version is %d", ErrNewer, head.Version)
	}
	if head.Version < version {
		return nil, fmt.Errorf("%w: there is no version %d", ErrDamaged, head.Version)
	}
	var whole document
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&whole); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := check(whole.Credentials); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return whole.Credentials, nil
}

func check(credentials []Record) error {
	seen := make(map[string]bool, len(credentials))
	for i, c := range credentials {
		switch {
		case len(c.ID) < minCredentialID || len(c.ID) > maxCredentialID:
			return fmt.Errorf("credential %d: its ID has %d bytes", i, len(c.ID))
		case seen[string(c.ID)]:
			return fmt.Errorf("credential %d: its ID stands there twice", i)
		case len(c.UserHandle) == 0 || len(c.UserHandle) > maxUserHandle:
			return fmt.Errorf("credential %d: its user handle has %d bytes", i, len(c.UserHandle))
		case len(c.Key) == 0 || len(c.Key) > maxKey:
			return fmt.Errorf("credential %d: its key has %d bytes", i, len(c.Key))
		}
		if err := ceremony.CheckRPID(c.RPID); err != nil {
			return fmt.Errorf("credential %d: %w", i, err)
		}
		seen[string(c.ID)] = true
	}
	return nil
}
