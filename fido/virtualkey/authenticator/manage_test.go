package authenticator

import (
	"crypto/sha256"
	"testing"
	"time"
)

// manage returns a signed request of credential management.
func (p *platform) manage(token []byte, subcommand int, params any) m {
	p.Helper()
	message := []byte{byte(subcommand)}
	request := m{1: subcommand, 3: p.pinUV}
	if params != nil {
		encoded, err := ctap2.encode(params)
		p.check(err)
		message = append(message, encoded...)
		request[2] = params
	}
	request[4] = p.sign(token, message)
	return request
}

func rpIDHash(rpID string) []byte {
	hash := sha256.Sum256([]byte(rpID))
	return hash[:]
}

func TestEnumerate(t *testing.T) {
	for _, command := range []byte{cmdCredentialManagement, cmdCredentialManagementPreview} {
		p := plugInWithPIN(t)
		token := p.token(permitCredentialManagement, "")
		p.fails(StatusNoCredentials, command, p.manage(token, rpsBegin, nil))
		alice := p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential))
		bob := p.make(p.verified(makeParams("bob", algEdDSA).with(7, rk()), permitMakeCredential).with(6, map[string]int{"credProtect": 3}))

		token = p.token(permitCredentialManagement, "")
		var got managementResponse
		p.ok(command, p.manage(token, credsMetadata, nil), &got)
		if *got.Existing != 2 || *got.Remaining != maxResident-2 {
			t.Errorf("metadata: %d existing, %d remaining", *got.Existing, *got.Remaining)
		}
		got = managementResponse{}
		p.ok(command, p.manage(token, rpsBegin, nil), &got)
		if got.TotalRPs != 1 || got.RP.ID != testRP || string(got.RPIDHash) != string(rpIDHash(testRP)) {
			t.Errorf("relying parties: %+v", got)
		}
		p.fails(StatusNotAllowed, command, m{1: rpsNext})

		for i, want := range []made{alice, bob} {
			got = managementResponse{}
			if i == 0 {
				p.ok(command, p.manage(token, credentialsBegin, m{1: rpIDHash(testRP)}), &got)
			} else {
				p.ok(command, m{1: credentialsNext}, &got)
			}
			if string(got.Credential.ID) != string(want.id) || got.PublicKey.Algorithm != want.public.Algorithm {
				t.Errorf("credential %d: %+v", i, got)
			}
		}
		if got.CredProtect != uvRequired || got.User.Name != "bob" {
			t.Errorf("the last credential: %+v", got)
		}
		p.fails(StatusNotAllowed, command, m{1: credentialsNext})
		p.fails(StatusNoCredentials, command, p.manage(token, credentialsBegin, m{1: rpIDHash("other.example")}))
	}
}

func TestEnumerationEndsWithAnotherCommand(t *testing.T) {
	p := plugInWithPIN(t)
	for _, user := range []string{"alice", "bob"} {
		p.make(p.verified(makeParams(user).with(7, rk()), permitMakeCredential))
	}
	token := p.token(permitCredentialManagement, "")
	var got managementResponse
	p.ok(cmdCredentialManagement, p.manage(token, credentialsBegin, m{1: rpIDHash(testRP)}), &got)
	p.ok(cmdGetInfo, nil, &info{})
	p.fails(StatusNotAllowed, cmdCredentialManagement, m{1: credentialsNext})
	p.ok(cmdCredentialManagement, p.manage(token, credentialsBegin, m{1: rpIDHash(testRP)}), &got)
	p.ok(cmdCredentialManagement, p.manage(token, credsMetadata, nil), &got)
	p.fails(StatusNotAllowed, cmdCredentialManagement, m{1: credentialsNext})
}

