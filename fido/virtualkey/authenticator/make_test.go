package authenticator

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMakeCredential(t *testing.T) {
	tests := []struct {
		name string
		algs []algorithm
		want algorithm
	}{
		{"ES256", []algorithm{algES256}, algES256},
		{"EdDSA", []algorithm{algEdDSA}, algEdDSA},
		{"the first known", []algorithm{-257, algEdDSA, algES256}, algEdDSA},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plugIn(t)
			c := p.make(makeParams("alice", test.algs...))
			if c.public.Algorithm != test.want {
				t.Errorf("algorithm is %d, want %d", c.public.Algorithm, test.want)
			}
			if c.flags != flagUserPresent|flagAttested {
				t.Errorf("flags are %#02x", c.flags)
			}
			if want := (Prompt{ActionRegister, testRP}); !slices.Equal(p.person.prompts, []Prompt{want}) {
				t.Errorf("prompts are %v, want one %v", p.person.prompts, want)
			}
			if got := p.assert(assertParams(c), c); got.counter <= c.counter || got.User != nil {
				t.Errorf("assertion is %+v", got)
			}
		})
	}
}

func TestMakeCredentialRefusals(t *testing.T) {
	params := makeParams("alice")
	number := uint(3)
	tests := []struct {
		name   string
		params m
		want   Status
	}{
		{"no client data hash", params.with(1, nil), StatusMissingParameter},
		{"short client data hash", params.with(1, []byte{1}), StatusInvalidLength},
		{"no relying party", params.with(2, nil), StatusMissingParameter},
		{"no RP ID", params.with(2, map[string]string{"name": "x"}), StatusMissingParameter},
		{"no user", params.with(3, nil), StatusMissingParameter},
		{"no user ID", params.with(3, map[string]string{"name": "x"}), StatusMissingParameter},
		{"empty user ID", params.with(3, User{ID: []byte{}}), StatusInvalidLength},
		{"long user ID", params.with(3, User{ID: make([]byte, 65)}), StatusInvalidLength},
		{"no algorithms", params.with(4, nil), StatusMissingParameter},
		{"empty list of algorithms", params.with(4, []int{}), StatusUnsupportedAlgorithm},
		{"only unknown algorithms", makeParams("alice", -257), StatusUnsupportedAlgorithm},
		{"unknown type", params.with(4, []credentialParameter{{"x", algES256}}), StatusUnsupportedAlgorithm},
		{"algorithm without a type", params.with(4, []map[string]int{{"alg": -7}}), StatusMissingParameter},
		{"exclude list without IDs", params.with(5, []map[string]string{{"type": publicKey}}), StatusMissingParameter},
		{"long exclude list", params.with(5, slices.Repeat([]descriptor{{publicKey, octets{1}}}, 9)), StatusRequestTooLarge},
		{"built-in user verification", params.with(7, map[string]bool{"uv": true}), StatusInvalidOption},
		{"no user presence", params.with(7, map[string]bool{"up": false}), StatusInvalidOption},
		{"option that is no boolean", params.with(7, map[string]int{"rk": 1}), StatusUnexpectedType},
		{"enterprise attestation", params.with(10, 1), StatusInvalidParameter},
		{"credProtect of nothing", params.with(6, map[string]int{"credProtect": 0}), StatusInvalidOption},
		{"credProtect beyond", params.with(6, map[string]int{"credProtect": 4}), StatusInvalidOption},
		{"PIN without a protocol", params.with(8, make([]byte, 16)), StatusMissingParameter},
		{"PIN with an unknown protocol", params.with(8, make([]byte, 16)).with(9, number), StatusInvalidParameter},
		{"PIN where none is set", params.with(8, make([]byte, 32)).with(9, 2), StatusPINAuthInvalid},
		{"which key, no PIN", params.with(8, []byte{}), StatusPINNotSet},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plugIn(t)
			p.fails(test.want, cmdMakeCredential, test.params)
			if p.a.state.Counter != 0 || len(p.a.state.Credentials) != 0 {
				t.Error("a refused request changed the key")
			}
		})
	}
	t.Run("which key, PIN", func(t *testing.T) {
		p := plugInWithPIN(t)
		p.fails(StatusPINInvalid, cmdMakeCredential, params.with(8, []byte{}))
		if len(p.person.prompts) != 1 {
			t.Errorf("asked for %d touches, want 1", len(p.person.prompts))
		}
	})
	t.Run("resident without the PIN", func(t *testing.T) {
		plugInWithPIN(t).fails(StatusPUATRequired, cmdMakeCredential, params.with(7, rk()))
	})
}

func TestNoTouch(t *testing.T) {
	p := plugIn(t)
	c := p.make(makeParams("alice"))
	before := p.a.state.Counter
	commands := map[byte]any{
		cmdMakeCredential: makeParams("bob").with(7, rk()),
		cmdGetAssertion:   assertParams(c),
		cmdSelection:      nil,
		cmdReset:          nil,
	}
	p.person.answer = ErrDenied
	for command, params := range commands {
		p.fails(StatusOperationDenied, command, params)
	}
	p.person.absent = true
	p.options.TouchTimeout = time.Millisecond
	p.powerCycle()
	for command, params := range commands {
		p.fails(StatusUserActionTimeout, command, params)
	}
	if p.a.state.Counter != before || len(p.a.state.Credentials) != 0 {
		t.Error("a request without a touch changed the key")
	}
}

