package authenticator

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestGetAssertionRefusals(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(makeParams("alice"))
	params := assertParams(c)
	tests := []struct {
		name   string
		params m
		want   Status
	}{
		{"no RP ID", params.with(1, nil), StatusMissingParameter},
		{"no client data hash", params.with(2, nil), StatusMissingParameter},
		{"long client data hash", params.with(2, make([]byte, 33)), StatusInvalidLength},
		{"other relying party", params.with(1, "other.example"), StatusNoCredentials},
		{"unknown credential", params.with(3, []descriptor{{publicKey, octets{1}}}), StatusNoCredentials},
		{"forged credential", params.with(3, []descriptor{{publicKey, make(octets, credentialIDSize)}}), StatusNoCredentials},
		{"no resident credential", assertParams(), StatusNoCredentials},
		{"long allow list", params.with(3, slices.Repeat([]descriptor{{publicKey, octets{1}}}, 9)), StatusRequestTooLarge},
		{"resident option", params.with(5, rk()), StatusUnsupportedOption},
		{"built-in user verification", params.with(5, map[string]bool{"uv": true}), StatusInvalidOption},
		{"wrong signature", params.with(6, make([]byte, 32)).with(7, 2), StatusPINAuthInvalid},
		{"which key", params.with(6, []byte{}), StatusPINInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			(&platform{T: t, a: p.a}).fails(test.want, cmdGetAssertion, test.params)
		})
	}
}

func TestSilentAssertion(t *testing.T) {
	p := plugIn(t)
	c := p.make(makeParams("alice"))
	p.person.answer = errors.New("nobody was to be asked")
	got := p.assert(assertParams(c).with(5, map[string]bool{"up": false}), c)
	if got.flags != 0 {
		t.Errorf("flags are %#02x", got.flags)
	}
}

func TestCounterGrowsAndSurvives(t *testing.T) {
	p := plugIn(t)
	c := p.make(makeParams("alice"))
	last := c.counter
	for range 3 {
		got := p.assert(assertParams(c), c)
		if got.counter <= last {
			t.Errorf("counter went from %d to %d", last, got.counter)
		}
		if stored, _, _ := p.store.Load(); stored.Counter != got.counter {
			t.Errorf("stored counter is %d, told was %d", stored.Counter, got.counter)
		}
		last = got.counter
		p.powerCycle()
	}
}

// fullDisk is a store that loads but cannot save.
type fullDisk struct{ *MemoryStore }

func (fullDisk) Save(State) error { return errors.New("no space left on device") }

func TestNothingIsAnsweredThatIsNotStored(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential))
	make := p.verified(makeParams("bob").with(7, rk()), permitMakeCredential)
	before := p.a.state.clone()
	p.a.options.Store = fullDisk{p.store}
	p.fails(StatusOther, cmdMakeCredential, make)
	p.fails(StatusOther, cmdMakeCredential, makeParams("carol"))
	p.fails(StatusOther, cmdGetAssertion, assertParams(c))
	p.fails(StatusOther, cmdReset, nil)
	params, _ := p.tokenParams(testPIN, permitGetAssertion, testRP)
	p.fails(StatusOther, cmdClientPIN, params)
	if after := p.a.state; after.Counter != before.Counter || len(after.Credentials) != 1 || !bytes.Equal(after.Secret, before.Secret) {
		t.Errorf("the key changed without storing it: %+v", after)
	}
}

func TestGetNextAssertion(t *testing.T) {
	p := plugInWithPIN(t)
	var all []made
	for _, user := range []string{"alice", "bob", "carol"} {
		all = append(all, p.make(p.verified(makeParams(user).with(7, rk()), permitMakeCredential)))
	}
	first := p.assert(p.verified(assertParams(), permitGetAssertion), all[2])
	if first.Count != 3 || first.User.Name != "carol" || first.User.DisplayName != "User carol" {
		t.Errorf("first of the accounts is %+v with user %+v", first, first.User)
	}
	second := p.assertNext(all[1])
	if second.Count != 0 || second.User.Name != "bob" || second.flags != flagUserPresent|flagUserVerified {
		t.Errorf("second of the accounts is %+v with user %+v", second, second.User)
	}
	p.assertNext(all[0])
	p.fails(StatusNotAllowed, cmdGetNextAssertion, nil)

	anonymous := p.assert(assertParams(), all[2])
	if anonymous.User.Name != "" || anonymous.User.DisplayName != "" || string(anonymous.User.ID) != "carol" {
		t.Errorf("without verification the user is told: %+v", anonymous.User)
	}
	p.assertNext(all[1])

	t.Run("too late", func(t *testing.T) {
		p := &platform{T: t, a: p.a}
		p.assert(assertParams(), all[2])
		p.a.options.Now = func() time.Time { return time.Unix(1_700_000_000, 0).Add(nextAssertionLimit + 1) }
		p.fails(StatusNotAllowed, cmdGetNextAssertion, nil)
		p.a.options.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
		p.fails(StatusNotAllowed, cmdGetNextAssertion, nil)
	})
	t.Run("after another command", func(t *testing.T) {
		p := &platform{T: t, a: p.a}
		p.assert(assertParams(), all[2])
		p.ok(cmdGetInfo, nil, &info{})
		p.fails(StatusNotAllowed, cmdGetNextAssertion, nil)
		p.assert(assertParams(), all[2])
		p.a.HandleU2F(t.Context(), []byte{0, insVersion, 0, 0})
		p.fails(StatusNotAllowed, cmdGetNextAssertion, nil)
	})
}

