package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/google/go-tpm/tpm2"
)

// guarded is a P-256 key that signs for who knows its auth value, and of which wrong
// ones count: for a secret that could be guessed.
var guarded = template(false)

// unguarded is the same without counting: for a secret that nobody guesses. Who locks
// the TPM with wrong PINs does not lock such a key.
var unguarded = template(true)

// template is that of keys which never leave the TPM.
func template(noDA bool) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgECC,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, SignEncrypt: true, NoDA: noDA,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			Scheme: tpm2.TPMTECCScheme{
				Scheme:  tpm2.TPMAlgECDSA,
				Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
			},
			CurveID: tpm2.TPMECCNistP256,
		}),
	}
}

// wrap puts the name of a key's parent and the two halves of the key behind each other,
// as TPM2B_NAME, TPM2B_PUBLIC and TPM2B_PRIVATE: TPM 2.0 Library Part 2 §10.5.3, §12.2.5
// and §12.3.7.
func wrap(parent tpm2.TPM2BName, public tpm2.TPM2BPublic, private tpm2.TPM2BPrivate) []byte {
	return slices.Concat(tpm2.Marshal(parent), tpm2.Marshal(public), tpm2.Marshal(private))
}

func unwrap(key []byte) (parent tpm2.TPM2BName, public tpm2.TPM2BPublic, private tpm2.TPM2BPrivate, err error) {
	rest, err := cut(key, &parent)
	if err == nil {
		rest, err = cut(rest, &public)
	}
	if err == nil {
		rest, err = cut(rest, &private)
	}
	if err == nil && (len(rest) > 0 || !bytes.Equal(wrap(parent, public, private), key)) { // go-tpm takes what is short
		err = errors.New("it is not in its own form")
	}
	if err != nil {
		err = fmt.Errorf("wrapped key: %w", err)
	}
	return parent, public, private, err
}

// cut takes one structure with its size before it off the front of from.
func cut[T tpm2.Marshallable, P interface {
	*T
	tpm2.Unmarshallable
}](from []byte, into P) (rest []byte, err error) {
	const prefix = 2 // bytes, the size of what follows
	if len(from) < prefix {
		return nil, errors.New("it is cut short")
	}
	size := prefix + int(binary.BigEndian.Uint16(from))
	if size > len(from) {
		return nil, errors.New("it is cut short")
	}
	read, err := tpm2.Unmarshal[T, P](from[:size])
	if err != nil {
		return nil, err
	}
	*into = *read
	return from[size:], nil
}

// publicKey returns the point of a TPM's P-256 key.
func publicKey(encoded tpm2.TPM2BPublic) (*ecdsa.PublicKey, error) {
	public, err := encoded.Contents()
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	point, err := public.Unique.ECC()
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if len(point.X.Buffer) > 32 || len(point.Y.Buffer) > 32 {
		return nil, errors.New("public key: it is not of P-256")
	}
	uncompressed := make([]byte, 65) // SEC 1 §2.3.3; some TPMs leave out leading zeros
	uncompressed[0] = 4
	copy(uncompressed[33-len(point.X.Buffer):], point.X.Buffer)
	copy(uncompressed[65-len(point.Y.Buffer):], point.Y.Buffer)
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed)
}

// signature turns a TPM's ECDSA signature into the Ecdsa-Sig-Value of RFC 3279 §2.2.3
// that WebAuthn L3 §6.5.5 wants.
func signature(signed tpm2.TPMTSignature) ([]byte, error) {
	parts, err := signed.Signature.ECDSA()
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(parts.SignatureR.Buffer), new(big.Int).SetBytes(parts.SignatureS.Buffer),
	})
}
