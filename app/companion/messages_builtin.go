package companion

import (
	"strings"

	"latchkey/fido/ceremony"
)

// builtInMessages say of what is built into a computer what ceremonyMessages say of
// keys: there is nothing to plug in or to unplug, and a PIN is not the whole chip's.
// Codes that are not here mean the same for both. $IT is the name of what is built in.
var builtInMessages = map[ceremony.Code]Message{
	ceremony.CodeTimeout:        {What: "That took too long.", Next: "Try again, and answer when $IT asks."},
	ceremony.CodeNoDevice:       {What: "This computer does not have $IT.", Next: "Use a security key."},
	ceremony.CodeNoAccess:       {What: "You cannot use $IT on this computer yet.", Next: "Ask whoever looks after this computer, or use a security key."},
	ceremony.CodeUnplugged:      {What: "$IT went away before it had answered.", Next: "Try again."},
	ceremony.CodeBusy:           {What: "Another program is using $IT.", Next: "Close its prompt and try again."},
	ceremony.CodePINInvalid:     {What: "Wrong PIN.", Next: "Try again."},
	ceremony.CodePINBlocked:     {What: "$IT has blocked itself after too many wrong PINs.", Next: "Use another key, or ask your administrator."},
	ceremony.CodePINAuthBlocked: {What: "Too many wrong PINs: $IT takes none for now.", Next: "Use another key, or leave the computer on and try again later."},
	ceremony.CodePINNotSet:      {What: "There is no PIN for $IT yet, and one is needed.", Next: "Choose one when asked, and try again."},
	ceremony.CodePINPolicy:      {What: "That PIN cannot be used.", Next: "Choose one with at least 6 characters."},
	ceremony.CodePINRequired:    {What: "The PIN that you chose for this computer is needed.", Next: "Run it in a terminal, or give the PIN with --pin-stdin."},
	ceremony.CodeUVBlocked:      {What: "$IT does not recognise you any more after too many misses.", Next: "Unlock this computer with its password, then try again, or use another key."},
	ceremony.CodeExcluded:       {What: "$IT of this computer is already one of your keys.", Next: "Use a security key to add another."},
	ceremony.CodeNoCredential:   {What: "This computer cannot sign you in to this account.", Next: "Sign in with a key that you enrolled, then add this computer: latchkey enroll --with this-computer"},
	ceremony.CodeKeyFull:        {What: "$IT has no room left.", Next: "Delete a sign-in from it that you do not use, or use another key."},
	ceremony.CodeDenied:         {What: "$IT did not recognise you.", Next: "Try again, or use another key."},
	ceremony.CodeUnsupported:    {What: "$IT cannot be used on this computer.", Next: "Use a security key."},
	ceremony.CodeNotSetUp:       {What: "$IT is not set up on this computer yet.", Next: "Set it up in the system settings first."},
	ceremony.CodeDevice:         {What: "$IT did not answer as it should.", Next: "Try again. If it happens again, use another key."},
}

func describeBuiltIn(kind ceremony.Kind, err *ceremony.Error) Message {
	message, ok := builtInMessages[err.Code]
	if !ok {
		return describeCeremony(err)
	}
	names := strings.NewReplacer("have $IT", "have "+builtInAnyOne(kind), "$IT", BuiltInPhrase(kind))
	message.Code = string(err.Code)
	message.What, message.Next = sentence(names.Replace(message.What)), names.Replace(message.Next)
	switch {
	case err.Code != ceremony.CodePINInvalid:
	case err.Retries == 1:
		message.Next = "1 try left; after that " + BuiltInPhrase(kind) + " takes no PIN for a while."
	case err.Retries > 1:
		message.Next = triesLeft(err.Retries) + " Try again."
	}
	if err.Fix != "" {
		message.Next = err.Fix
	}
	return message
}

// BuiltInPhrase names what is built in, as it stands within a sentence.
func BuiltInPhrase(kind ceremony.Kind) string {
	switch kind {
	case ceremony.KindTPM:
		return "the security chip"
	case ceremony.KindFingerprint:
		return "the fingerprint reader"
	default:
		return BuiltInName(kind)
	}
}

// builtInAnyOne is BuiltInPhrase for one that is not there.
func builtInAnyOne(kind ceremony.Kind) string {
	switch kind {
	case ceremony.KindTPM:
		return "a security chip that can be used"
	case ceremony.KindFingerprint:
		return "both a fingerprint reader and a security chip"
	default:
		return BuiltInName(kind)
	}
}
