package authenticator

import (
	"strings"
	"testing"
	"time"
)

// eachProtocol runs the test with both PIN/UV auth protocols.
func eachProtocol(t *testing.T, test func(t *testing.T, protocol uint)) {
	t.Run("protocol one", func(t *testing.T) { test(t, 1) })
	t.Run("protocol two", func(t *testing.T) { test(t, 2) })
}

// retries returns what getPINRetries says.
func (p *platform) retries() (int, bool) {
	p.Helper()
	var response clientPINResponse
	p.ok(cmdClientPIN, m{2: pinGetRetries}, &response)
	return *response.Retries, *response.PowerCycle
}

// wrongPIN tries a wrong PIN that must be answered with the status.
func (p *platform) wrongPIN(want Status) {
	p.Helper()
	params, _ := p.tokenParams("wrong", permitGetAssertion, testRP)
	p.fails(want, cmdClientPIN, params)
}

func TestPINRules(t *testing.T) {
	tests := []struct {
		name string
		pin  []byte // as sent, before encryption
		want Status
	}{
		{"4 digits", padded("1234"), StatusOK},
		{"4 code points", padded("äöüß"), StatusOK},
		{"63 bytes", padded(strings.Repeat("x", 63)), StatusOK},
		{"3 digits", padded("123"), StatusPINPolicyViolation},
		{"3 code points in 6 bytes", padded("äöü"), StatusPINPolicyViolation},
		{"nothing", padded(""), StatusPINPolicyViolation},
		{"64 bytes", padded(strings.Repeat("x", 64)), StatusPINPolicyViolation},
		{"padded to 48 bytes", padded("1234")[:48], StatusInvalidParameter},
		{"padded to 80 bytes", append(padded("1234"), make([]byte, 16)...), StatusInvalidParameter},
	}
	eachProtocol(t, func(t *testing.T, protocol uint) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				p := plugIn(t)
				p.pinUV = protocol
				status, _ := p.send(cmdClientPIN, p.setPINParams(test.pin))
				if status != test.want {
					t.Errorf("got %v, want %v", status, test.want)
				}
				if p.a.pinIsSet() != (test.want == StatusOK) {
					t.Errorf("a PIN is set: %t", p.a.pinIsSet())
				}
			})
		}
	})
}

func TestSetAndChangePIN(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol uint) {
		p := plugIn(t)
		p.pinUV = protocol
		early, _ := p.tokenParams(testPIN, permitGetAssertion, testRP)
		p.fails(StatusPINNotSet, cmdClientPIN, early)
		p.fails(StatusPINNotSet, cmdClientPIN, p.changePINParams("1234", "4321"))
		set := p.setPINParams(padded("first"))
		p.fails(StatusPINAuthInvalid, cmdClientPIN, set.with(4, make([]byte, 16)))
		p.ok(cmdClientPIN, set, nil)
		p.fails(StatusPINAuthInvalid, cmdClientPIN, p.setPINParams(padded("again")))

		p.fails(StatusPINInvalid, cmdClientPIN, p.changePINParams("wrong", testPIN))
		p.fails(StatusPINAuthInvalid, cmdClientPIN, p.changePINParams("first", testPIN).with(4, make([]byte, 32)))
		p.fails(StatusPINPolicyViolation, cmdClientPIN, p.changePINParams("first", "123"))
		p.ok(cmdClientPIN, p.changePINParams("first", testPIN), nil)
		if left, _ := p.retries(); left != maxPINRetries {
			t.Errorf("%d retries after the right PIN", left)
		}
		p.token(permitGetAssertion, testRP)
	})
}

func TestPINParametersAreRequired(t *testing.T) {
	p := plugInWithPIN(t)
	change := p.changePINParams(testPIN, "4321")
	for _, key := range []int{1, 3, 4, 5, 6} {
		p.fails(StatusMissingParameter, cmdClientPIN, change.with(key, nil))
	}
	token, _ := p.tokenParams(testPIN, permitGetAssertion, testRP)
	for _, key := range []int{1, 3, 6, 9, 10} {
		p.fails(StatusMissingParameter, cmdClientPIN, token.with(key, nil))
	}
	p.fails(StatusMissingParameter, cmdClientPIN, m{2: pinGetKeyAgreement})
	p.fails(StatusInvalidParameter, cmdClientPIN, m{1: 3, 2: pinGetKeyAgreement})
	p.fails(StatusInvalidParameter, cmdClientPIN, token.with(9, 0))
	p.fails(StatusUnauthorizedPermission, cmdClientPIN, token.with(9, 0x08))
	p.fails(StatusUnauthorizedPermission, cmdClientPIN, token.with(9, 0x101))
	p.fails(StatusInvalidParameter, cmdClientPIN, token.with(2, pinGetToken))
	fresh := plugIn(t)
	set := fresh.setPINParams(padded(testPIN))
	for _, key := range []int{1, 3, 4, 5} {
		fresh.fails(StatusMissingParameter, cmdClientPIN, set.with(key, nil))
	}
	if left, _ := p.retries(); left != maxPINRetries {
		t.Errorf("requests that were never tried cost retries: %d left", left)
	}
}

