//go:build windows && cgo

package main

import (
	"context"

	"latchkey/fido/virtualkey/client"
)

// platform is the client's side of CTAP, in this process.
func (k *key) platform() client.Client {
	return client.Client{Handle: func(ctx context.Context, request []byte) []byte { return k.core.Handle(ctx, request, nil) }}
}

// verified returns the proof of the person's PIN, nil where none is wanted.
func (k *key) verified(ctx context.Context, wanted bool, permissions client.Permission, rpID string) (client.Token, error) {
	if !wanted {
		return nil, nil
	}
	return k.platform().Verify(ctx, pin, permissions, rpID)
}

// make makes a credential.
func (k *key) make(ctx context.Context, wanted client.Creation, verify bool) (client.Made, error) {
	token, err := k.verified(ctx, verify, client.PermitCeremonies, wanted.RPID)
	if err != nil {
		return client.Made{}, err
	}
	return k.platform().Make(ctx, wanted, token)
}

// assert signs with one of the allowed credentials, or with any that is discoverable.
func (k *key) assert(ctx context.Context, rpID string, clientDataHash [32]byte, allowed []client.Descriptor, verify bool) (client.Signed, error) {
	token, err := k.verified(ctx, verify, client.PermitCeremonies, rpID)
	if err != nil {
		return client.Signed{}, err
	}
	return k.platform().Assert(ctx, rpID, clientDataHash, allowed, token)
}

// delete removes a discoverable credential.
func (k *key) delete(ctx context.Context, id []byte) error {
	token, err := k.verified(ctx, true, client.PermitManagement, "")
	if err != nil {
		return err
	}
	return k.platform().Delete(ctx, id, token)
}
