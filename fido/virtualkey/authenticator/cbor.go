package authenticator

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// maxDepth is the deepest nesting of maps and arrays that CTAP 2.1 §8 allows in a message.
const maxDepth = 4

// codec speaks the CTAP2 canonical CBOR encoding form (CTAP 2.1 §8) in both directions.
type codec struct {
	enc     cbor.EncMode
	generic cbor.DecMode // any well-formed item, to check its form
	typed   cbor.DecMode // into our parameter structs
}

var ctap2 = newCodec()

func newCodec() codec {
	enc, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constants, so this is found by any test
	}
	options := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxNestedLevels:   maxDepth,
		MapKeyByteString:  cbor.MapKeyByteStringAllowed,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}
	generic, err := options.DecMode()
	if err != nil {
		panic(err)
	}
	// No CTAP parameter may be null or undefined: without this they would pass for absent ones.
	options.SimpleValues, err = cbor.NewSimpleValueRegistryFromDefaults(
		cbor.WithRejectedSimpleValue(22), cbor.WithRejectedSimpleValue(23))
	if err != nil {
		panic(err)
	}
	typed, err := options.DecMode()
	if err != nil {
		panic(err)
	}
	return codec{enc, generic, typed}
}

// decode reads the one item in data into v, a pointer to a parameter struct. It answers
// [StatusInvalidCBOR] for anything but a single canonical item and [StatusUnexpectedType] for an item
// of another shape than v. Members that v does not name are ignored, as §6 asks.
func (c codec) decode(data []byte, v any) error {
	if !c.canonical(data) {
		return StatusInvalidCBOR
	}
	if err := c.typed.Unmarshal(data, v); err != nil {
		return StatusUnexpectedType
	}
	return nil
}

// canonical reports whether data is exactly one item in canonical form. The form is unique, so encoding the
// decoded item again must give the same bytes: that covers lengths, integer sizes and key order at once.
// It also refuses undefined and floats shorter than 64 bits, which no CTAP message has.
func (c codec) canonical(data []byte) bool {
	var item any
	if err := c.generic.Unmarshal(data, &item); err != nil {
		return false
	}
	again, err := c.enc.Marshal(item)
	return err == nil && bytes.Equal(again, data)
}

// encode returns the canonical encoding of v.
func (c codec) encode(v any) ([]byte, error) {
	data, err := c.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode CBOR: %w", err)
	}
	return data, nil
}

// octets is a CBOR byte string. A plain []byte would also take an array of small integers; and an empty
// byte string, which means something in pinUvAuthParam, must stay apart from an absent one (nil).
type octets []byte

// UnmarshalCBOR takes a byte string and nothing else.
func (o *octets) UnmarshalCBOR(data []byte) error {
	const byteString = 2
	if len(data) == 0 || data[0]>>5 != byteString {
		return StatusUnexpectedType
	}
	value := []byte{}
	if err := ctap2.typed.Unmarshal(data, &value); err != nil {
		return err
	}
	*o = value
	return nil
}
