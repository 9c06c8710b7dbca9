package companion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Message is what a person reads when something did not work: what happened and
// what to do next. Code is its stable name, for --json and for looking it up.
type Message struct {
	Code string
	What string // one sentence
	Next string // what to do, "" where there is nothing
}

// String joins the two sentences.
func (m Message) String() string { return strings.TrimSpace(m.What + " " + m.Next) }

// Describe returns what a person reads for err. It never shows the text of a
// cause: that is for logs, and may come from a key or a file.
func Describe(err error) Message {
	var (
		fromCeremony *ceremony.Error
		fromVerifier *verifier.Error
	)
	switch {
	case err == nil:
		return Message{}
	case errors.Is(err, context.Canceled) && !errors.Is(err, ErrNotStored): // that has changed something
		return describeCeremony(ceremony.ErrCanceled)
	case errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &fromCeremony):
		return describeCeremony(ceremony.ErrTimeout)
	}
	var factor *FactorError
	onFactor := errors.As(err, &factor)
	for _, entry := range appMessages {
		if errors.Is(err, entry.err) {
			message := entry.message
			if entry.detail {
				text := err.Error()
				if onFactor {
					text = factor.Err.Error()
				}
				message.What = sentence(strings.TrimPrefix(text, entry.err.Error()+": "))
			}
			return message
		}
	}
	switch {
	case onFactor && factor.Kind.BuiltIn() && errors.As(err, &fromCeremony):
		return describeBuiltIn(factor.Kind, fromCeremony)
	case errors.As(err, &fromCeremony):
		return describeCeremony(fromCeremony)
	case errors.As(err, &fromVerifier):
		return describeVerifier(fromVerifier)
	}
	return internalMessage
}

// sentence gives text a capital and a full stop.
func sentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

var internalMessage = Message{Code: "internal", What: "Something unexpected went wrong.", Next: "Try again. If it happens again, run “latchkey doctor” and report what it says."}

// appMessages come first: they say more than the refusal that they wrap, and those
// above more than those below. With
// detail the text behind the error's own is meant for people and is the sentence.
var appMessages = []struct {
	err     error
	message Message
	detail  bool
}{
	{err: ErrNotStored, message: Message{"not_stored", "You are signed in, but the session could not be kept in a keyring and ends with this program.", "Start or unlock your keyring, then sign in again."}},
	{err: ErrKeyringLocked, message: Message{"keyring_locked", "Your keyring is locked.", "Unlock it (signing in to your desktop does, or open “Passwords and Keys”), then try again."}},
	{err: ErrNoKeyring, message: Message{"no_keyring", "This session has no keyring, so no sign-in can be kept.", "Start one (on Linux: gnome-keyring or KWallet, in a desktop or D-Bus session), then try again."}},
	{err: ErrNotSignedIn, message: Message{"not_signed_in", "You are not signed in.", "Sign in first: latchkey login"}},
	{err: ErrEnrollFirst, message: Message{"enroll_first", "You need a key to sign in, and have none yet.", "Enrol one: latchkey enroll"}},
	{err: ErrUseAnother, message: Message{"use_another", "There is no other key of yours at hand.", "Plug one in, or start again with the one that is here."}},
	{err: ErrOtherComputer, message: Message{"other_computer", "Your keys are built into other computers.", "Sign in there, or ask an administrator to let you enrol one here."}},
	{err: ErrNotHere, message: Message{"not_here", "This sort of computer does not have that.", "See what it can sign in with: latchkey device list"}},
	{err: ErrUnknownKey, message: Message{"unknown_key", "You have no key of that name.", "See the names with: latchkey keys list"}},
	{err: ErrAmbiguousKey, message: Message{"ambiguous_key", "Several of your keys go by that name.", "Use the id that this shows: latchkey keys list"}},
	{err: ErrSetupIncomplete, message: Message{"problems_found", "The self-check found something to mend.", "Follow the fixes above."}},
	{err: ErrInput, message: Message{Code: "input"}, detail: true},
}

