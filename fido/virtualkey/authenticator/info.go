package authenticator

import "slices"

const firmwareVersion = 1

// info is the response of authenticatorGetInfo (CTAP 2.1 §6.4).
type info struct {
	Versions             []string              `cbor:"1,keyasint"`
	Extensions           []string              `cbor:"2,keyasint"`
	AAGUID               []byte                `cbor:"3,keyasint"`
	Options              map[string]bool       `cbor:"4,keyasint"`
	MaxMsgSize           uint                  `cbor:"5,keyasint"`
	PINProtocols         []uint                `cbor:"6,keyasint"`
	MaxCredentialsInList uint                  `cbor:"7,keyasint"`
	MaxCredentialIDSize  uint                  `cbor:"8,keyasint"`
	Transports           []string              `cbor:"9,keyasint"`
	Algorithms           []credentialParameter `cbor:"10,keyasint"`
	MinPINLength         uint                  `cbor:"13,keyasint"`
	FirmwareVersion      uint                  `cbor:"14,keyasint"`
	RemainingResident    uint                  `cbor:"20,keyasint"`
}

// maxCredentialsInList is how long an allow or exclude list can be; a longer one the platform sends in parts.
const maxCredentialsInList = 8

// getInfo says what this key is and can do (authenticatorGetInfo, CTAP 2.1 §6.4).
func (a *Authenticator) getInfo(params []byte) (any, error) {
	if err := noParameters(params); err != nil {
		return nil, err
	}
	return info{
		Versions:   []string{"U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE", "FIDO_2_1"},
		Extensions: []string{"credProtect", "hmac-secret"},
		AAGUID:     slices.Clone(a.options.AAGUID[:]),
		Options: map[string]bool{
			"plat":                  false,
			"rk":                    true,
			"up":                    true,
			"clientPin":             a.pinIsSet(),
			"pinUvAuthToken":        true,
			"credMgmt":              true,
			"credentialMgmtPreview": true,
			"makeCredUvNotRqd":      true,
		},
		MaxMsgSize:           maxMessageSize,
		PINProtocols:         []uint{2, 1},
		MaxCredentialsInList: maxCredentialsInList,
		MaxCredentialIDSize:  credentialIDSize,
		Transports:           []string{"usb"},
		Algorithms:           []credentialParameter{{Type: publicKey, Alg: algES256}, {Type: publicKey, Alg: algEdDSA}},
		MinPINLength:         minPINLength,
		FirmwareVersion:      firmwareVersion,
		RemainingResident:    uint(maxResident - len(a.state.Credentials)),
	}, nil
}