func TestCancelWhileTouchIsAwaited(t *testing.T) {
	p := plugIn(t)
	p.person.absent = true
	request, err := ctap2.encode(makeParams("alice"))
	p.check(err)
	ctx, cancel := context.WithCancel(t.Context())
	var seen []Progress
	response := p.a.Handle(ctx, append([]byte{cmdMakeCredential}, request...), func(progress Progress) {
		seen = append(seen, progress)
		cancel()
	})
	if !slices.Equal(response, []byte{byte(StatusKeepAliveCancel)}) {
		t.Errorf("response is %x", response)
	}
	if !slices.Equal(seen, []Progress{TouchNeeded, Processing}) {
		t.Errorf("progress was %v", seen)
	}
}

func TestExcludeList(t *testing.T) {
	p := plugInWithPIN(t)
	open := p.make(makeParams("alice"))
	hidden := p.make(p.verified(makeParams("bob"), permitMakeCredential).with(6, map[string]int{"credProtect": 3}))
	list := func(c made) []descriptor { return []descriptor{{publicKey, octets{1, 2, 3}}, {publicKey, c.id}} }

	p.person.prompts = nil
	p.fails(StatusCredentialExcluded, cmdMakeCredential, makeParams("carol").with(5, list(open)))
	if len(p.person.prompts) != 1 {
		t.Errorf("the exclusion was told after %d touches, want 1", len(p.person.prompts))
	}
	p.make(makeParams("carol").with(5, list(hidden)))
	p.fails(StatusCredentialExcluded, cmdMakeCredential, p.verified(makeParams("carol"), permitMakeCredential).with(5, list(hidden)))
	p.make(makeParams("carol").with(5, []descriptor{{"other-type", open.id}}))
	p.ok(cmdMakeCredential, makeParams("carol").with(5, list(open)).with(2, RP{ID: "other.example"}), &attestation{})
}

func TestExclusionIsToldWhetherTouchedOrNot(t *testing.T) {
	p := plugIn(t)
	c := p.make(makeParams("alice"))
	again := makeParams("alice").with(5, []descriptor{{publicKey, c.id}})
	p.person.answer = ErrDenied
	p.fails(StatusCredentialExcluded, cmdMakeCredential, again)
	p.person.absent = true
	p.options.TouchTimeout = time.Millisecond
	p.powerCycle()
	p.fails(StatusCredentialExcluded, cmdMakeCredential, again)
	if len(p.person.prompts) != 3 {
		t.Errorf("asked for %d touches, want 3", len(p.person.prompts))
	}

	request, err := ctap2.encode(again)
	p.check(err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	response := p.a.Handle(ctx, append([]byte{cmdMakeCredential}, request...), nil)
	if !slices.Equal(response, []byte{byte(StatusKeepAliveCancel)}) {
		t.Errorf("given up by the platform, it is answered with %x", response)
	}
}

func TestResidentCredentialReplacesThatOfTheSameAccount(t *testing.T) {
	p := plugIn(t)
	old := p.make(makeParams("alice").with(7, rk()))
	fresh := p.make(makeParams("alice").with(7, rk()))
	if n := len(p.a.state.Credentials); n != 1 {
		t.Errorf("%d credentials for one account", n)
	}
	p.fails(StatusNoCredentials, cmdGetAssertion, assertParams(old))
	p.assert(assertParams(), fresh)
}

func TestKeyStoreFull(t *testing.T) {
	p := plugIn(t)
	for len(p.a.state.Credentials) < maxResident {
		c := Credential{ID: make([]byte, credentialIDSize), RP: RP{ID: testRP}, User: User{ID: []byte{byte(len(p.a.state.Credentials))}}}
		p.a.state.Credentials = append(p.a.state.Credentials, c)
	}
	p.fails(StatusKeyStoreFull, cmdMakeCredential, makeParams("alice").with(7, rk()))
	p.make(makeParams("\x00").with(7, rk())) // in place of an old one
	p.make(makeParams("alice"))              // needs no room
}

func TestNamesAreTruncatedBetweenCodePoints(t *testing.T) {
	p := plugIn(t)
	long := strings.Repeat("x", 63) + "é"
	p.make(makeParams("alice").with(3, User{ID: []byte("alice"), Name: long, DisplayName: long[:63]}).with(7, rk()))
	user := p.a.state.Credentials[0].User
	if user.Name != long[:63] || user.DisplayName != long[:63] {
		t.Errorf("stored %q and %q", user.Name, user.DisplayName)
	}
}

func TestMakeExtensions(t *testing.T) {
	p := plugIn(t)
	c := p.make(makeParams("alice").with(6, map[string]any{"credProtect": 2, "hmac-secret": true, "unknown": 1}))
	if len(c.extensions) != 2 || c.extensions["credProtect"] != uint64(2) || c.extensions["hmac-secret"] != true {
		t.Errorf("extension outputs are %v", c.extensions)
	}
	c = p.make(makeParams("alice").with(6, map[string]any{"hmac-secret": false}))
	if c.extensions != nil {
		t.Errorf("extension outputs are %v", c.extensions)
	}
}
