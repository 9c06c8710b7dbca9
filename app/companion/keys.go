package companion

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Keys lists the signed-in person's keys, oldest first.
func (c *Companion) Keys(ctx context.Context) ([]verifier.Credential, error) {
	held, err := c.Current(ctx)
	if err != nil {
		return nil, err
	}
	return c.RelyingParty.Credentials(ctx, held.token)
}

// FindKey returns the one of the person's keys that goes by a name, by its id or
// by the first eight or more characters of its id.
func (c *Companion) FindKey(ctx context.Context, nameOrID string) (verifier.Credential, error) {
	keys, err := c.Keys(ctx)
	if err != nil {
		return verifier.Credential{}, err
	}
	const shortest = 8
	var found []verifier.Credential
	for _, key := range keys {
		id := key.ID.String()
		if key.Name == nameOrID || id == nameOrID ||
			len(nameOrID) >= shortest && len(nameOrID) < len(id) && id[:len(nameOrID)] == nameOrID {
			found = append(found, key)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return verifier.Credential{}, fmt.Errorf("%w: %q", ErrUnknownKey, nameOrID)
	}
	return verifier.Credential{}, fmt.Errorf("%w: %q", ErrAmbiguousKey, nameOrID)
}

// RenameKey gives a key another name.
func (c *Companion) RenameKey(ctx context.Context, id ceremony.Bytes, name string) error {
	held, err := c.Current(ctx)
	if err != nil {
		return err
	}
	return c.RelyingParty.RenameCredential(ctx, held.token, id, name)
}

// LocksOut tells whether deleting key, which is one of keys, would leave the session's
// owner without the factor that the account needs.
func LocksOut(session verifier.Session, keys []verifier.Credential, key verifier.Credential) bool {
	another := slices.ContainsFunc(keys, func(other verifier.Credential) bool {
		return !bytes.Equal(other.ID, key.ID) && session.Organization.Accepts(other)
	})
	return session.Account.FactorRequired && !another && session.Organization.Accepts(key)
}

// DeleteKey deletes a key, after a fresh assertion. lockOut says that the person
// knows that it is the last one and that it locks them out; without it such a
// deletion ends in verifier.ErrLastFactor. What is built in forgets it too.
func (c *Companion) DeleteKey(ctx context.Context, id ceremony.Bytes, lockOut bool, prompter ceremony.Prompter) error {
	held, err := c.Current(ctx)
	if err != nil {
		return err
	}
	err = c.fresh(ctx, held.token, prompter, func() error {
		return c.RelyingParty.DeleteCredential(ctx, held.token, id, lockOut)
	})
	if err == nil {
		c.forget(ctx, id)
	}
	return err
}

// forget takes what a deleted key has left in this computer. Where that fails nothing is
// lost: no account has a use for it any more.
func (c *Companion) forget(ctx context.Context, id ceremony.Bytes) {
	for _, authenticator := range c.Authenticators {
		if rollbacker, ok := authenticator.(Rollbacker); ok && authenticator.Kind().BuiltIn() {
			_ = rollbacker.Rollback(context.WithoutCancel(ctx), id)
		}
	}
}
