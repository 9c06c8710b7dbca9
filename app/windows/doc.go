// Package windows has the tests of the Windows programs as a whole: built as for people
// and run by Wine, in a scratch Windows whose webauthn.dll is the stand-in of
// platform/windowshello.
//
// `make test-windows` runs them. Those that need Wine have the build tag wine, so that
// `go test ./...` leaves them out.
package windows
