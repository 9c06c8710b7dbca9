package ceremony

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"strings"
)

// Client data types, WebAuthn L3 §5.8.1.
const (
	TypeCreate = "webauthn.create"
	TypeGet    = "webauthn.get"
)

// Origin returns the origin under which the native app speaks for a relying
// party: "https://<rp-id>", or "http://localhost" for localhost. It is the one
// place where it is built; the verifier accepts no other.
func Origin(rpID string) string {
	if rpID == "localhost" {
		return "http://localhost"
	}
	return "https://" + rpID
}

// ClientData returns the serialized client data (WebAuthn L3 §5.8.1.1, the
// limited-verification form byte for byte) for a ceremony at the native app's
// origin.
func ClientData(ceremonyType string, challenge []byte, rpID string) []byte {
	var out bytes.Buffer
	out.WriteString(`{"type":`)
	writeJSONString(&out, ceremonyType)
	out.WriteString(`,"challenge":`)
	writeJSONString(&out, Bytes(challenge).String())
	out.WriteString(`,"origin":`)
	writeJSONString(&out, Origin(rpID))
	out.WriteString(`,"crossOrigin":false}`)
	return out.Bytes()
}

// writeJSONString follows CCDToString of §5.8.1.1 for the strings that occur
// here: ASCII without control characters, so only quote and backslash matter.
func writeJSONString(out *bytes.Buffer, s string) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	out.Truncate(out.Len() - 1) // the encoder ends each value with a newline
}

// CheckRPID says why id cannot be a relying party identifier: it has to be a
// domain in its lower-case ASCII form or "localhost", never an address, a URL or
// a bare top-level name (WebAuthn L3 §4, "RP ID"; §13.4.9).
func CheckRPID(id string) error {
	switch {
	case id == "localhost":
		return nil
	case id == "":
		return fmt.Errorf("the portal domain is empty")
	case len(id) > 253:
		return fmt.Errorf("the portal domain is longer than 253 characters")
	case net.ParseIP(strings.Trim(id, "[]")) != nil:
		return fmt.Errorf("the portal domain has to be a name, not the address %s", id)
	case strings.ContainsAny(id, "/:@"):
		return fmt.Errorf("the portal domain is the bare name, as in portal.example.com, without https:// or a port")
	case !strings.Contains(id, "."):
		return fmt.Errorf("the portal domain needs a dot, as in portal.example.com; only localhost does without")
	}
	labels := strings.Split(id, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return err
		}
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return fmt.Errorf("the portal domain ends in %q, which is not a name", last)
	}
	return nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > 63 {
		return fmt.Errorf("each part of the portal domain has 1 to 63 characters")
	}
	for _, r := range label {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return fmt.Errorf("the portal domain has the character %q; use lower-case letters, digits and hyphens", r)
		}
	}
	if label[0] == '-' || label[len(label)-1] == '-' {
		return fmt.Errorf("a part of the portal domain may not begin or end with a hyphen")
	}
	return nil
}
