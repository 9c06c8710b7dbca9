package authenticator

import (
	"crypto/sha256"
	"time"
)

// permission is a set of pinUvAuthToken permissions (CTAP 2.1 §6.5.5.7).
type permission uint8

const (
	permitMakeCredential       permission = 0x01
	permitGetAssertion         permission = 0x02
	permitCredentialManagement permission = 0x04

	permitSupported = permitMakeCredential | permitGetAssertion | permitCredentialManagement
)

const (
	// initialUsageLimit is within what time a token must be used first, maxUsage how long it can live at all (CTAP 2.1 §6.5.5.1).
	initialUsageLimit = 30 * time.Second
	maxUsage          = 10 * time.Minute
)

// tokenState is what the key knows about the pinUvAuthToken it gave out (CTAP 2.1 §6.5.5.1). A PIN is no evidence of
// presence, so there is no userPresent flag: every ceremony asks for a touch. The zero value is a token not in use.
type tokenState struct {
	protocol    *pinProtocol // nil: no token is in use
	permissions permission
	rpID        string // the one relying party it is good for; "" before it is bound
	verified    bool
	issued      time.Time
	used        bool
}

// begin puts the token of p into use (beginUsingPinUvAuthToken).
func (t *tokenState) begin(p *pinProtocol, permissions permission, rpID string, now time.Time) {
	*t = tokenState{protocol: p, permissions: permissions, rpID: rpID, verified: true, issued: now}
}

// check reports whether signature over message was made with the token in use, of protocol p, and notes its use.
func (t *tokenState) check(p *pinProtocol, message, signature []byte, now time.Time) bool {
	if t.protocol == nil || t.protocol != p {
		return false
	}
	age := now.Sub(t.issued)
	if age > maxUsage || !t.used && age > initialUsageLimit {
		*t = tokenState{}
		return false
	}
	if !p.verify(p.token, message, signature) {
		return false
	}
	t.used = true
	return true
}

// grants reports whether the token permits one ceremony for rpID, and binds it to rpID if it is not bound yet.
func (t *tokenState) grants(wanted permission, rpID string) bool {
	if t.permissions&wanted == 0 || !t.verified || t.rpID != "" && t.rpID != rpID {
		return false
	}
	t.rpID = rpID
	return true
}

// manages reports whether the token permits managing the credentials of the relying party with this RP ID hash.
// With no hash: those of all of them.
func (t *tokenState) manages(rpIDHash []byte) bool {
	if t.permissions&permitCredentialManagement == 0 {
		return false
	}
	if t.rpID == "" {
		return true
	}
	own := sha256.Sum256([]byte(t.rpID))
	return rpIDHash != nil && string(own[:]) == string(rpIDHash)
}

// spend ends the token after a ceremony with a touch: it is good for one.
func (t *tokenState) spend() {
	t.permissions, t.verified = 0, false
}
