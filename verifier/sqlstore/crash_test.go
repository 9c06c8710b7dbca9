package sqlstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/verifier"
	"latchkey/verifier/sqlstore"
)

// childVariable makes the test binary a writer: it adds accounts named after its
// value and writes each name to its output when the verifier has acknowledged it.
const childVariable = "LATCHKEY_TEST_WRITER"

var light = verifier.PasswordParams{Passes: 1, MemoryKiB: 8, Lanes: 1}

const adminPassword = "correct horse battery staple"

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		if err := write(name, os.Args[1], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// write adds accounts until it is killed, or its input ends.
func write(name, path string, input io.Reader, output io.Writer) error {
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		io.Copy(io.Discard, input)
		cancel()
	}()
	store, err := sqlstore.Open(ctx, path, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	relyingParty, token, err := administer(ctx, store)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		username := fmt.Sprintf("%s-%d", name, n)
		_, err := relyingParty.AddAccount(ctx, token, verifier.NewAccount{Username: username, Password: "a password for nobody"})
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(output, username); err != nil {
			return err
		}
	}
}

// administer signs the administrator in and makes the organisation where there is
// none yet.
func administer(ctx context.Context, store verifier.Store) (*verifier.Verifier, string, error) {
	relyingParty, err := verifier.New(store, verifier.Options{Password: light})
	if err != nil {
		return nil, "", err
	}
	_, _, err = relyingParty.CreateOrganization(ctx, verifier.NewOrganization{Name: "Example",
		Administrator: verifier.NewAccount{Username: "alice", Password: adminPassword, FactorOptional: true}})
	if err != nil && !errors.Is(err, verifier.ErrOrganizationExists) {
		return nil, "", err
	}
	answer, err := relyingParty.BeginSignIn(ctx, "alice", adminPassword)
	if err != nil {
		return nil, "", err
	}
	return relyingParty, answer.Issued.Token, nil
}

// writer is a process that writes.
type writer struct {
	*exec.Cmd
	stop  io.Closer
	lines *bufio.Reader
}

func start(t *testing.T, name, path string) *writer {
	t.Helper()
	w := &writer{Cmd: exec.CommandContext(t.Context(), os.Args[0], path)}
	w.Env = append(os.Environ(), childVariable+"="+name)
	w.Stderr = os.Stderr
	stdin, err := w.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := w.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.stop, w.lines = stdin, bufio.NewReader(stdout)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// read returns count acknowledged names, or with a negative count all that are left.
// A name without its end of line is not acknowledged.
func (w *writer) read(t *testing.T, count int) (names []string) {
	t.Helper()
	for ; count != 0; count-- {
		line, err := w.lines.ReadString('\n')
		if err != nil && count < 0 {
			return names
		}
		if err != nil {
			t.Errorf("the writer ended after %d names: %v", len(names), err)
			return names
		}
		names = append(names, strings.TrimSuffix(line, "\n"))
	}
	return names
}

// expect makes sure that the accounts are there and the database is whole.
func expect(t *testing.T, path string, usernames []string) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	relyingParty, token, err := administer(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if err := relyingParty.CheckStore(t.Context()); err != nil {
		t.Fatal(err)
	}
	summaries, err := relyingParty.Accounts(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, summary := range summaries {
		there[summary.Username] = true
	}
	for _, username := range usernames {
		if !there[username] {
			t.Errorf("%s was acknowledged and is lost", username)
		}
	}
}

// TestKilledAtAnyPoint kills a writing process again and again. Where exactly it
// dies is up to the scheduler; what it acknowledged has to be there each time.
func TestKilledAtAnyPoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	var acknowledged []string
	for round := range 25 {
		w := start(t, fmt.Sprintf("round%d", round), path)
		names := w.read(t, 1+rand.IntN(12))
		if err := w.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		names = append(names, w.read(t, -1)...)
		if err := w.Wait(); err == nil {
			t.Fatal("the writer was not killed")
		}
		acknowledged = append(acknowledged, names...)
		expect(t, path, acknowledged)
	}
}

// TestProcessesShareTheFile lets several processes make and fill one database.
func TestProcessesShareTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	var (
		mu           sync.Mutex
		acknowledged []string
		group        sync.WaitGroup
	)
	for n := range 3 {
		w := start(t, fmt.Sprintf("writer%d", n), path)
		group.Go(func() {
			names := w.read(t, 30)
			w.stop.Close()
			names = append(names, w.read(t, -1)...)
			if err := w.Wait(); err != nil {
				t.Errorf("writer %d: %v", n, err)
			}
			mu.Lock()
			defer mu.Unlock()
			acknowledged = append(acknowledged, names...)
		})
	}
	group.Wait()
	expect(t, path, acknowledged)
}
