package windows

import (
	"os"
	"regexp"
	"testing"

	"latchkey/app/wire"
)

// detail returns a value of FyneApp.toml, from which the programs' resources are made.
func detail(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `\s*=\s*"?([^"\n]+)"?$`).FindSubmatch(content)
	if found == nil {
		t.Fatalf("FyneApp.toml has no %s", name)
	}
	return string(found[1])
}

func TestVersionIsFyneAppsVersion(t *testing.T) {
	if got := detail(t, "Version"); got != wire.Version {
		t.Errorf("FyneApp.toml is version %s, the programs say %s", got, wire.Version)
	}
}
