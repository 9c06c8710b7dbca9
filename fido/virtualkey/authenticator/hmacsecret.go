package authenticator

import "slices"

const saltSize = 32

// hmacSecretInput is the input of the hmac-secret extension to getAssertion (CTAP 2.1 §12.5).
type hmacSecretInput struct {
	KeyAgreement *coseKey `cbor:"1,keyasint"`
	SaltEnc      octets   `cbor:"2,keyasint"`
	SaltAuth     octets   `cbor:"3,keyasint"`
	Protocol     *uint    `cbor:"4,keyasint"` // absent means one
}

// hmacSecret is an opened input: one or two salts and the way back.
type hmacSecret struct {
	salts  []byte
	secret []byte
	scheme scheme
}

type assertExtensions struct {
	HMACSecret []byte `cbor:"hmac-secret"`
}

// openHMACSecret checks and decrypts the input; it returns nil for none. The extension needs a touch.
func (a *Authenticator) openHMACSecret(input *hmacSecretInput, present bool) (*hmacSecret, error) {
	if input == nil {
		return nil, nil
	}
	if !present {
		return nil, StatusUnsupportedOption
	}
	if input.KeyAgreement == nil || input.SaltEnc == nil || input.SaltAuth == nil {
		return nil, StatusMissingParameter
	}
	number := uint(1)
	if input.Protocol != nil {
		number = *input.Protocol
	}
	p, err := a.protocol(&number)
	if err != nil {
		return nil, err
	}
	secret, err := p.decapsulate(input.KeyAgreement)
	if err != nil {
		return nil, err
	}
	if !p.verify(secret, input.SaltEnc, input.SaltAuth) {
		return nil, StatusPINAuthInvalid
	}
	salts, err := p.scheme.decrypt(secret, input.SaltEnc)
	if err != nil {
		return nil, err
	}
	if len(salts) != saltSize && len(salts) != 2*saltSize {
		return nil, StatusInvalidLength
	}
	return &hmacSecret{salts: salts, secret: secret, scheme: p.scheme}, nil
}

// outputs returns the encoded extension outputs for a credential, nil if the extension was not asked for or the credential was made without it.
func (h *hmacSecret) outputs(s source, verified bool) ([]byte, error) {
	if h == nil || !s.hmacSecret {
		return nil, nil
	}
	key, err := s.credRandom(verified)
	if err != nil {
		return nil, err
	}
	var plain []byte
	for salt := range slices.Chunk(h.salts, saltSize) {
		plain = append(plain, hmacSHA256(key, salt)...)
	}
	sealed, err := h.scheme.encrypt(h.secret, plain)
	if err != nil {
		return nil, err
	}
	return ctap2.encode(assertExtensions{HMACSecret: sealed})
}
