package fido

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"latchkey/fido/ceremony"
)

// TestOutcomesAreComplete compares our table with the header of the library that we
// are built with.
func TestOutcomesAreComplete(t *testing.T) {
	header, err := os.ReadFile("/usr/include/fido/err.h")
	if err != nil {
		t.Fatalf("%v: run make deps", err)
	}
	defined := regexp.MustCompile(`(?m)^#define\s+(FIDO_ERR_\w+)\s+(-?\w+)`).FindAllStringSubmatch(string(header), -1)
	if len(defined) < 50 {
		t.Fatalf("found %d errors in the header", len(defined))
	}
	seen := make(map[int]bool)
	for _, match := range defined {
		number, err := strconv.ParseInt(match[2], 0, 0)
		if err != nil {
			t.Fatalf("%s: %v", match[0], err)
		}
		if number == 0 {
			continue // success
		}
		seen[int(number)] = true
		got, ok := outcomes[int(number)]
		if !ok || got.name != match[1] || got.code == "" {
			t.Errorf("%s is %+v in our table", match[0], got)
		}
	}
	for number, got := range outcomes {
		if !seen[number] {
			t.Errorf("our %d %s is not in the header", number, got.name)
		}
	}
}

func TestExplain(t *testing.T) {
	device := ceremony.Device{Path: "/dev/hidraw0", Name: "Key"}
	for name, c := range map[string]struct {
		failure failure
		want    error
	}{
		"status":        {failure{number: 0x28}, ceremony.ErrKeyFull},
		"unknown":       {failure{number: 0xe5}, ceremony.ErrDevice},
		"unplugged":     {failure{number: -2, unplugged: true}, ceremony.ErrUnplugged},
		"busy":          {failure{number: -2, busy: true}, ceremony.ErrBusy},
		"not there":     {failure{number: -9, opening: syscall.ENOENT}, ceremony.ErrNoDevice},
		"no permission": {failure{number: -9, opening: syscall.EACCES}, ceremony.ErrNoAccess},
		"locked":        {failure{number: -9, opening: syscall.EWOULDBLOCK}, ceremony.ErrBusy},
		"other":         {failure{number: -9, opening: syscall.EMFILE}, ceremony.ErrDevice},
	} {
		t.Run(name, func(t *testing.T) {
			c.failure.operation = "sign"
			e := wantCode(t, explain(c.failure, device), c.want)
			named := "Key"
			if c.want == ceremony.ErrNoDevice { // "there is no security key at"
				named = "/dev/hidraw0"
			}
			if e.Device != named || e.Retries != -1 || !errors.As(e, new(failure)) {
				t.Errorf("%+v", e)
			}
		})
	}
	if err := explain(fs.ErrClosed, device); err != fs.ErrClosed {
		t.Errorf("an error of somebody else became %v", err)
	}
}

func wantCode(t *testing.T, err, want error) *ceremony.Error {
	t.Helper()
	var e *ceremony.Error
	if !errors.Is(err, want) || !errors.As(err, &e) {
		t.Fatalf("got %v, want %v", err, want)
	}
	return e
}
