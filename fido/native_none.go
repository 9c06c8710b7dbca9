//go:build !cgo || windows

package fido

// newDriver returns nil: there is no libfido2 in this build. On Windows, security
// keys belong to the system's own WebAuthn service.
func newDriver() driver { return nil }
