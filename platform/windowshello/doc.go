// Package windowshello makes and uses WebAuthn credentials through webauthn.dll, the
// WebAuthn client that is part of Windows since version 10 1903.
//
// The library serves two authenticators: [Hello], which is built into the computer, and
// [SecurityKeys], the USB and NFC keys, which no other way reaches without
// administrator rights. Windows itself asks the person for PIN, finger, face or touch, in
// a dialogue of its own before the app's window.
//
// Only library_windows.go calls Windows. What is handed over (layout.go, request.go) and
// what comes back (result.go, failure.go) is portable, and so is the order of events
// (client.go).
package windowshello