var ceremonyMessages = map[ceremony.Code]Message{
	ceremony.CodeCanceled:       {What: "Cancelled. Nothing was changed."},
	ceremony.CodeTimeout:        {What: "Nobody touched the key in time.", Next: "Try again and touch it while it blinks."},
	ceremony.CodeNoDevice:       {What: "No security key is plugged in.", Next: "Plug one in and try again."},
	ceremony.CodeNoAccess:       {What: "There is a security key, but you are not allowed to use it.", Next: "Install the rule that allows it: copy assets/linux/70-latchkey.rules to /etc/udev/rules.d, run “sudo udevadm control --reload && sudo udevadm trigger”, and plug the key in again."},
	ceremony.CodeUnplugged:      {What: "The key was unplugged before it had answered.", Next: "Plug it in and try again."},
	ceremony.CodeBusy:           {What: "Another program is using the key.", Next: "Close its prompt and try again."},
	ceremony.CodePINInvalid:     {What: "Wrong PIN.", Next: "Try again."},
	ceremony.CodePINBlocked:     {What: "The key has blocked itself after too many wrong PINs.", Next: "Only a reset makes it usable again, and a reset deletes every sign-in on it. Use another key, or ask your administrator."},
	ceremony.CodePINAuthBlocked: {What: "Too many wrong PINs in a row.", Next: "Unplug the key, plug it in again and try once more."},
	ceremony.CodePINNotSet:      {What: "The key has no PIN yet, and one is needed.", Next: "Set one when asked, and try again."},
	ceremony.CodePINPolicy:      {What: "The key refuses that PIN.", Next: "Choose a longer one, without repeating one character."},
	ceremony.CodePINRequired:    {What: "The key needs its PIN.", Next: "Run it in a terminal, or give the PIN with --pin-stdin."},
	ceremony.CodeUVBlocked:      {What: "The key does not read fingers any more after too many misses.", Next: "Unplug the key, plug it in again and use its PIN."},
	ceremony.CodeExcluded:       {What: "This key is already one of yours.", Next: "Use another key."},
	ceremony.CodeNoCredential:   {What: "The key that is plugged in is none of this account's keys.", Next: "Plug in the key that you enrolled, and try again."},
	ceremony.CodeKeyFull:        {What: "The key has no room left.", Next: "Delete a sign-in from it that you do not use, or use another key."},
	ceremony.CodeDenied:         {What: "The key says that you declined.", Next: "Try again and accept."},
	ceremony.CodeUnsupported:    {What: "That does not work with this key or on this computer.", Next: "Use another key."},
	ceremony.CodeU2FOnly:        {What: "This is an old U2F key. It cannot ask for a PIN, so it cannot be added.", Next: "Use a FIDO2 key."},
	ceremony.CodeNotSetUp:       {What: "What is built into this computer is not set up for signing in yet.", Next: "Set it up in the system settings first."},
	ceremony.CodeDevice:         {What: "The key gave an answer that makes no sense.", Next: "Unplug it, plug it in again and try once more."},
}

func describeCeremony(err *ceremony.Error) Message {
	message, ok := ceremonyMessages[err.Code]
	if !ok {
		return internalMessage
	}
	message.Code = string(err.Code)
	if err.Code == ceremony.CodePINInvalid && err.Retries > 0 {
		message.Next = triesLeft(err.Retries) + " Try again."
	}
	if err.Code == ceremony.CodeNoDevice && err.Device != "" {
		message.What = fmt.Sprintf("There is no security key at %s.", err.Device)
	}
	if err.Fix != "" {
		message.Next = err.Fix
	}
	return message
}

func triesLeft(n int) string {
	if n == 1 {
		return "1 try left; after that the key blocks itself."
	}
	return fmt.Sprintf("%d tries left.", n)
}

