package ceremony

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// Bytes is a byte string that stands in JSON as base64url without padding, the
// Base64URLString of WebAuthn L3 §5.1.
type Bytes []byte

// MarshalJSON writes b as a base64url string.
func (b Bytes) MarshalJSON() ([]byte, error) { return json.Marshal(b.String()) }

// UnmarshalJSON reads a base64url string; padding and the characters of plain
// base64 are refused, as §5.1 has one form only.
func (b *Bytes) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("base64url string expected: %w", err)
	}
	if strings.ContainsAny(text, "\r\n") { // which the decoder would pass over
		return fmt.Errorf("base64url without line breaks expected")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return fmt.Errorf("base64url without padding expected: %w", err)
	}
	*b = raw
	return nil
}

// String returns b as base64url without padding.
func (b Bytes) String() string { return base64.RawURLEncoding.EncodeToString(b) }
