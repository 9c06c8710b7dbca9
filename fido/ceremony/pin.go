package ceremony

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxPINSize is the longest PIN in bytes of UTF-8, CTAP 2.1 §6.5.1. What is built into a
// computer keeps to it too, so that one rule holds for all.
const MaxPINSize = 63

// UnfitPIN says, to the person, why nothing takes pin for a PIN, "" where it can be one.
// minLength counts Unicode code points; pin is in Normalization Form C.
func UnfitPIN(pin string, minLength int) string {
	switch {
	case utf8.RuneCountInString(pin) < minLength:
		return fmt.Sprintf("The PIN needs at least %d characters.", minLength)
	case len(pin) > MaxPINSize:
		return fmt.Sprintf("The PIN is too long: at most %d plain characters fit.", MaxPINSize)
	case !utf8.ValidString(pin) || strings.ContainsRune(pin, 0):
		return "The PIN has a character that cannot be used."
	default:
		return ""
	}
}
