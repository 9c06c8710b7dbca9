//go:build !darwin

package touchid

// openSystem refuses: there are no Macs without macOS.
func openSystem() (system, error) { return nil, errNotAMac }
