package desktop

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"latchkey/app/companion"
	"latchkey/assets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// words is the translation table: every text that the desktop app shows by itself. What went wrong is worded by
// describe.
var words = readWords("en")

// readWords panics on a table that is missing or broken: it is part of the program.
func readWords(language string) map[string]string {
	content, err := assets.Translations.ReadFile("translations/" + language + ".json")
	if err != nil {
		panic(err)
	}
	table := map[string]string{}
	if err := json.Unmarshal(content, &table); err != nil {
		panic(fmt.Errorf("translations of %q: %w", language, err))
	}
	return table
}

// say returns the text of that name. filled holds pairs: what stands in braces in the text, and what takes its place.
func say(name string, filled ...string) string {
	pairs := make([]string, len(filled))
	for i := 0; i+1 < len(filled); i += 2 {
		pairs[i], pairs[i+1] = "{"+filled[i]+"}", filled[i+1]
	}
	return strings.NewReplacer(pairs...).Replace(words[name])
}

// sayCount picks the text for one or for many.
func sayCount(name string, count int) string {
	if count == 1 {
		return say(name + "_one")
	}
	return say(name+"_many", "count", fmt.Sprint(count))
}

// describe says what went wrong and what to do next. The words are companion.Describe's, but where those lead to a
// command, the window has its own under problem.<code>, or problem.<code>_built_in for what is built into a computer.
// What only the place of the failure knows, a file or a setting, is left as it is.
func describe(err error) string {
	message := companion.Describe(err)
	if exact(err) {
		return message.String()
	}
	names := []string{message.Code}
	var factor *companion.FactorError
	if errors.As(err, &factor) && factor.Kind.BuiltIn() {
		names = []string{message.Code + "_built_in", message.Code}
	}
	for _, name := range names {
		if next, ok := words[problemWords+"."+name]; ok {
			message.Next = next
			break
		}
	}
	return message.String()
}

// exact tells whether an error brings its own instruction.
func exact(err error) bool {
	var (
		refused *verifier.Error
		failed  *ceremony.Error
	)
	return errors.As(err, &refused) && refused.Message != "" || errors.As(err, &failed) && failed.Fix != ""
}

// problemWords is the section of the texts that say what to do next about a problem.
const problemWords = "problem"