func TestCredProtect(t *testing.T) {
	tests := []struct {
		level              int
		listed, discovered bool // without user verification
	}{
		{1, true, true},
		{2, true, false},
		{3, false, false},
	}
	for _, test := range tests {
		p := plugInWithPIN(t)
		c := p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential).with(6, map[string]int{"credProtect": test.level}))
		for name, check := range map[string]struct {
			params m
			want   bool
		}{
			"listed":                 {assertParams(c), test.listed},
			"discovered":             {assertParams(), test.discovered},
			"discovered, empty list": {assertParams().with(3, []descriptor{}), test.discovered},
		} {
			status, _ := p.send(cmdGetAssertion, check.params)
			if want := map[bool]Status{true: StatusOK, false: StatusNoCredentials}[check.want]; status != want {
				t.Errorf("level %d, %s: %v, want %v", test.level, name, status, want)
			}
		}
		p.assert(p.verified(assertParams(c), permitGetAssertion), c)
		p.assert(p.verified(assertParams(), permitGetAssertion), c)
	}
}

func TestHMACSecret(t *testing.T) {
	for _, protocol := range []uint{1, 2} {
		p := plugInWithPIN(t)
		p.pinUV = protocol
		c := p.make(makeParams("alice").with(6, map[string]bool{"hmac-secret": true}))
		plain := p.make(makeParams("bob"))
		one, two := bytes.Repeat([]byte{1}, saltSize), bytes.Repeat([]byte{2}, saltSize)

		input := func(salts []byte) (m, []byte) {
			secret, key := p.sharedSecret()
			sealed := p.encrypt(secret, salts)
			return m{1: key, 2: sealed, 3: p.scheme().authenticate(secret, sealed), 4: protocol}, secret
		}
		extension := func(input m) map[string]any { return map[string]any{"hmac-secret": input} }
		secrets := func(params m, salts []byte) []byte {
			in, secret := input(salts)
			got := p.assert(params.with(4, extension(in)), c)
			out, err := p.scheme().decrypt(secret, got.extensions["hmac-secret"].([]byte))
			p.check(err)
			return out
		}
		single := secrets(assertParams(c), one)
		both := secrets(assertParams(c), slices.Concat(one, two))
		if len(single) != 32 || len(both) != 64 || !bytes.Equal(single, both[:32]) || bytes.Equal(both[:32], both[32:]) {
			t.Errorf("protocol %d: secrets are %x and %x", protocol, single, both)
		}
		if verified := secrets(p.verified(assertParams(c), permitGetAssertion), one); bytes.Equal(verified, single) {
			t.Errorf("protocol %d: the same secret with and without verification", protocol)
		}

		good, _ := input(one)
		if got := p.assert(assertParams(plain).with(4, extension(good)), plain); got.extensions != nil {
			t.Errorf("protocol %d: a credential without the extension gave %v", protocol, got.extensions)
		}
		short, _ := input(one[:16])
		for _, bad := range []struct {
			input m
			want  Status
		}{
			{good.with(1, nil), StatusMissingParameter},
			{good.with(2, nil), StatusMissingParameter},
			{good.with(3, make([]byte, 32)), StatusPINAuthInvalid},
			{good.with(4, 9), StatusInvalidParameter},
			{short, StatusInvalidLength},
		} {
			p.fails(bad.want, cmdGetAssertion, assertParams(c).with(4, extension(bad.input)))
		}
		p.fails(StatusUnsupportedOption, cmdGetAssertion, assertParams(c).with(4, extension(good)).with(5, map[string]bool{"up": false}))
	}
}
