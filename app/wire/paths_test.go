//go:build linux

package wire

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestDataDir(t *testing.T) {
	for name, test := range map[string]struct{ home, xdg, latchkey, want string }{
		"home":            {home: "/home/anna", want: "/home/anna/.local/share/latchkey"},
		"xdg":             {home: "/home/anna", xdg: "/data", want: "/data/latchkey"},
		"relative xdg":    {home: "/home/anna", xdg: "data", want: "/home/anna/.local/share/latchkey"},
		"LATCHKEY_HOME":   {home: "/home/anna", xdg: "/data", latchkey: "/elsewhere", want: "/elsewhere"},
		"nowhere to go":   {},
		"moved, homeless": {latchkey: "/elsewhere", want: "/elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", test.home)
			t.Setenv("XDG_DATA_HOME", test.xdg)
			t.Setenv(HomeVariable, test.latchkey)
			got, err := DataDir()
			if (err != nil) != (test.want == "") || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			if err != nil && !strings.Contains(err.Error(), HomeVariable) {
				t.Errorf("%v does not name the way out", err)
			}
		})
	}
	t.Setenv(HomeVariable, "relative")
	if got, err := DataDir(); err != nil || !filepath.IsAbs(got) {
		t.Errorf("relative %s: %q, %v", HomeVariable, got, err)
	}
}
