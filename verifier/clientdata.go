package verifier

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/fido/ceremony"
)

// clientDataMembers are those that some level of WebAuthn, or a browser, gives a
// meaning. go-webauthn decodes them whatever their case, as encoding/json does.
var clientDataMembers = []string{"type", "challenge", "origin", "crossOrigin", "topOrigin",
	"tokenBinding", "new_keys_may_be_added_here"}

// checkClientData judges the serialized client data by the letter of WebAuthn L3
// §5.8.1: WebAuthn L3 §7.1 steps 5 to 11 and §7.2 steps 8 to 14. It is stricter than
// go-webauthn, which folds the case of members, takes the last of two alike and
// compares origins as URLs.
func checkClientData(data []byte, ceremonyType string, challenge []byte, rpID string) error {
	if len(data) > maxClientData {
		return fmt.Errorf("client data has %d bytes", len(data))
	}
	members, err := objectMembers(data)
	if err != nil {
		return fmt.Errorf("client data: %w", err)
	}
	for name := range members {
		for _, known := range clientDataMembers {
			if name != known && strings.EqualFold(name, known) {
				return fmt.Errorf("client data has the member %q", name)
			}
		}
	}
	// Steps 7 and 10: the ceremony is of the right kind.
	if got, err := stringMember(members, "type"); err != nil || got != ceremonyType {
		return fmt.Errorf("client data is for %q", got)
	}
	// Steps 8 and 11: the challenge is the one that was sent.
	got, err := stringMember(members, "challenge")
	if err != nil || subtle.ConstantTimeCompare([]byte(got), []byte(ceremony.Bytes(challenge).String())) != 1 {
		return errors.New("client data has another challenge")
	}
	// Steps 9 and 12: origins are compared byte for byte.
	if got, err := stringMember(members, "origin"); err != nil || got != ceremony.Origin(rpID) {
		return fmt.Errorf("client data is of the origin %q", got)
	}
	// Steps 10, 11 and 13, 14: nobody embeds the app.
	if cross, present := members["crossOrigin"]; present && string(cross) != "false" {
		return errors.New("client data is cross-origin")
	}
	if _, present := members["topOrigin"]; present {
		return errors.New("client data has a top origin")
	}
	if _, present := members["tokenBinding"]; present {
		return errors.New("client data has a token binding, which there is none of here")
	}
	return nil
}

// objectMembers reads a JSON object in UTF-8 whose members all have names of their
// own, with nothing behind it.
func objectMembers(data []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("no JSON object")
	}
	members := make(map[string]json.RawMessage, 4)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, errors.New("no member name")
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("two members %q", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		members[name] = slices.Clone(value)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return members, nil
}

func stringMember(members map[string]json.RawMessage, name string) (string, error) {
	raw, present := members[name]
	if !present {
		return "", fmt.Errorf("no member %q", name)
	}
	if len(raw) == 0 || raw[0] != '"' {
		return "", fmt.Errorf("the member %q is no string", name)
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", err
	}
	return value, nil
}
