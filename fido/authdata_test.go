package fido

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func FuzzAuthenticatorData(f *testing.F) {
	f.Add(make([]byte, 37))
	f.Add(append(append(make([]byte, 32), flagUserPresent|flagAttested, 0, 0, 0, 1), make([]byte, 30)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := parseAuthenticatorData(raw)
		if err != nil {
			return
		}
		if (got.flags&flagAttested != 0) != (len(got.credentialID) > 0) || len(got.credentialID) > maxCredentialID {
			t.Errorf("%x has a credential ID of %d bytes", raw, len(got.credentialID))
		}
		if !bytes.Contains(raw, got.credentialID) {
			t.Errorf("%x has no %x", raw, got.credentialID)
		}
	})
}

func FuzzAttestationObject(f *testing.F) {
	f.Add("packed", []byte{0xa0}, make([]byte, 80), []byte("id"))
	f.Fuzz(func(t *testing.T, format string, statement, authData, id []byte) {
		object, err := attestation{format, authData, statement, id}.object(rpOfFuzz, false)
		if err != nil {
			return
		}
		if err := cbor.Wellformed(object); err != nil {
			t.Errorf("%x: %v", object, err)
		}
	})
}

const rpOfFuzz = "portal.example.com"

var hashOfFuzz = sha256.Sum256([]byte(rpOfFuzz))

func TestAttestationObjectIsCanonical(t *testing.T) {
	id := []byte("cred")
	data := append(slices.Clone(hashOfFuzz[:]), flagUserPresent|flagAttested, 0, 0, 0, 1)
	data = append(append(data, make([]byte, 16)...), 0, 4)
	data = append(append(data, id...), 0xa0)
	statement := []byte{0xa1, 0x63, 's', 'i', 'g', 0x41, 0x01}
	object, err := attestation{"packed", data, statement, id}.object(rpOfFuzz, false)
	if err != nil {
		t.Fatal(err)
	}
	// CTAP 2.1 §8: the shorter name first
	want := slices.Concat([]byte{0xa3, 0x63}, []byte("fmt\x66packed"), []byte{0x67}, []byte("attStmt"), statement,
		[]byte{0x68}, []byte("authData"), []byte{0x58, byte(len(data))}, data)
	if !bytes.Equal(object, want) {
		t.Errorf("%x, want %x", object, want)
	}
	if _, err := (attestation{"packed", data, statement, id}).object(rpOfFuzz, true); err == nil {
		t.Error("a user who was not verified passes for one who was")
	}
}

func TestBatches(t *testing.T) {
	id := func(size int) []byte { return make([]byte, size) }
	for name, c := range map[string]struct {
		info info
		ids  [][]byte
		want []int
	}{
		"none":           {info{}, nil, nil},
		"limit unknown":  {info{}, [][]byte{id(10), id(10)}, []int{1, 1}},
		"limit":          {info{maxListSize: 2, maxMsgSize: 2048}, [][]byte{id(10), id(10), id(10)}, []int{2, 1}},
		"too long":       {info{maxListSize: 8, maxIDSize: 64}, [][]byte{id(65), id(64)}, []int{1}},
		"empty":          {info{maxListSize: 8}, [][]byte{id(0), id(64)}, []int{1}},
		"message":        {info{maxListSize: 8, maxMsgSize: 1024}, [][]byte{id(200), id(200), id(200)}, []int{2, 1}},
		"absurd message": {info{maxListSize: 8, maxMsgSize: 1}, [][]byte{id(200), id(200)}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, batch := range c.info.batches(c.ids) {
				got = append(got, len(batch))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("batches of %v, want %v", got, c.want)
			}
		})
	}
}
