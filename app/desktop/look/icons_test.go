package look

import (
	"encoding/xml"
	"io/fs"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"latchkey/assets"
)

// Fyne neither scales strokes nor recolours what is not a fill, and oksvg needs both of a pair of radii.
func TestSVGsKeepToWhatFyneDraws(t *testing.T) {
	for _, files := range []fs.FS{assets.Icons, assets.Art} {
		err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(files, path)
			if err != nil {
				return err
			}
			var drawing struct {
				ViewBox string     `xml:"viewBox,attr"`
				Paths   []struct{} `xml:"path"`
			}
			if err := xml.Unmarshal(content, &drawing); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if len(drawing.Paths) == 0 || strings.Contains(string(content), "stroke") {
				t.Errorf("%s: want paths, all of them fills", path)
			}
			if strings.HasPrefix(path, "icons/") && path != "icons/latchkey.svg" && drawing.ViewBox != "0 0 24 24" {
				t.Errorf("%s: view box %q is not the 24-unit grid", path, drawing.ViewBox)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestArtFollowsTheTheme(t *testing.T) {
	app := test.NewTempApp(t)
	for choice, body := range map[Choice]string{Light: "#22303A", Dark: "#33424E"} {
		app.Settings().SetTheme(New(choice))
		for _, art := range []Art{ArtSecurityKey, ArtSecurityKeyFlat, ArtLaptop, ArtFingerprint} {
			got := art.Resource()
			if !strings.Contains(string(got.Content()), body) || !strings.Contains(got.Name(), body) {
				t.Errorf("%s in %s does not wear %s", art.name, choice, body)
			}
		}
	}
}
