package virtualkey_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/fido/virtualkey"
)

func TestStateFileKeepsTheKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	first := serve(t, virtualkey.Options{StateFile: path, PIN: pin})
	c := enrol(t, first, "eddsa", pin, "-r", "-v")
	plain := enrol(t, first, "es256", "")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Fatalf("state file: %v, %v", info, err)
	}
	second := serve(t, virtualkey.Options{StateFile: path, PIN: "another PIN, not taken: there is one"})
	signIn(t, second, enrolled{publicKey: c.publicKey}, "eddsa", pin, "-r", "-v")
	signIn(t, second, plain, "es256", "")
	if names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(names) != 2 {
		t.Errorf("left behind: %q, %v", names, err) // the state and its lock
	}
}

func TestStateFileIsForOneKeyAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	first := serve(t, virtualkey.Options{StateFile: path})
	if _, err := virtualkey.Serve(t.Context(), virtualkey.Options{StateFile: path}); err == nil || !strings.Contains(err.Error(), "another virtual key uses it") {
		t.Errorf("the second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	serve(t, virtualkey.Options{StateFile: path})
}

func TestUnusableStateFileIsLeftAlone(t *testing.T) {
	good := filepath.Join(t.TempDir(), "key.json")
	if err := serve(t, virtualkey.Options{StateFile: good}).Close(); err != nil {
		t.Fatal(err)
	}
	valid, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	// changed returns the valid state with one member changed.
	changed := func(member string, value any) []byte {
		var state map[string]any
		if err := json.Unmarshal(valid, &state); err != nil {
			t.Fatal(err)
		}
		state[member] = value
		data, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	tests := []struct {
		name    string
		content []byte
		mode    os.FileMode
		want    string
	}{
		{"readable by the group", valid, 0o640, "chmod 600"},
		{"readable by all", valid, 0o604, "chmod 600"},
		{"empty", nil, 0o600, "damaged"},
		{"cut short", valid[:len(valid)/2], 0o600, "damaged"},
		{"something else", []byte("hello\n"), 0o600, "damaged"},
		{"something behind", append(bytes.Clone(valid), "{}"...), 0o600, "damaged"},
		{"a brace too many", append(bytes.Clone(valid), '}'), 0o600, "damaged"},
		{"far too long", bytes.Repeat([]byte{' '}, 2<<20), 0o600, "damaged"},
		{"unknown member", changed("extra", 1), 0o600, "damaged"},
		{"later version", changed("version", 2), 0o600, "version 2"},
		{"short secret", changed("secret", "AAAA"), 0o600, "secret has 3 bytes"},
		{"impossible retries", changed("pin", map[string]int{"retries": 9}), 0o600, "retries are 9"},
		{"short PIN hash", changed("pin", map[string]any{"retries": 8, "hash": "AAAA"}), 0o600, "PIN hash has 3 bytes"},
		{"credential of nothing", changed("credentials", []any{map[string]any{}}), 0o600, "credential 0"},
		{"nameless credential", changed("credentials", []any{map[string]any{"id": make([]byte, 63)}}), 0o600, "no relying party"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key.json")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := virtualkey.Serve(t.Context(), virtualkey.Options{StateFile: path, PIN: pin})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want the path and %q", err, test.want)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, test.content) {
				t.Errorf("the file changed: %v", err)
			}
		})
	}
	t.Run("directory", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "key.json")
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := virtualkey.Serve(t.Context(), virtualkey.Options{StateFile: path}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no such directory", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "missing", "key.json")
		if _, err := virtualkey.Serve(t.Context(), virtualkey.Options{StateFile: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	})
}
