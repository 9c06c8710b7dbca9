package windowshello

import (
	"bytes"
	"testing"
	"unsafe"

	"latchkey/fido/ceremony"
)

func TestCreationSaysWhatWasAsked(t *testing.T) {
	request := createRequest()
	request.Options.Attestation = "direct"
	request.Options.ExcludeCredentials = []ceremony.CredentialDescriptor{
		descriptor([]byte("first"), "usb", "nfc"), descriptor([]byte("second")), descriptor([]byte("third"), "hybrid", "internal", "new"),
	}
	id := &guid{1}
	c := newCreation(request, crossPlatform, newestAPI, 60_000, id)

	if narrow(c.rp.id) != "portal.example" || narrow(c.rp.name) != "Portal" || c.rp.version != 1 {
		t.Errorf("relying party %q, %q, version %d", narrow(c.rp.id), narrow(c.rp.name), c.rp.version)
	}
	user := c.user
	if string(copied(user.id, user.idSize)) != "user handle" || narrow(user.name) != "zoë" || narrow(user.displayName) != "Zoë 🔑" {
		t.Errorf("user %q, %q", narrow(user.name), narrow(user.displayName))
	}
	if json := copied(c.client.json, c.client.size); !bytes.Equal(json, request.ClientDataJSON) || narrow(c.client.hashAlgorithm) != "SHA-256" {
		t.Errorf("client data %s", json)
	}
	var algorithms []int32
	for _, p := range unsafe.Slice(c.parameters.first, c.parameters.count) {
		if narrow(p.credentialType) != "public-key" || p.version != 1 {
			t.Errorf("parameter %+v", p)
		}
		algorithms = append(algorithms, p.algorithm)
	}
	if len(algorithms) != 2 || algorithms[0] != -7 || algorithms[1] != -257 {
		t.Errorf("algorithms %v", algorithms)
	}
	var transports []uint32
	for i, excluded := range unsafe.Slice(c.options.exclude.first, c.options.exclude.count) {
		if !bytes.Equal(copied(excluded.id, excluded.idSize), request.Options.ExcludeCredentials[i].ID) || narrow(excluded.credentialType) != "public-key" {
			t.Errorf("excluded %d is another", i)
		}
		transports = append(transports, excluded.transports)
	}
	if len(transports) != 3 || transports[0] != 0x03 || transports[1] != 0 || transports[2] != 0x30 {
		t.Errorf("transports %#x", transports)
	}
	o := c.options
	if o.version != 9 || o.timeout != 60_000 || o.attachment != 2 || o.userVerification != 1 || o.attestation != 3 || o.cancellationID != id {
		t.Errorf("options %+v", o)
	}
	if o.requireResidentKey != 0 || o.preferResidentKey != 1 {
		t.Errorf("resident key: require %d, prefer %d", o.requireResidentKey, o.preferResidentKey)
	}
	if o.extensions.count != 1 || narrow(o.extensions.first.identifier) != "credProtect" || *o.extensions.first.value != (credProtect{level: 3}) {
		t.Errorf("extensions %+v", o.extensions)
	}
	if o.hintCount != 1 || narrow(*o.hints) != "security-key" {
		t.Errorf("%d hints", o.hintCount)
	}
}

func TestCreationLeavesOutWhatAnOldAPIDoesNotKnow(t *testing.T) {
	request := createRequest()
	request.Options.ExcludeCredentials = []ceremony.CredentialDescriptor{descriptor([]byte("id"), "hybrid", "smart-card", "internal")}
	o := newCreation(request, platform, 1, 1, nil).options
	if o.version != 3 || o.preferResidentKey != 0 || o.extensions.count != 0 || o.hintCount != 0 || o.hints != nil {
		t.Errorf("options %+v", o)
	}
	if got := (*o.exclude.first).transports; got != 0x10 {
		t.Errorf("transports %#x", got)
	}
}

func TestResidentKeyRequirement(t *testing.T) {
	for _, c := range []struct {
		selection       ceremony.AuthenticatorSelection
		require, prefer uint32
	}{
		{ceremony.AuthenticatorSelection{ResidentKey: "required"}, 1, 0},
		{ceremony.AuthenticatorSelection{ResidentKey: "preferred"}, 0, 1},
		{ceremony.AuthenticatorSelection{ResidentKey: "discouraged", RequireResidentKey: true}, 0, 0},
		{ceremony.AuthenticatorSelection{RequireResidentKey: true}, 1, 0},
		{ceremony.AuthenticatorSelection{}, 0, 0},
	} {
		request := createRequest()
		request.Options.AuthenticatorSelection = c.selection
		o := newCreation(request, platform, newestAPI, 1, nil).options
		if o.requireResidentKey != c.require || o.preferResidentKey != c.prefer {
			t.Errorf("%+v: require %d, prefer %d", c.selection, o.requireResidentKey, o.preferResidentKey)
		}
	}
}

func TestRequirementsHaveTheNumbersOfWebAuthnH(t *testing.T) {
	for requirement, want := range map[string]uint32{"required": 1, "preferred": 2, "": 2, "discouraged": 3, "other": 2} {
		if got := verification(requirement); got != want {
			t.Errorf("user verification %q is %d, not %d", requirement, got, want)
		}
	}
	for preference, want := range map[string]uint32{"none": 1, "": 1, "other": 1, "indirect": 2, "direct": 3, "enterprise": 3} {
		if got := conveyance(preference); got != want {
			t.Errorf("attestation %q is %d, not %d", preference, got, want)
		}
	}
}

func TestAssertionRequestSaysWhatWasAsked(t *testing.T) {
	request := assertRequest(descriptor([]byte("first"), "internal"), descriptor([]byte("second")))
	request.Options.UserVerification = ceremony.VerificationDiscouraged
	id := &guid{1}
	r := newAssertionRequest(request, platform, 8, 1000, id)
	if narrow(r.rpID) != "portal.example" || !bytes.Equal(copied(r.client.json, r.client.size), request.ClientDataJSON) {
		t.Errorf("relying party %q", narrow(r.rpID))
	}
	o := r.options
	if o.version != 8 || o.timeout != 1000 || o.attachment != 1 || o.userVerification != 3 || o.cancellationID != id {
		t.Errorf("options %+v", o)
	}
	allowed := unsafe.Slice(o.allow.first, o.allow.count)
	if len(allowed) != 2 || string(copied(allowed[1].id, allowed[1].idSize)) != "second" || allowed[0].transports != 0x10 {
		t.Errorf("%d credentials are allowed", len(allowed))
	}
	if o.hintCount != 1 || narrow(*o.hints) != "client-device" {
		t.Errorf("%d hints", o.hintCount)
	}
	if without := newAssertionRequest(assertRequest(), platform, 4, 1, id).options; without.allow != nil || without.hints != nil || without.version != 6 {
		t.Errorf("options without credentials %+v", without)
	}
}
