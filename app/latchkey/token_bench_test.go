package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/keychain/keyringtest"
	"latchkey/fido/virtualkey"
)

// BenchmarkToken measures `latchkey token` from process start to exit, as a script
// waits for it, with a real keyring and database. It prints its median as a ratio
// to the 25 ms that scripts may notice, and to a bare Go program that does nothing,
// measured in turns with it: what is over that is ours.
func BenchmarkToken(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	latchkey, bare := filepath.Join(dir, "latchkey"), filepath.Join(dir, "bare")
	build(b, latchkey, ".")
	source := filepath.Join(dir, "bare.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	build(b, bare, source)

	home, err := os.MkdirTemp("", "latchkey-bench-") // a socket's path has to be short
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(home) })
	ring, err := keyringtest.Start(ctx, filepath.Join(home, "ring"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ring.Close() })
	key, err := virtualkey.Serve(ctx, virtualkey.Options{Touch: virtualkey.TouchAuto})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = key.Close() })
	env := append(append(os.Environ(), ring.Env()...), "LATCHKEY_HOME="+filepath.Join(home, "latchkey"), "LATCHKEY_DEVICE="+key.Path())
	start := func(program string, in string, args ...string) time.Duration {
		command := exec.CommandContext(ctx, program, args...)
		command.Env, command.Stdin = env, strings.NewReader(in)
		var said bytes.Buffer
		command.Stdout, command.Stderr = io.Discard, &said
		begun := time.Now()
		if err := command.Run(); err != nil {
			b.Fatalf("%s %q: %v: %s", filepath.Base(program), args, err, said.String())
		}
		return time.Since(begun)
	}
	const secrets = "correct horse battery staple\n271828\n"
	start(latchkey, secrets, "init", "--org", "Bench", "--username", "anna", "--allow-virtual-keys", "--password-stdin")
	start(latchkey, secrets, "enroll", "--username", "anna", "--password-stdin", "--pin-stdin")
	start(latchkey, secrets, "login", "--username", "anna", "--password-stdin", "--pin-stdin")

	var tokens, nothings []time.Duration
	for b.Loop() {
		tokens = append(tokens, start(latchkey, "", "token"))
		nothings = append(nothings, start(bare, ""))
	}
	const budget = 25 * time.Millisecond
	token, nothing := median(tokens), median(nothings)
	b.ReportMetric(float64(token)/float64(budget), "x-25ms-budget")
	b.ReportMetric(float64(token)/float64(nothing), "x-bare-process")
	b.ReportMetric(0, "ns/op") // both programs together: says nothing
}

func build(b *testing.B, out, source string) {
	b.Helper()
	command := exec.Command("go", "build", "-o", out, source)
	if said, err := command.CombinedOutput(); err != nil {
		b.Fatalf("go build %s: %v: %s", source, err, said)
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
