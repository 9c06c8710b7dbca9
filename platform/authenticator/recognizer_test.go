package authenticator_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/platform/softchip"
)

// hesitant is a chip that refuses a finger, for each of the reasons, before it takes it.
type hesitant struct {
	*softchip.Chip
	reasons []string
	then    error
}

func (h hesitant) SignRecognized(ctx context.Context, key []byte, digest [32]byte, refused func(string)) ([]byte, error) {
	for _, why := range h.reasons {
		refused(why)
	}
	if h.then != nil {
		return nil, h.then
	}
	h.Touch()
	return h.Sign(ctx, key, digest, "")
}

// onlooker keeps what the person is told, and how many notices show at once at most.
type onlooker struct {
	person
	told          []string
	showing, most int
}

func (o *onlooker) Touch(_ context.Context, notice ceremony.TouchNotice) func() {
	o.told = append(o.told, notice.Refused)
	o.showing++
	o.most = max(o.most, o.showing)
	return func() { o.showing-- }
}

func TestThePersonIsToldWhyAFingerIsRefused(t *testing.T) {
	reasons := []string{"too short", "not recognised"}
	for _, then := range []error{nil, ceremony.ErrDenied} {
		chip, path := softchip.NewWithFinger(), filepath.Join(t.TempDir(), "chip.json")
		created, err := over(hesitant{Chip: chip}, path, 0).Create(t.Context(), creation("alice"), new(onlooker))
		if err != nil {
			t.Fatal(err)
		}
		at := new(onlooker)
		_, err = over(hesitant{chip, reasons, then}, path, 0).Assert(t.Context(), assertion(created.CredentialID), at)
		if !errors.Is(err, then) {
			t.Errorf("ended with %v, want %v", err, then)
		}
		if want := append([]string{""}, reasons...); !slices.Equal(at.told, want) || at.showing != 0 || at.most != 1 {
			t.Errorf("told %q, %d notices still show, %d did at once", at.told, at.showing, at.most)
		}
	}
}
