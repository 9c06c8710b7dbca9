// Package models names authenticators by their AAGUID, the number that a maker gives
// to all keys of one model (WebAuthn L3 §6.5.2).
//
// The numbers are those of the FIDO Alliance Metadata Service and, for Yubico's, of
// the maker's own list. A number says what a key claims to be: without a trusted
// attestation it proves nothing, so a name is shown and never decides anything.
package models

import "fmt"

// Name returns what people call the model, "" where it is not known.
func Name(aaguid [16]byte) string {
	wanted := format(aaguid)
	for _, model := range known {
		for _, one := range model.aaguids {
			if one == wanted {
				return model.name
			}
		}
	}
	return ""
}

// format writes an AAGUID as the UUID as which it is published (RFC 9562 §4).
func format(aaguid [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", aaguid[:4], aaguid[4:6], aaguid[6:8], aaguid[8:10], aaguid[10:])
}
