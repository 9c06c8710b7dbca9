// Package touchid makes Touch ID of a Mac an authenticator.
//
// Each credential is a P-256 key in the Secure Enclave that signs for the fingers alone
// that were enrolled when it was made. Every verification is a signature by such a key:
// a yes from LAContext evaluatePolicy would prove nothing, for a program that was
// tampered with can say yes by itself. A finger that is added or removed later ends the
// keys. The keychain keeps the key, under a random tag; the record has the tag alone.
//
// macOS gives such keys to programs only that are signed, with an entitlement, in an app
// bundle. What is missing is named by [Unmet], with what to do about it.
//
// macos.go and enclave.go alone call macOS, by way of its C functions and the Objective-C
// runtime and without cgo. All that they call is listed in appleNames, and all that is
// decided is in portable Go above the interface system, which is tested everywhere. With
// the build tag standin the two call a stand-in in C, which is for tests.
package touchid
