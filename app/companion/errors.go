package companion

import "errors"

// What the app itself can refuse, beside ceremony.Error and verifier.Error.
var (
	// ErrNotSignedIn means that there is no session to use.
	ErrNotSignedIn = errors.New("not signed in")
	// ErrEnrollFirst means that the password is right and a key has to be enrolled
	// before it leads to a session.
	ErrEnrollFirst = errors.New("enrol a key first")
	// ErrNoKeyring means that this computer offers no keyring to keep a session in.
	ErrNoKeyring = errors.New("no keyring")
	// ErrKeyringLocked means that the keyring is there and has to be unlocked first.
	ErrKeyringLocked = errors.New("keyring locked")
	// ErrNotStored means that the person is signed in and the session could not be
	// kept beyond this process.
	ErrNotStored = errors.New("session not stored")
	// ErrOtherComputer means that every key of the account is built into a computer, and
	// into none like this one.
	ErrOtherComputer = errors.New("the keys are built into other computers")
	// ErrNotHere means that this sort of computer has no authenticator of the kind wanted.
	ErrNotHere = errors.New("not on this sort of computer")
	// ErrUnknownKey means that no key goes by the name or id given.
	ErrUnknownKey = errors.New("unknown key")
	// ErrAmbiguousKey means that several keys go by the name given.
	ErrAmbiguousKey = errors.New("ambiguous key")
	// ErrSetupIncomplete means that doctor found something that has to be mended.
	ErrSetupIncomplete = errors.New("self-check found problems")
	// ErrInput means that the input could not be read.
	ErrInput = errors.New("input")
)