func TestDeleteCredential(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential))
	token := p.token(permitCredentialManagement, "")
	remove := p.manage(token, deleteCredential, m{2: descriptor{publicKey, c.id}})
	p.fails(StatusNoCredentials, cmdCredentialManagement, p.manage(token, deleteCredential, m{2: descriptor{publicKey, octets{1}}}))
	p.fails(StatusMissingParameter, cmdCredentialManagement, p.manage(token, deleteCredential, m{}))
	p.ok(cmdCredentialManagement, remove, nil)
	p.fails(StatusNoCredentials, cmdCredentialManagement, remove)
	p.fails(StatusNoCredentials, cmdGetAssertion, assertParams(c))
	p.make(makeParams("alice").with(5, []descriptor{{publicKey, c.id}})) // excluded no more
}

func TestUpdateUser(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential))
	token := p.token(permitCredentialManagement, testRP)
	update := func(user User) m {
		return p.manage(token, updateUserInfo, m{2: descriptor{publicKey, c.id}, 3: user})
	}
	p.ok(cmdCredentialManagement, update(User{ID: []byte("alice"), Name: "Alice"}), nil)
	if got := p.a.state.Credentials[0].User; got.Name != "Alice" || got.DisplayName != "" {
		t.Errorf("user is %+v", got)
	}
	p.fails(StatusInvalidParameter, cmdCredentialManagement, update(User{ID: []byte("bob")}))
	p.fails(StatusMissingParameter, cmdCredentialManagement, p.manage(token, updateUserInfo, m{2: descriptor{publicKey, c.id}}))
}

func TestManagementNeedsItsPermission(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential))
	collect := func(token []byte) []m {
		return []m{
			p.manage(token, credsMetadata, nil),
			p.manage(token, rpsBegin, nil),
			p.manage(token, credentialsBegin, m{1: rpIDHash(testRP)}),
			p.manage(token, deleteCredential, m{2: descriptor{publicKey, c.id}}),
			p.manage(token, updateUserInfo, m{2: descriptor{publicKey, c.id}, 3: User{ID: []byte("alice")}}),
		}
	}
	for _, request := range collect(p.token(permitGetAssertion, testRP)) {
		p.fails(StatusPINAuthInvalid, cmdCredentialManagement, request)
		p.fails(StatusPUATRequired, cmdCredentialManagement, request.with(4, nil))
		p.fails(StatusMissingParameter, cmdCredentialManagement, request.with(3, nil))
		p.fails(StatusPINAuthInvalid, cmdCredentialManagement, request.with(4, make([]byte, 32)))
	}
	for _, request := range collect(p.token(permitCredentialManagement, "other.example")) {
		p.fails(StatusPINAuthInvalid, cmdCredentialManagement, request)
	}
	bound := collect(p.token(permitCredentialManagement, testRP))
	p.fails(StatusPINAuthInvalid, cmdCredentialManagement, bound[0])
	p.fails(StatusPINAuthInvalid, cmdCredentialManagement, bound[1])
	p.ok(cmdCredentialManagement, bound[2], &managementResponse{})
	p.ok(cmdCredentialManagement, bound[3], nil)
}

func TestReset(t *testing.T) {
	p := plugInWithPIN(t)
	plain := p.make(makeParams("alice"))
	resident := p.make(p.verified(makeParams("bob").with(7, rk()), permitMakeCredential))
	p.now = p.now.Add(10*time.Second + 1)
	p.fails(StatusNotAllowed, cmdReset, nil)
	p.powerCycle()
	p.now = p.now.Add(10 * time.Second)
	p.ok(cmdReset, nil, nil)
	p.fails(StatusNoCredentials, cmdGetAssertion, assertParams(plain))
	p.fails(StatusNoCredentials, cmdGetAssertion, assertParams(resident))
	p.fails(StatusNoCredentials, cmdGetAssertion, assertParams())
	p.ok(cmdClientPIN, p.setPINParams(padded(testPIN)), nil)
}

func TestSelection(t *testing.T) {
	p := plugIn(t)
	p.ok(cmdSelection, nil, nil)
	if len(p.person.prompts) != 1 || p.person.prompts[0].Action != ActionSelect {
		t.Errorf("prompts are %v", p.person.prompts)
	}
}
