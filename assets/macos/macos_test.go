// Package macos holds what a Mac needs beside the programs: the description of the app
// bundle and the entitlements that it is signed with. It has tests alone.
package macos

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/platform/touchid"
)

// plist is the dictionary of a property list: texts, truths and lists of texts.
type plist map[string]any

// readPlist takes a property list apart, as plist(5) has it.
func readPlist(t *testing.T, path string) plist {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var (
		found    = plist{}
		within   []string // the elements that are open
		key      string
		text     strings.Builder
		list     []string
		decoder  = xml.NewDecoder(file)
		contains = func(value any) {
			if _, twice := found[key]; twice || key == "" {
				t.Errorf("%s: the key %q stands there twice, or not at all", path, key)
			}
			found[key], key = value, ""
		}
	)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		switch token := token.(type) {
		case xml.Comment:
			// codesign reads entitlements with a parser of its own, which knows none.
			t.Errorf("%s has a comment", path)
		case xml.StartElement:
			within = append(within, token.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			in := strings.Join(within, " ")
			within = within[:len(within)-1]
			switch in {
			case "plist dict key":
				key = text.String()
			case "plist dict string":
				contains(text.String())
			case "plist dict true", "plist dict false":
				contains(token.Name.Local == "true")
			case "plist dict array string":
				list = append(list, text.String())
			case "plist dict array":
				contains(list)
				list = nil
			case "plist dict", "plist":
			default:
				t.Errorf("%s: <%s>", path, in)
			}
			text.Reset()
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has nothing", path)
	}
	return found
}

// details are the lines of FyneApp.toml that name the app.
func details(t *testing.T) map[string]string {
	t.Helper()
	content, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^(\w+) = "?([^"\n]*)"?$`).FindAllSubmatch(content, -1) {
		found[string(line[1])] = string(line[2])
	}
	return found
}

func TestTheBundleIsTheAppOfFyneApp(t *testing.T) {
	bundle, app := readPlist(t, "Info.plist"), details(t)
	for key, want := range map[string]any{
		"CFBundleIdentifier":         app["ID"],
		"CFBundleName":               app["Name"],
		"CFBundleDisplayName":        app["Name"],
		"CFBundleShortVersionString": app["Version"],
		"CFBundleVersion":            app["Build"],
		"CFBundleExecutable":         "latchkey-desktop",
		"CFBundlePackageType":        "APPL",
		"LSMinimumSystemVersion":     strconv.Itoa(touchid.MinMacOS) + ".0",
		"NSHighResolutionCapable":    true,
	} {
		if want == "" || bundle[key] != want {
			t.Errorf("%s is %v, want %v", key, bundle[key], want)
		}
	}
}

func TestTheEntitlementsAreWhatTouchIDNeeds(t *testing.T) {
	entitled := readPlist(t, "Latchkey.entitlements")
	groups, ok := entitled["keychain-access-groups"].([]string)
	if want := []string{"$(TEAM_ID)." + touchid.KeychainGroup}; !ok || !slices.Equal(groups, want) {
		t.Errorf("keychain-access-groups has %q, want %q", groups, want)
	}
	for key, want := range map[string]string{
		"com.apple.application-identifier":    "$(TEAM_ID).$(BUNDLE_ID)",
		"com.apple.developer.team-identifier": "$(TEAM_ID)",
	} {
		if entitled[key] != want {
			t.Errorf("%s is %v, want %s", key, entitled[key], want)
		}
	}
	if app := details(t)["ID"]; app != touchid.KeychainGroup {
		t.Errorf("the keys are in the group %s, the app is %s", touchid.KeychainGroup, app)
	}
}

// TestTheGuideUsesWhatIsHere holds that docs/macos.md fills in each placeholder and names
// each file.
func TestTheGuideUsesWhatIsHere(t *testing.T) {
	content, err := os.ReadFile("../../docs/macos.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(content)
	for _, file := range []string{"Info.plist", "Latchkey.entitlements"} {
		if !strings.Contains(guide, "assets/macos/"+file) {
			t.Errorf("the guide does not name %s", file)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, placeholder := range regexp.MustCompile(`\$\((\w+)\)`).FindAllStringSubmatch(string(content), -1) {
			if want := fmt.Sprintf(`s/\$(%s)/`, placeholder[1]); !strings.Contains(guide, want) {
				t.Errorf("the guide does not fill in %s of %s with %s", placeholder[0], file, want)
			}
		}
	}
}
