package authenticator

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"slices"
	"testing"
)

// apdu frames a U2F command with extended lengths.
func apdu(ins, p1 byte, data []byte) []byte {
	request := []byte{0, ins, p1, 0, 0}
	request = binary.BigEndian.AppendUint16(request, uint16(len(data)))
	return slices.Concat(request, data, []byte{0, 0})
}

// u2f runs a U2F command and splits its response.
func (p *platform) u2f(request []byte) ([]byte, statusWord) {
	p.Helper()
	response := p.a.HandleU2F(p.Context(), request)
	n := len(response) - 2
	if n < 0 {
		p.Fatalf("response is %x", response)
	}
	return response[:n], statusWord(binary.BigEndian.Uint16(response[n:]))
}

// u2fRegister registers and checks the response as U2F Raw Message Formats §4.3 wants.
func (p *platform) u2fRegister() (handle []byte, public *ecdsa.PublicKey) {
	p.Helper()
	response, word := p.u2f(apdu(insRegister, 0, slices.Concat(clientDataHash[:], rpIDHash(testRP))))
	if word != swNoError || response[0] != registerMagic {
		p.Fatalf("register: %04x, %x", word, response)
	}
	point, size := response[1:66], int(response[66])
	handle, rest := response[67:67+size], response[67+size:]
	var outer asn1.RawValue
	signature, err := asn1.Unmarshal(rest, &outer)
	p.check(err)
	certificate, err := x509.ParseCertificate(outer.FullBytes)
	p.check(err)
	public = certificate.PublicKey.(*ecdsa.PublicKey)
	digest := sha256.Sum256(slices.Concat([]byte{0}, rpIDHash(testRP), clientDataHash[:], handle, point))
	if !ecdsa.VerifyASN1(public, digest[:], signature) {
		p.Fatal("the signature of the registration does not verify")
	}
	return handle, public
}

func u2fAuthData(handle []byte) []byte {
	return slices.Concat(clientDataHash[:], rpIDHash(testRP), []byte{byte(len(handle))}, handle)
}

func TestU2F(t *testing.T) {
	p := plugIn(t)
	handle, public := p.u2fRegister()
	for control, flags := range map[byte]byte{controlEnforce: flagUserPresent, controlDontAsk: 0} {
		response, word := p.u2f(apdu(insAuthenticate, control, u2fAuthData(handle)))
		if word != swNoError || response[0] != flags {
			t.Fatalf("authenticate %#02x: %04x, %x", control, word, response)
		}
		digest := sha256.Sum256(slices.Concat(rpIDHash(testRP), response[:5], clientDataHash[:]))
		if !ecdsa.VerifyASN1(public, digest[:], response[5:]) {
			t.Error("the signature does not verify")
		}
	}
	p.ok(cmdGetAssertion, assertParams(made{id: handle}), &assertion{}) // CTAP2 knows it too
}

func TestU2FWithoutTouchAsksAgain(t *testing.T) {
	p := plugIn(t)
	handle, _ := p.u2fRegister()
	p.person.absent = true
	for _, request := range [][]byte{
		apdu(insRegister, 0, make([]byte, 64)),
		apdu(insAuthenticate, controlEnforce, u2fAuthData(handle)),
		apdu(insAuthenticate, controlCheckOnly, u2fAuthData(handle)),
	} {
		if response, word := p.u2f(request); word != swNotSatisfied || len(response) != 0 {
			t.Errorf("%x: %04x, %x", request[:4], word, response)
		}
	}
}

func TestU2FRefusals(t *testing.T) {
	p := plugInWithPIN(t)
	handle, _ := p.u2fRegister()
	eddsa := p.make(makeParams("alice", algEdDSA))
	guarded := p.make(makeParams("alice").with(6, map[string]int{"credProtect": 2}))
	tests := []struct {
		name    string
		request []byte
		want    statusWord
	}{
		{"nothing", nil, swWrongLength},
		{"no parameters", []byte{0, insVersion, 0}, swWrongLength},
		{"version", []byte{0, insVersion, 0, 0}, swNoError},
		{"version, short Le", []byte{0, insVersion, 0, 0, 0}, swNoError},
		{"version, extended Le", []byte{0, insVersion, 0, 0, 0, 0, 0}, swNoError},
		{"version with data", []byte{0, insVersion, 0, 0, 1, 0}, swWrongLength},
		{"half a length", []byte{0, insVersion, 0, 0, 0, 0}, swWrongLength},
		{"length beyond the data", []byte{0, insRegister, 0, 0, 9, 0}, swWrongLength},
		{"extended length beyond the data", []byte{0, insRegister, 0, 0, 0, 0xFF, 0xFF, 1}, swWrongLength},
		{"unknown class", []byte{1, insVersion, 0, 0}, swClaUnknown},
		{"unknown instruction", []byte{0, 0x7F, 0, 0}, swInsUnknown},
		{"short registration", apdu(insRegister, 0, make([]byte, 63)), swWrongLength},
		{"short authentication", apdu(insAuthenticate, controlEnforce, make([]byte, 64)), swWrongLength},
		{"handle cut short", apdu(insAuthenticate, controlEnforce, u2fAuthData(handle)[:80]), swWrongLength},
		{"unknown control", apdu(insAuthenticate, 0x55, u2fAuthData(handle)), swWrongData},
		{"forged handle", apdu(insAuthenticate, controlCheckOnly, u2fAuthData(make([]byte, credentialIDSize))), swWrongData},
		{"empty handle", apdu(insAuthenticate, controlCheckOnly, u2fAuthData(nil)), swWrongData},
		{"EdDSA credential", apdu(insAuthenticate, controlEnforce, u2fAuthData(eddsa.id)), swWrongData},
		{"credential with protection", apdu(insAuthenticate, controlEnforce, u2fAuthData(guarded.id)), swWrongData},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, word := (&platform{T: t, a: p.a}).u2f(test.request); word != test.want {
				t.Errorf("got %04x, want %04x", word, test.want)
			}
		})
	}
	p.a.options.Store = fullDisk{p.store}
	if _, word := p.u2f(apdu(insAuthenticate, controlEnforce, u2fAuthData(handle))); word != swOther {
		t.Errorf("with a full disk: %04x", word)
	}
}
