//go:build !linux && !darwin

package keychain

import "context"

// ready has nothing to look at: Windows opens its credential manager with the
// session.
func ready(context.Context) error { return nil }

// locked is for keyrings that can be locked by themselves.
func locked(error) bool { return false }
