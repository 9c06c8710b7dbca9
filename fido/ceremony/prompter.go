package ceremony

import "context"

// Prompter asks a person what an authenticator needs to know. One ceremony asks
// one question at a time; an implementation need not guard against two at once.
//
// Every method that waits returns ctx's error (wrapped or not) when ctx ends and
// an error wrapping ErrCanceled when the person gives up. It must not keep or
// log the PIN.
type Prompter interface {
	// PIN asks for the PIN of a key.
	PIN(ctx context.Context, question PINQuestion) (string, error)

	// NewPIN asks for a PIN to be set on a key that has none. The answer has been
	// typed twice and obeys question.MinLength.
	NewPIN(ctx context.Context, question NewPINQuestion) (string, error)

	// Touch tells the person to touch a key and returns at once. The ceremony
	// calls the function that it returns when there is nothing to touch any more, and
	// before it tells the person to touch once again what has refused a touch.
	// Giving up is done by ending the ceremony's own context.
	Touch(ctx context.Context, notice TouchNotice) (done func())
}

// Purpose says what a person is being asked for.
type Purpose string

// The purposes of a ceremony.
const (
	PurposeCreate Purpose = "create" // making a credential
	PurposeAssert Purpose = "assert" // signing in
	PurposePick   Purpose = "pick"   // choosing one of several keys by touching it
)

// PINQuestion is what a person needs to know to answer with the right PIN.
type PINQuestion struct {
	Device  Device
	Purpose Purpose
	Wrong   bool // the PIN given before was wrong
	Retries int  // tries left before the key blocks itself for good; -1 where it does not say
}

// NewPINQuestion is what a person needs to know to choose a PIN.
type NewPINQuestion struct {
	Device    Device
	MinLength int    // in Unicode code points, CTAP 2.1 §6.5.1
	Refused   string // why the PIN given before was refused, "" the first time
}

// TouchNotice says which key waits for a touch. With PurposePick there are several
// Devices and the person touches the one to use.
type TouchNotice struct {
	Devices []Device
	Purpose Purpose
	Refused string // why the touch before did not count, "" the first time
}
