//go:build standin

package touchid

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ebitengine/purego"
)

func (m *macOS) version() (string, error) { return "14.5", nil }

// standIn is a macOS in C: what the code calls is called, with the prototypes of Apple.
type standIn struct {
	*macOS
	library uintptr
	alive   func() int32
	waiting func() int32
}

func open(t *testing.T) *standIn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "standin.so")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-Wl,-Bsymbolic", "-Wall", "-Werror", "-pthread", "-o", path, "testdata/standin.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	paths := map[string]string{}
	for name := range libraries {
		paths[name] = path
	}
	paths[libSystem] = "libc.so.6" // which has a dlsym
	m, err := load(paths)
	if err != nil {
		t.Fatal(err)
	}
	s := &standIn{macOS: m}
	if s.library, err = purego.Dlopen(path, purego.RTLD_NOW); err != nil {
		t.Fatal(err)
	}
	purego.RegisterLibFunc(&s.alive, s.library, "standin_alive")
	purego.RegisterLibFunc(&s.waiting, s.library, "standin_waiting")
	return s
}

// set sets one of the stand-in's variables until the test ends.
func (s *standIn) set(t *testing.T, name string, value int32) {
	t.Helper()
	var symbol func(library uintptr, name string) *int32
	purego.RegisterLibFunc(&symbol, purego.RTLD_DEFAULT, "dlsym")
	variable := symbol(s.library, name)
	if variable == nil {
		t.Fatalf("no %s", name)
	}
	before := *variable
	*variable = value
	t.Cleanup(func() { *variable = before })
}

var standInKey = keyName{"TEAM.app.latchkey.desktop", "latchkey-a tag"}

// TestStandInIsCalledAsMacOSWantsIt makes each call in each of its ways. The stand-in aborts
// where a call is not what Apple's headers say, and counts what is not released.
func TestStandInIsCalledAsMacOSWantsIt(t *testing.T) {
	s := open(t)
	before := int32(0)
	released := func(t *testing.T) {
		t.Helper()
		if got := s.alive(); got != before {
			t.Errorf("%d objects are left, want %d", got, before)
		}
	}
	wantCode := func(t *testing.T, err error, domain string, code int) {
		t.Helper()
		if !isApple(err, domain, code) {
			t.Errorf("ended with %v, want %s %d", err, domain, code)
		}
		released(t)
	}
	want := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		released(t)
	}

	t.Run("signature", func(t *testing.T) {
		want(t, s.signature())
		s.set(t, "standin_unsigned", errSecCSUnsigned)
		wantCode(t, s.signature(), nsOSStatusErrorDomain, errSecCSUnsigned)
	})
	t.Run("entitlement", func(t *testing.T) {
		groups, err := s.accessGroups()
		want(t, err)
		if !slices.Equal(groups, []string{"TEAM.else", "TEAM.app.latchkey.desktop"}) {
			t.Errorf("groups %q", groups)
		}
		s.set(t, "standin_groups", 0)
		groups, err = s.accessGroups()
		want(t, err)
		if len(groups) != 0 {
			t.Errorf("groups %q", groups)
		}
		s.set(t, "standin_groups", -50)
		_, err = s.accessGroups()
		wantCode(t, err, nsOSStatusErrorDomain, errSecParam)
	})
	t.Run("bundle", func(t *testing.T) {
		if got := s.bundle(); got != "app.latchkey.desktop" {
			t.Errorf("bundle %q", got)
		}
		s.set(t, "standin_no_bundle", 1)
		if got := s.bundle(); got != "" {
			t.Errorf("bundle %q", got)
		}
		released(t)
	})
	t.Run("enclave", func(t *testing.T) {
		want(t, s.enclave())
		s.set(t, "standin_no_enclave", tkErrorCodeTokenNotFound)
		wantCode(t, s.enclave(), tkErrorDomain, tkErrorCodeTokenNotFound)
	})
	t.Run("fingers", func(t *testing.T) {
		sensor, err := s.fingers()
		want(t, err)
		if !sensor {
			t.Error("no sensor")
		}
		s.set(t, "standin_policy_error", laErrorBiometryNotAvailable)
		s.set(t, "standin_biometry", laBiometryTypeNone)
		sensor, err = s.fingers()
		wantCode(t, err, laErrorDomain, laErrorBiometryNotAvailable)
		if sensor {
			t.Error("a sensor")
		}
	})
	t.Run("lid", func(t *testing.T) {
		for state, closed := range map[int32]bool{0: false, 1: true, 2: false, 3: false} {
			s.set(t, "standin_lid", state)
			if got := s.lidClosed(); got != closed {
				t.Errorf("%d: closed %v", state, got)
			}
		}
		released(t)
	})
	t.Run("key", func(t *testing.T) {
		wantCode(t, s.find(standInKey), nsOSStatusErrorDomain, errSecItemNotFound)
		wantCode(t, s.remove(standInKey), nsOSStatusErrorDomain, errSecItemNotFound)
		point, err := s.generate(standInKey)
		if err != nil || string(point) != "\x04 a point" {
			t.Errorf("generated %q, %v", point, err)
		}
		before = s.alive() // with the key, its tag and its group
		want(t, s.find(standInKey))
		wantCode(t, s.find(keyName{standInKey.group, "latchkey-another"}), nsOSStatusErrorDomain, errSecItemNotFound)

		sign := func(while func(dialogue)) ([]byte, error) {
			d, err := s.ask("sign in to portal.example.com")
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			if while != nil {
				done := make(chan struct{})
				defer func() { <-done }()
				go func() { defer close(done); while(d) }()
			}
			return d.sign(standInKey, [32]byte(bytes.Repeat([]byte{7}, 32)))
		}
		signature, err := sign(nil)
		want(t, err)
		if string(signature) != "signed:"+strings.Repeat("\a", 32) {
			t.Errorf("signature %q", signature)
		}
		s.set(t, "standin_wait", 1)
		_, err = sign(func(d dialogue) {
			eventually(t, "a finger is awaited", func() bool { return s.waiting() == 1 })
			d.cancel()
		})
		wantCode(t, err, laErrorDomain, laErrorAppCancel)
		s.set(t, "standin_wait", 0)
		s.set(t, "standin_sign_error", laErrorUserCancel)
		_, err = sign(nil)
		wantCode(t, err, laErrorDomain, laErrorUserCancel)
		wantCode(t, err, tkErrorDomain, tkErrorCodeCorruptedData)

		before = 0
		want(t, s.remove(standInKey)) // nothing is left of it
		for _, at := range []int32{1, 2} {
			s.set(t, "standin_fail_export", at)
			if _, err := s.generate(standInKey); err == nil {
				t.Error("generated")
			}
			want(t, s.remove(standInKey))
		}
	})
}
