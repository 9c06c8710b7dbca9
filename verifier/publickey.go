package verifier

import (
	"fmt"
	"math/big"
)

// RSA moduli in bits that RS256 keys may have. RFC 8812 §2 wants 2048 at least; a
// larger one than 4096 makes checking slow and comes from no authenticator.
const (
	minModulusBits = 2048
	maxModulusBits = 4096
)

// checkRSA refuses moduli and exponents that no honest key has.
func checkRSA(modulus, exponent []byte) error {
	n := new(big.Int).SetBytes(modulus)
	if bits := n.BitLen(); bits < minModulusBits || bits > maxModulusBits || n.Bit(0) == 0 {
		return fmt.Errorf("an RSA modulus of %d bits", bits)
	}
	e := new(big.Int).SetBytes(exponent)
	if e.BitLen() < 2 || e.BitLen() > 31 || e.Bit(0) == 0 {
		return fmt.Errorf("an RSA exponent of %s", e)
	}
	return nil
}

// checkEd25519 refuses an x coordinate that is no point of the curve (RFC 8032
// §5.1.3), or one of small order, under which a signature proves nothing.
// crypto/ed25519 has no such check of its own. The key is public, so the time that
// math/big takes tells nothing.
func checkEd25519(encoded []byte) error {
	if len(encoded) != 32 {
		return fmt.Errorf("an Ed25519 key of %d bytes", len(encoded))
	}
	one := big.NewInt(1)
	p := new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))

	// The encoding is y, little-endian, with the sign of x in the top bit.
	reversed := make([]byte, 32)
	for i, b := range encoded {
		reversed[31-i] = b
	}
	sign := reversed[0] >> 7
	reversed[0] &= 0x7f
	y := new(big.Int).SetBytes(reversed)
	if y.Cmp(p) >= 0 {
		return fmt.Errorf("an Ed25519 key that is not reduced")
	}

	// x² = (y² - 1) / (d y² + 1), with d = -121665/121666
	mod := func(z *big.Int) *big.Int { return z.Mod(z, p) }
	mul := func(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }
	inverse := func(z *big.Int) *big.Int { return new(big.Int).ModInverse(z, p) }
	d := mul(mod(big.NewInt(-121665)), inverse(big.NewInt(121666)))
	square := mul(y, y)
	u := mod(new(big.Int).Sub(square, one))
	v := mod(new(big.Int).Add(mul(d, square), one)) // never 0: -1/d is no square
	x := new(big.Int).ModSqrt(mul(u, inverse(v)), p)
	if x == nil || x.Sign() == 0 && sign == 1 {
		return fmt.Errorf("an Ed25519 key that is no point of the curve")
	}

	// 8P is the neutral element (0, 1) exactly for the points of small order. Doubling
	// by the complete addition law of RFC 8032 §5.1.4, in affine coordinates.
	for range 3 {
		xx, yy, xy := mul(x, x), mul(y, y), mul(x, y)
		t := mul(d, mul(xx, yy))
		x = mul(mod(new(big.Int).Lsh(xy, 1)), inverse(mod(new(big.Int).Add(one, t))))
		y = mul(mod(new(big.Int).Add(yy, xx)), inverse(mod(new(big.Int).Sub(one, t))))
	}
	if x.Sign() == 0 && y.Cmp(one) == 0 {
		return fmt.Errorf("an Ed25519 key of small order")
	}
	return nil
}