func TestWrongPINBlocksUntilPowerCycleAndThenForGood(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol uint) {
		p := plugInWithPIN(t)
		p.pinUV = protocol
		state := func(want int, wantBlocked bool) {
			t.Helper()
			if left, blocked := p.retries(); left != want || blocked != wantBlocked {
				t.Errorf("%d retries, blocked %t; want %d, %t", left, blocked, want, wantBlocked)
			}
		}
		p.wrongPIN(StatusPINInvalid)
		p.wrongPIN(StatusPINInvalid)
		state(6, false)
		p.wrongPIN(StatusPINAuthBlocked)
		state(5, true)
		right, _ := p.tokenParams(testPIN, permitGetAssertion, testRP)
		p.fails(StatusPINAuthBlocked, cmdClientPIN, right)
		state(5, true)

		p.powerCycle()
		state(5, false)
		p.wrongPIN(StatusPINInvalid)
		p.token(permitGetAssertion, testRP)
		state(8, false)

		for range 2 {
			p.powerCycle()
			p.wrongPIN(StatusPINInvalid)
			p.wrongPIN(StatusPINInvalid)
			p.wrongPIN(StatusPINAuthBlocked)
		}
		p.powerCycle()
		p.wrongPIN(StatusPINInvalid)
		p.wrongPIN(StatusPINBlocked)
		p.powerCycle()
		state(0, false)
		right, _ = p.tokenParams(testPIN, permitGetAssertion, testRP)
		p.fails(StatusPINBlocked, cmdClientPIN, right)
		p.fails(StatusPINBlocked, cmdClientPIN, p.changePINParams(testPIN, "4321"))
		p.ok(cmdReset, nil, nil)
		state(8, false)
	})
}

func TestWrongPINRenewsKeyAgreement(t *testing.T) {
	p := plugInWithPIN(t)
	wrong, _ := p.tokenParams("wrong", permitGetAssertion, testRP)
	right, _ := p.tokenParams(testPIN, permitGetAssertion, testRP)
	p.fails(StatusPINInvalid, cmdClientPIN, wrong)
	p.fails(StatusPINInvalid, cmdClientPIN, right) // was made for the key before
	p.token(permitGetAssertion, testRP)
}

func TestTokenPermissions(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol uint) {
		p := plugInWithPIN(t)
		p.pinUV = protocol
		signed := func(params m, param int, token []byte) m {
			return params.with(param, p.sign(token, clientDataHash[:])).with(param+1, protocol)
		}
		p.fails(StatusPINAuthInvalid, cmdMakeCredential, signed(makeParams("alice"), 8, p.token(permitGetAssertion, testRP)))
		p.fails(StatusPINAuthInvalid, cmdMakeCredential, signed(makeParams("alice"), 8, p.token(permitMakeCredential, "other.example")))
		p.fails(StatusPINAuthInvalid, cmdGetAssertion, signed(assertParams(), 6, p.token(permitMakeCredential, testRP)))

		token := p.token(permitMakeCredential|permitGetAssertion, testRP)
		c := p.make(signed(makeParams("alice"), 8, token))
		if c.flags&flagUserVerified == 0 {
			t.Error("the user is not verified")
		}
		p.fails(StatusPINAuthInvalid, cmdGetAssertion, signed(assertParams(c), 6, token)) // a touch spends it

		token = p.token(permitGetAssertion, testRP)
		silent := signed(assertParams(c), 6, token).with(5, map[string]bool{"up": false})
		p.assert(silent, c) // and no touch does not
		p.assert(signed(assertParams(c), 6, token), c)

		old := p.token(permitGetAssertion, testRP)
		p.token(permitGetAssertion, testRP)
		p.fails(StatusPINAuthInvalid, cmdGetAssertion, signed(assertParams(c), 6, old))
		other := 3 - protocol
		p.fails(StatusPINAuthInvalid, cmdGetAssertion,
			signed(assertParams(c), 6, p.token(permitGetAssertion, testRP)).with(7, other))
	})
}

func TestTokenOfCTAP20BindsToItsFirstRelyingParty(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(makeParams("alice"))
	params, secret := p.tokenParams(testPIN, permitGetAssertion, testRP)
	var response clientPINResponse
	p.ok(cmdClientPIN, params.with(2, pinGetToken).with(9, nil).with(10, nil), &response)
	token, err := p.scheme().decrypt(secret, response.Token)
	p.check(err)
	silent := assertParams(c).with(5, map[string]bool{"up": false}).with(6, p.sign(token, clientDataHash[:])).with(7, 2)
	p.assert(silent, c)
	p.fails(StatusPINAuthInvalid, cmdGetAssertion, silent.with(1, "other.example"))
	p.assert(silent, c)
}

func TestTokenExpires(t *testing.T) {
	p := plugInWithPIN(t)
	c := p.make(makeParams("alice"))
	silent := func(token []byte) m {
		return assertParams(c).with(5, map[string]bool{"up": false}).with(6, p.sign(token, clientDataHash[:])).with(7, 2)
	}
	unused := p.token(permitGetAssertion, testRP)
	p.now = p.now.Add(initialUsageLimit + 1)
	p.fails(StatusPINAuthInvalid, cmdGetAssertion, silent(unused))

	token := p.token(permitGetAssertion, testRP)
	p.now = p.now.Add(initialUsageLimit)
	p.assert(silent(token), c)
	p.now = p.now.Add(maxUsage - initialUsageLimit)
	p.assert(silent(token), c)
	p.now = p.now.Add(time.Nanosecond)
	p.fails(StatusPINAuthInvalid, cmdGetAssertion, silent(token))

	lost := p.token(permitGetAssertion, testRP)
	p.powerCycle()
	p.fails(StatusPINAuthInvalid, cmdGetAssertion, silent(lost))
}

func TestSetPINDirectly(t *testing.T) {
	p := plugIn(t)
	if err := p.a.SetPIN("123"); err != StatusPINPolicyViolation {
		t.Errorf("a short PIN: %v", err)
	}
	p.check(p.a.SetPIN("first"))
	p.check(p.a.SetPIN(testPIN))
	p.token(permitGetAssertion, testRP)
}
