package verifier

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/fido/ceremony"
)

// Limits on what people and programs may hand in.
const (
	maxNameRunes      = 64
	maxCredentialID   = 1023 // bytes, WebAuthn L3 §4 "Credential ID"
	maxClientData     = 8 << 10
	maxAuthData       = 16 << 10
	maxAttestation    = 64 << 10
	maxSignature      = 2 << 10
	maxUserHandle     = 64 // bytes, WebAuthn L3 §5.4.3
	maxTransports     = 8
	maxTransportBytes = 32
	maxAudience       = 255 // bytes
	maxCredentials    = 64  // per account: all of them travel in the allow list
	maxEvents         = 1000
)

// virtualModels are the AAGUIDs of Latchkey's software key and of a software TPM, with a
// PIN and behind a finger. What they keep can be copied.
var virtualModels = [][16]byte{
	[16]byte([]byte("LatchkeyVirtual!")), [16]byte([]byte("LatchkeyVirtTPM!")), [16]byte([]byte("LatchkeyVirtFPR!")),
}

// algorithms are those that new credentials may use, the preferred one first.
var algorithms = []int{ceremony.AlgES256, ceremony.AlgEdDSA, ceremony.AlgRS256}

func invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Message: message}
}

// checkUsername holds a username to the grammar of NewAccount, which leaves out what
// looks alike and what shells and paths mind.
func checkUsername(username string) error {
	if len(username) < 1 || len(username) > 64 {
		return invalid("username", "Choose a username of 1 to 64 characters.")
	}
	for i, r := range []byte(username) {
		alphanumeric := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !alphanumeric && (i == 0 || !strings.ContainsRune("._-@", rune(r))) {
			return invalid("username", "Use lower-case letters, digits and . _ - @ in the username, and begin with a letter or digit.")
		}
	}
	return nil
}

// cleanName trims a name and makes sure that it can be shown in a line.
func cleanName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if !utf8.ValidString(name) {
		return "", invalid(field, "The name is not valid text.")
	}
	if count := utf8.RuneCountInString(name); count < 1 || count > maxNameRunes {
		return "", invalid(field, fmt.Sprintf("Choose a name of 1 to %d characters.", maxNameRunes))
	}
	for _, r := range name {
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return "", invalid(field, "The name has a character that cannot be shown.")
		}
	}
	return name, nil
}
