// Package client speaks CTAP 2.1 to a virtual key in the same process: the platform's
// side of making a credential, signing with one, and the PIN, over whatever carries a
// command to the key.
//
// It is for tools and tests. Programs that are shipped use package fido, which knows
// real keys.
package client

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"latchkey/fido/virtualkey/authenticator"
)

// Commands of CTAP 2.1 §6.
const (
	cmdMakeCredential       = 0x01
	cmdGetAssertion         = 0x02
	cmdClientPIN            = 0x06
	cmdCredentialManagement = 0x0a
)

// listLimit is how many credentials the key takes in a list.
const listLimit = 8

// Client is the platform of one key.
type Client struct {
	// Handle runs a command and returns the response, as authenticator.Handle does.
	Handle func(ctx context.Context, request []byte) []byte
}

// Descriptor is a PublicKeyCredentialDescriptor, WebAuthn L3 §5.8.3.
type Descriptor struct {
	Type string `cbor:"type"`
	ID   []byte `cbor:"id"`
}

// NewDescriptor names a public key credential.
func NewDescriptor(id []byte) Descriptor { return Descriptor{Type: "public-key", ID: id} }

// Creation is what is wanted of authenticatorMakeCredential, CTAP 2.1 §6.1.
type Creation struct {
	ClientDataHash            [32]byte
	RPID, RPName              string
	UserID                    []byte
	UserName, UserDisplayName string
	Algorithms                []int // COSE, the preferred one first
	Exclude                   []Descriptor
	CredProtect               uint32 // level of CTAP 2.1 §12.1, 0 for none asked
	Resident                  bool
	Attest                    bool // false wants attestation "none"
}

// Made is a new credential.
type Made struct {
	ID       []byte
	AuthData []byte // WebAuthn L3 §6.1
	Object   []byte // attestation object, WebAuthn L3 §6.5.4
}

// Make makes a credential. token verifies the user, nil does without. What the key
// refuses is an authenticator.Status.
func (c Client) Make(ctx context.Context, wanted Creation, token Token) (Made, error) {
	var algorithms []map[string]any
	for _, algorithm := range wanted.Algorithms {
		algorithms = append(algorithms, map[string]any{"type": "public-key", "alg": algorithm})
	}
	p := params{
		1: wanted.ClientDataHash[:],
		2: map[string]any{"id": wanted.RPID, "name": wanted.RPName},
		3: map[string]any{"id": wanted.UserID, "name": wanted.UserName, "displayName": wanted.UserDisplayName},
		4: algorithms,
		7: map[string]bool{"rk": wanted.Resident},
	}
	if wanted.CredProtect != 0 {
		p[6] = map[string]any{"credProtect": wanted.CredProtect}
	}
	if token != nil {
		p[8], p[9] = token.authenticate(wanted.ClientDataHash[:]), pinProtocolOne
	}
	// What does not fit into the request is looked for beforehand, CTAP 2.1 §6.1.2.
	for i, batch := range slices.Collect(slices.Chunk(wanted.Exclude, listLimit)) {
		if i == 0 {
			p[5] = batch
			continue
		}
		silent := params{1: wanted.RPID, 2: wanted.ClientDataHash[:], 3: batch, 5: map[string]bool{"up": false}}
		if token != nil {
			silent[6], silent[7] = token.authenticate(wanted.ClientDataHash[:]), pinProtocolOne
		}
		if err := c.send(ctx, cmdGetAssertion, silent, nil); err != authenticator.StatusNoCredentials {
			return Made{}, errors.Join(err, authenticator.StatusCredentialExcluded)
		}
	}
	var made struct {
		Format    string          `cbor:"1,keyasint"`
		Data      []byte          `cbor:"2,keyasint"`
		Statement cbor.RawMessage `cbor:"3,keyasint"`
	}
	if err := c.send(ctx, cmdMakeCredential, p, &made); err != nil {
		return Made{}, err
	}
	const idAt = 55 // behind the AAGUID and its own size, WebAuthn L3 §6.5.2
	if len(made.Data) < idAt {
		return Made{}, fmt.Errorf("authenticator data of %d bytes has no credential", len(made.Data))
	}
	size := int(binary.BigEndian.Uint16(made.Data[idAt-2:]))
	if len(made.Data) < idAt+size {
		return Made{}, fmt.Errorf("authenticator data of %d bytes has no credential ID of %d", len(made.Data), size)
	}
	if !wanted.Attest {
		made.Format, made.Statement = "none", []byte{0xa0}
	}
	object, err := ctap2.Marshal(map[string]any{"fmt": made.Format, "attStmt": made.Statement, "authData": made.Data})
	return Made{ID: made.Data[idAt : idAt+size], AuthData: made.Data, Object: object}, err
}

// Signed is what a key answers a challenge with.
type Signed struct {
	Credential Descriptor `cbor:"1,keyasint"`
	AuthData   []byte     `cbor:"2,keyasint"`
	Signature  []byte     `cbor:"3,keyasint"`
	User       struct {
		ID []byte `cbor:"id"`
	} `cbor:"4,keyasint"`
}

// Assert signs with one of the allowed credentials, or without any with one that is
// discoverable: authenticatorGetAssertion, CTAP 2.1 §6.2.
func (c Client) Assert(ctx context.Context, rpID string, clientDataHash [32]byte, allowed []Descriptor, token Token) (signed Signed, err error) {
	p := params{1: rpID, 2: clientDataHash[:]}
	if token != nil {
		p[6], p[7] = token.authenticate(clientDataHash[:]), pinProtocolOne
	}
	if len(allowed) == 0 {
		return signed, c.send(ctx, cmdGetAssertion, p, &signed)
	}
	for batch := range slices.Chunk(allowed, listLimit) {
		p[3] = batch
		if err = c.send(ctx, cmdGetAssertion, p, &signed); err != authenticator.StatusNoCredentials {
			break
		}
	}
	return signed, err
}

// Delete removes a discoverable credential, CTAP 2.1 §6.8.5.
func (c Client) Delete(ctx context.Context, id []byte, token Token) error {
	const deleteCredential = 0x06
	which := params{2: NewDescriptor(id)}
	encoded, err := ctap2.Marshal(which)
	if err != nil {
		return err
	}
	return c.send(ctx, cmdCredentialManagement, params{
		1: deleteCredential, 2: which, 3: pinProtocolOne, 4: token.authenticate(append([]byte{deleteCredential}, encoded...)),
	}, nil)
}

// ctap2 is the encoding of CTAP 2.1 §8.
var ctap2 = func() cbor.EncMode {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

type params map[int]any

// send runs a command on the key.
func (c Client) send(ctx context.Context, command byte, p params, response any) error {
	encoded, err := ctap2.Marshal(p)
	if err != nil {
		return err
	}
	answer := c.Handle(ctx, append([]byte{command}, encoded...))
	if len(answer) == 0 {
		return errors.New("the key answers nothing")
	}
	if status := authenticator.Status(answer[0]); status != authenticator.StatusOK {
		return status
	}
	if response == nil {
		return nil
	}
	return cbor.Unmarshal(answer[1:], response)
}
