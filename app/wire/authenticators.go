package wire

import "latchkey/app/keychain"

// host is what the authenticators of this computer are made with.
type host struct {
	dir      string // where the records of what is built in are kept
	computer string // its name, "" where unknown
	window   func() uintptr
	secrets  keychain.DeviceSecrets
}
