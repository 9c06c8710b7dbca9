package windowshello

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// layouts are the structures whose versions differ.
var layouts = []struct {
	name  string
	of    reflect.Type
	sizes []uintptr // of versions 1, 2, …, in bytes, where pointers have 8
}{
	{"WEBAUTHN_AUTHENTICATOR_MAKE_CREDENTIAL_OPTIONS", reflect.TypeFor[makeCredentialOptions](),
		[]uintptr{64, 72, 80, 96, 96, 104, 128, 160, 200}},
	{"WEBAUTHN_AUTHENTICATOR_GET_ASSERTION_OPTIONS", reflect.TypeFor[getAssertionOptions](),
		[]uintptr{56, 72, 80, 88, 104, 120, 144, 160, 200}},
	{"WEBAUTHN_CREDENTIAL_ATTESTATION", reflect.TypeFor[credentialAttestation](),
		[]uintptr{96, 112, 120, 128, 136, 144, 160, 192}},
	{"WEBAUTHN_ASSERTION", reflect.TypeFor[assertion](),
		[]uintptr{72, 112, 120, 128, 136, 168}},
	{"WEBAUTHN_CREDENTIAL_DETAILS", reflect.TypeFor[credentialDetails](),
		[]uintptr{40, 40, 72, 72}},
}

// sizeOf returns what a structure takes up to the members of a version, and the newest
// version that it has.
func sizeOf(t *testing.T, structure reflect.Type, version int) (size uintptr, newest int) {
	t.Helper()
	newest = 1
	for i := range structure.NumField() {
		field, since := structure.Field(i), 1
		if tag, ok := field.Tag.Lookup("since"); ok {
			var err error
			if since, err = strconv.Atoi(tag); err != nil {
				t.Fatal(err)
			}
		}
		if since < newest {
			t.Errorf("%s.%s of version %d stands after version %d", structure, field.Name, since, newest)
		}
		newest = since
		if since <= version {
			size = field.Offset + field.Type.Size()
		}
	}
	align := uintptr(structure.Align())
	return (size + align - 1) / align * align, newest
}

func TestStructuresHaveTheSizesOfWebAuthnH(t *testing.T) {
	for _, layout := range layouts {
		for i, want := range layout.sizes {
			size, newest := sizeOf(t, layout.of, i+1)
			if size != want {
				t.Errorf("%s version %d has %d bytes, not %d", layout.name, i+1, size, want)
			}
			if newest != len(layout.sizes) {
				t.Errorf("%s goes up to version %d, not %d", layout.name, newest, len(layout.sizes))
			}
		}
		if whole := layout.of.Size(); whole != layout.sizes[len(layout.sizes)-1] {
			t.Errorf("%s has %d bytes as a whole", layout.name, whole)
		}
	}
}

func TestFixedStructuresHaveTheSizesOfWebAuthnH(t *testing.T) {
	for structure, want := range map[reflect.Type]uintptr{
		reflect.TypeFor[guid]():                  16,
		reflect.TypeFor[rpInformation]():         32,
		reflect.TypeFor[userInformation]():       40,
		reflect.TypeFor[clientData]():            24,
		reflect.TypeFor[coseParameter]():         24,
		reflect.TypeFor[coseParameters]():        16,
		reflect.TypeFor[credential]():            24,
		reflect.TypeFor[credentials]():           16,
		reflect.TypeFor[credentialEx]():          32,
		reflect.TypeFor[credentialList]():        16,
		reflect.TypeFor[extension]():             24,
		reflect.TypeFor[extensions]():            16,
		reflect.TypeFor[credProtect]():           8,
		reflect.TypeFor[getCredentialsOptions](): 24,
		reflect.TypeFor[credentialDetailsList](): 16,
	} {
		if got := structure.Size(); got != want {
			t.Errorf("%s has %d bytes, not %d", structure, got, want)
		}
	}
}

func TestAPIsTakeTheStructuresTheyKnow(t *testing.T) {
	wanted := map[uint32]structureVersions{
		0: {3, 4}, 1: {3, 4}, 2: {3, 4}, 3: {4, 5}, 4: {5, 6}, 5: {5, 6}, 6: {6, 6}, 7: {7, 7}, 8: {8, 8}, 9: {9, 9},
		10: {9, 9}, 1 << 31: {9, 9},
	}
	for _, api := range slices.Sorted(maps.Keys(wanted)) {
		if got := versionsOf(api); got != wanted[api] {
			t.Errorf("API %d takes %v, not %v", api, got, wanted[api])
		}
	}
}
