package widgets

import (
	"slices"
	"testing"
	"unicode/utf8"

	"latchkey/app/desktop/look"
)

// byCharacter measures a character as one wide.
func byCharacter(text string) float32 { return float32(utf8.RuneCountInString(text)) }

func TestWrapped(t *testing.T) {
	for _, tc := range []struct {
		text  string
		width float32
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two", 10, []string{"one two"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one\ntwo", 10, []string{"one", "two"}},
		{"größer überlanges", 6, []string{"größer", "überla", "nges"}},
	} {
		if got := wrapped(tc.text, tc.width, byCharacter); !slices.Equal(got, tc.want) {
			t.Errorf("wrapped(%q, %v) = %q, want %q", tc.text, tc.width, got, tc.want)
		}
	}
}

func TestShortened(t *testing.T) {
	for text, want := range map[string]string{
		"Work key":                 "Work key",
		"Spare key of my brother":  "Spare key…",
		"Schlüsselbundschlüsselei": "Schlüsselb…",
	} {
		if got := shortened(text, 11, byCharacter); got != want {
			t.Errorf("shortened(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestClippedTextGivesWay(t *testing.T) {
	long := NewClipped("A name that is much too long for its column", Strong)
	window(t, look.Light, long)
	if got := long.MinSize().Width; got != 0 {
		t.Errorf("least width %v, want 0", got)
	}
	paragraph := NewParagraph("A sentence that takes two lines at this width", Body, 200)
	if got := paragraph.MinSize(); got.Width != 200 || got.Height != 40 {
		t.Errorf("least size %v, want 200 × 40", got)
	}
}
