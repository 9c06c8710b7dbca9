package authenticator

import "crypto/ecdh"

// algorithm is a COSE algorithm identifier (RFC 9053).
type algorithm int

const (
	algES256  algorithm = -7
	algEdDSA  algorithm = -8
	algECDHES algorithm = -25 // what §6.5.6 puts into key-agreement keys, though it is not what they run
)

// COSE key types and curves (RFC 9053 §7).
const (
	keyTypeOKP = 1
	keyTypeEC2 = 2

	curveP256    = 1
	curveEd25519 = 6
)

// coseKey is a public COSE_Key (RFC 9052 §7) of one of the kinds that CTAP uses.
type coseKey struct {
	Type      int       `cbor:"1,keyasint"`
	Algorithm algorithm `cbor:"3,keyasint"`
	Curve     int       `cbor:"-1,keyasint"`
	X         octets    `cbor:"-2,keyasint"`
	Y         octets    `cbor:"-3,keyasint,omitempty"`
}

// coseP256 encodes the uncompressed point 04 ‖ x ‖ y.
func coseP256(alg algorithm, point []byte) coseKey {
	return coseKey{Type: keyTypeEC2, Algorithm: alg, Curve: curveP256, X: point[1:33], Y: point[33:65]}
}

// coseEd25519 encodes a public key of 32 bytes.
func coseEd25519(public []byte) coseKey {
	return coseKey{Type: keyTypeOKP, Algorithm: algEdDSA, Curve: curveEd25519, X: public}
}

// ecdh returns the key-agreement key, or an error if k is not a point of P-256.
func (k coseKey) ecdh() (*ecdh.PublicKey, error) {
	if k.Type != keyTypeEC2 || k.Curve != curveP256 || k.Algorithm != algECDHES || len(k.X) != 32 || len(k.Y) != 32 {
		return nil, StatusInvalidParameter
	}
	point := append([]byte{4}, k.X...)
	public, err := ecdh.P256().NewPublicKey(append(point, k.Y...))
	if err != nil {
		return nil, StatusInvalidParameter
	}
	return public, nil
}
