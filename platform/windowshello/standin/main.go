//go:build windows && cgo

// Command standin is a webauthn.dll for tests: its Windows Hello and its security key are
// software authenticators. Build it with -buildmode=c-shared and put it into the
// system32 folder of a scratch Windows.
//
// It is strict where Windows is lenient: structures have to be of the very version that
// the API version asks for, every mandatory member has to be set, and behind each result
// lies memory that cannot be read. What it refuses it explains on standard error.
//
// The environment of the process scripts it, and is read anew by every call:
//
//	LATCHKEY_STANDIN_API     the API version that it claims, 1 to 9 (9)
//	LATCHKEY_STANDIN_HELLO   "off": Windows Hello is not set up
//	LATCHKEY_STANDIN_PERSON  "cancels"; "absent": lets it wait; "touches": agrees when
//	                         StandinTouch is called; else agrees at once
//	LATCHKEY_STANDIN_TIMEOUT milliseconds that a dialogue waits at most, whatever the
//	                         caller says: to Windows that is guidance only
//	LATCHKEY_STANDIN_STATE   a folder to keep credentials in beyond the process
//	LATCHKEY_STANDIN_JOURNAL a file that says which dialogues there were, a line each
package main

import (
	"os"
	"strconv"
)

func main() {} // never runs: this is a library

const newestAPI = 9

func apiVersion() uint32 {
	version, err := strconv.Atoi(os.Getenv("LATCHKEY_STANDIN_API"))
	if err != nil || version < 1 || version > newestAPI {
		return newestAPI
	}
	return uint32(version)
}

func helloIsSetUp() bool { return os.Getenv("LATCHKEY_STANDIN_HELLO") != "off" }

// versions are the versions of the structures that belong to an API version.
type versions struct {
	makeCredentialOptions, getAssertionOptions, credentialAttestation, assertion, credentialDetails uint32
}

// structures has what the head of webauthn.h says of each API version.
var structures = [newestAPI + 1]versions{
	1: {3, 4, 3, 1, 0},
	2: {3, 4, 3, 1, 0},
	3: {4, 5, 4, 2, 0},
	4: {5, 6, 4, 3, 1},
	5: {5, 6, 4, 3, 2},
	6: {6, 6, 5, 4, 2},
	7: {7, 7, 6, 5, 2},
	8: {8, 8, 7, 5, 3},
	9: {9, 9, 8, 6, 4},
}
