package desktop

import (
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/widgets"
	"latchkey/verifier"
)

func TestAStartThatFailsIsShown(t *testing.T) {
	for name, failed := range map[string]error{
		"known":   &verifier.Error{Code: verifier.CodeStoreReadOnly},
		"unknown": errors.New("no place for files: secret cause"),
	} {
		t.Run(name, func(t *testing.T) {
			window := failureWindow(test.NewTempApp(t), failed)
			closed := false
			window.SetOnClosed(func() { closed = true })
			var texts []string
			for _, object := range test.LaidOutObjects(window.Canvas().Content()) {
				if text, ok := object.(*widgets.Text); ok {
					texts = append(texts, text.Text())
				}
			}
			if !slices.Contains(texts, describe(failed)) || !slices.Contains(texts, "Latchkey can’t go on") {
				t.Errorf("the window says %q", texts)
			}
			end, ok := window.Canvas().Focused().(*widgets.Button)
			if !ok || end.Label() != "Close" {
				t.Fatalf("the focus is on %T", window.Canvas().Focused())
			}
			test.Tap(end)
			if !closed {
				t.Error("the window stays")
			}
		})
	}
}
