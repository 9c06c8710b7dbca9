package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"latchkey/app/companion"
)

// answer writes value as JSON, or runs text, as the command line wishes.
func (r *run) answer(value any, text func()) error {
	if !r.json {
		text()
		return nil
	}
	encoder := json.NewEncoder(r.Out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// watchedWriter remembers the first failure to write.
type watchedWriter struct {
	io.Writer
	err error
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// say writes one line of the answer.
func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Out, format+"\n", args...) }

// tell writes what a person has to know while the command runs.
func (r *run) tell(format string, args ...any) { fmt.Fprintf(r.Err, format+"\n", args...) }

// table writes rows under a head, in columns.
func (r *run) table(head []string, rows [][]string) {
	out := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	for i, title := range head {
		head[i] = strings.ToUpper(title)
	}
	for _, row := range append([][]string{head}, rows...) {
		for i := range row {
			row[i] = printable(row[i])
		}
		fmt.Fprintln(out, strings.Join(row, "\t"))
	}
	_ = out.Flush()
}

// facts writes names and values, one a line.
func (r *run) facts(pairs ...[2]string) {
	out := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	for _, pair := range pairs {
		if pair[1] != "" {
			fmt.Fprintf(out, "  %s\t%s\n", pair[0], printable(pair[1]))
		}
	}
	_ = out.Flush()
}

// printable keeps what a key or a person chose from steering the terminal, or from
// reading backwards in it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, text)
}

// printableLines is printable for text of several lines.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}

func (r *run) when(t time.Time) string { return companion.When(t, r.Clock()) }

// stamp is a time in JSON: RFC 3339 in UTC, null for never.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// isUsage knows cobra's own refusals of a command line, which come without a mark.
func isUsage(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag"))
}

func sentenceOf(err error) string {
	text := strings.TrimPrefix(err.Error(), errUsage.Error()+": ")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
