package windowshello

import (
	"errors"
	"slices"
	"unicode/utf16"
	"unsafe"

	"latchkey/fido/ceremony"
)

// created copies what Windows made on device, before it takes its memory back. Transports
// are all that the authenticator has, where Windows tells; its Device's is the one used.
func (a *credentialAttestation) created(device ceremony.Device) (*ceremony.Created, error) {
	out := &ceremony.Created{
		CredentialID:      copied(a.credentialID, a.credentialIDSize),
		AttestationObject: copied(a.object, a.objectSize),
		Device:            device,
	}
	if len(out.CredentialID) == 0 || len(out.AttestationObject) == 0 {
		return nil, errors.New("webauthn.dll made a credential without an id or an attestation")
	}
	out.Device.AAGUID = modelOf(unsafe.Slice(a.authenticatorData, a.authenticatorDataSize))
	if a.version >= 3 {
		out.Transports = transportNames(a.usedTransport)
		if len(out.Transports) > 0 {
			out.Device.Transport = out.Transports[0]
		}
	}
	if a.version >= 8 && a.transports != 0 {
		out.Transports = transportNames(a.transports)
	}
	return out, nil
}

// modelOf returns the AAGUID in the authenticator data of a new credential, which follows
// the RP ID hash, the flags and the counter (WebAuthn L3 §6.1); zero where it is cut short.
func modelOf(data []byte) (aaguid [16]byte) {
	const before = 32 + 1 + 4
	if len(data) >= before+len(aaguid) {
		copy(aaguid[:], data[before:])
	}
	return aaguid
}

// asserted copies what Windows signed with on device, before it takes its memory back.
func (a *assertion) asserted(device ceremony.Device, allowed []ceremony.CredentialDescriptor) (*ceremony.Asserted, error) {
	out := &ceremony.Asserted{
		Device:            device,
		CredentialID:      copied(a.credential.id, a.credential.idSize),
		AuthenticatorData: copied(a.authenticatorData, a.authenticatorDataSize),
		Signature:         copied(a.signature, a.signatureSize),
		UserHandle:        copied(a.userID, a.userIDSize),
	}
	if len(out.CredentialID) == 0 || len(out.AuthenticatorData) == 0 || len(out.Signature) == 0 {
		return nil, errors.New("webauthn.dll signed without a credential, data or signature")
	}
	asked := func(d ceremony.CredentialDescriptor) bool { return slices.Equal(d.ID, out.CredentialID) }
	if len(allowed) > 0 && !slices.ContainsFunc(allowed, asked) {
		return nil, errors.New("webauthn.dll signed with a credential that was not asked for")
	}
	return out, nil
}

// Credential is one that Windows Hello keeps.
type Credential struct {
	ID        ceremony.Bytes
	RP        ceremony.RelyingParty
	User      ceremony.User
	Removable bool
	BackedUp  bool // false also where the API is older than 5 and does not tell
}

// list copies the credentials that Windows tells of.
func (l *credentialDetailsList) list() []Credential {
	var out []Credential
	for _, d := range unsafe.Slice(l.first, l.count) {
		c := Credential{ID: copied(d.id, d.idSize), Removable: d.removable != 0}
		if d.rp != nil {
			c.RP = ceremony.RelyingParty{ID: narrow(d.rp.id), Name: narrow(d.rp.name)}
		}
		if d.user != nil {
			c.User = ceremony.User{
				ID: copied(d.user.id, d.user.idSize), Name: narrow(d.user.name), DisplayName: narrow(d.user.displayName),
			}
		}
		if d.version >= 2 {
			c.BackedUp = d.backedUp != 0
		}
		out = append(out, c)
	}
	return out
}

func transportNames(bits uint32) (names []string) {
	for _, known := range transports {
		if bits&known.bit != 0 {
			names = append(names, known.name)
		}
	}
	return names
}

// copied returns a copy of size bytes; nil for none.
func copied(data *byte, size uint32) []byte {
	if data == nil || size == 0 {
		return nil
	}
	return slices.Clone(unsafe.Slice(data, size))
}

// narrow reads UTF-16 up to its NUL; "" for nil.
func narrow(s *uint16) string {
	if s == nil {
		return ""
	}
	size := 0
	for p := unsafe.Pointer(s); *(*uint16)(p) != 0; p = unsafe.Add(p, 2) {
		size++
	}
	return string(utf16.Decode(unsafe.Slice(s, size)))
}
