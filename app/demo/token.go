package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// verifyES256 checks a JSON Web Token (RFC 7519, RFC 7518 §3.4) against a key set
// and returns its claims. It is written without the library that signs the tokens,
// as somebody else's service would check them.
func verifyES256(token string, set []byte) ([]byte, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a compact JWS")
	}
	var decoded [3][]byte
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return nil, err
		}
		decoded[i] = raw
	}
	var header struct{ Alg, Kid string }
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		return nil, err
	}
	if header.Alg != "ES256" || len(decoded[2]) != 64 {
		return nil, errors.New("not ES256")
	}
	key, err := findKey(set, header.Kid)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	r, s := new(big.Int).SetBytes(decoded[2][:32]), new(big.Int).SetBytes(decoded[2][32:])
	if !ecdsa.Verify(key, digest[:], r, s) {
		return nil, errors.New("the signature does not hold")
	}
	return decoded[1], nil
}

func findKey(set []byte, kid string) (*ecdsa.PublicKey, error) {
	var keys struct {
		Keys []struct{ Kty, Crv, X, Y, Kid string }
	}
	if err := json.Unmarshal(set, &keys); err != nil {
		return nil, err
	}
	for _, key := range keys.Keys {
		if key.Kid != kid || key.Kty != "EC" || key.Crv != "P-256" {
			continue
		}
		x, errX := base64.RawURLEncoding.DecodeString(key.X)
		y, errY := base64.RawURLEncoding.DecodeString(key.Y)
		if err := errors.Join(errX, errY); err != nil {
			return nil, err
		}
		if len(x) != 32 || len(y) != 32 {
			return nil, errors.New("not a P-256 point")
		}
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	}
	return nil, fmt.Errorf("no key %q is published", kid)
}

// tampered changes one character in the middle of the claims.
func tampered(token string) string {
	at := strings.Index(token, ".") + 12
	other := byte('A')
	if token[at] == other {
		other = 'B'
	}
	return token[:at] + string(other) + token[at+1:]
}