var verifierMessages = map[verifier.Code]Message{
	verifier.CodeNoOrganization:     {What: "Latchkey is not set up on this computer yet.", Next: "Make an organisation and your account: latchkey init"},
	verifier.CodeOrganizationExists: {What: "There is an organisation already.", Next: "Sign in to it: latchkey login"},
	verifier.CodeUsernameTaken:      {What: "That username is taken.", Next: "Choose another one."},
	verifier.CodeWrongPassword:      {What: "Wrong username or password.", Next: "Check both and try again."},
	verifier.CodeFactorRequired:     {What: "This account needs a key, and has none any more.", Next: "Ask an administrator to let you enrol a new one (latchkey users let-enroll), then: latchkey enroll"},
	verifier.CodeSignedOut:          {What: "Your session has ended.", Next: "Sign in again: latchkey login"},
	verifier.CodeReauthenticate:     {What: "It has been a while since you used your key.", Next: "Sign in again to go on: latchkey login"},
	verifier.CodeForbidden:          {What: "Only administrators may do that.", Next: "Ask one of your administrators."},
	verifier.CodeChallengeUsed:      {What: "That answer came too late or was used before, and was refused.", Next: "Start again."},
	verifier.CodeVerification:       {What: "The key's answer does not check out, and was refused.", Next: "Try again. If it happens again, use another key and tell your administrator."},
	verifier.CodeCounter:            {What: "The key's counter went backwards: there may be a copy of it. It was refused.", Next: "Use another key and tell your administrator."},
	verifier.CodeDuplicate:          {What: "That key is enrolled already.", Next: "Use another key."},
	verifier.CodeUserNotVerified:    {What: "The key did not check that it is you.", Next: "Use its PIN or fingerprint and try again."},
	verifier.CodeVirtualKey:         {What: "This is a virtual key, and your organisation allows real ones only.", Next: "Use a real key. Only an organisation made with --allow-virtual-keys takes virtual ones."},
	verifier.CodeFingerprint:        {What: "Your organisation does not count a finger that this computer's reader has recognised.", Next: "Use the security chip with a PIN, or a security key. An administrator can allow it: latchkey policy --fingerprint allowed"},
	verifier.CodeLegacyKey:          {What: "This is an old U2F key. It cannot ask for a PIN, so it cannot be added.", Next: "Use a FIDO2 key."},
	verifier.CodeUnknownCredential:  {What: "There is no such key any more.", Next: "See your keys with: latchkey keys list"},
	verifier.CodeLastFactor:         {What: "This is your only key. If you delete it, you can't sign in until an administrator enrols a new one.", Next: "Add another key first, or confirm that you want to be locked out."},
	verifier.CodeClock:              {What: "This computer's clock is wrong: it shows a time before things that have already happened.", Next: "Set the clock (on Linux: timedatectl set-ntp true), then try again. If it is right now and was wrong before, sign in with: latchkey login --clock-is-right"},
	verifier.CodeStoreBusy:          {What: "Another program is using Latchkey's database.", Next: "Wait until it is done and try again."},
	verifier.CodeStoreCorrupt:       {What: "Latchkey's database is damaged. It was left as it is.", Next: "Put a backup in its place. The place is shown by: latchkey doctor"},
	verifier.CodeStoreFull:          {What: "The disk is full. Nothing was changed.", Next: "Make some room and try again."},
	verifier.CodeStoreReadOnly:      {What: "Latchkey cannot write to its folder. Nothing was changed.", Next: "Allow it (chmod u+w), or choose another folder with LATCHKEY_HOME. The folder is shown by: latchkey doctor"},
	verifier.CodeStoreNewer:         {What: "The database was made by a newer Latchkey.", Next: "Install the newer version."},
	verifier.CodeStoreUnsafe:        {What: "Other people on this computer can get at Latchkey's database.", Next: "Take that away: chmod go-rwx on the file and its folder. The place is shown by: latchkey doctor"},
	verifier.CodeSealUnavailable:    {What: "The key that signs tokens is sealed, and the keyring that opens it is not there.", Next: "Start or unlock your keyring, then try again."},
	verifier.CodeInternal:           internalMessage,
}

func describeVerifier(err *verifier.Error) Message {
	var message Message
	switch err.Code {
	case verifier.CodeInvalid:
		message = Message{What: err.Message}
	case verifier.CodeLocked:
		message = Message{What: "Too many wrong passwords.", Next: "Wait until " + until(err.Until, time.Now()) + " and try again."}
	default:
		known, ok := verifierMessages[err.Code]
		if !ok {
			return internalMessage
		}
		message = known
		if err.Message != "" { // names the file or command that only the store knows
			message.Next = err.Message
		}
	}
	message.Code = string(err.Code)
	return message
}
