package records_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/platform/records"
)

func sample(id byte) records.Record {
	return records.Record{
		ID: append(make([]byte, 31), id), RPID: "portal.example.com", UserHandle: []byte("a user handle"), Key: []byte{1, 2, 3},
		SignCount: 7, Discoverable: true, CreatedAt: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC),
	}
}

func newStore(t *testing.T) *records.Store {
	t.Helper()
	return records.New(filepath.Join(t.TempDir(), "state", "tpm.json"))
}

func add(t *testing.T, s *records.Store, record records.Record) {
	t.Helper()
	if err := s.Update(t.Context(), func(all []records.Record) ([]records.Record, error) { return append(all, record), nil }); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	s := newStore(t)
	if all, err := s.All(); err != nil || len(all) != 0 {
		t.Fatalf("a store that is not there yet: %v, %v", all, err)
	}
	add(t, s, sample(1))
	add(t, s, sample(2))
	all, err := records.New(s.Path()).All()
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	got, want := all[1], sample(2)
	if got.ID.String() != want.ID.String() || got.RPID != want.RPID || got.SignCount != want.SignCount || !got.Discoverable ||
		!got.CreatedAt.Equal(want.CreatedAt) || got.Key.String() != want.Key.String() || got.UserHandle.String() != want.UserHandle.String() {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := os.Stat(s.Path() + ".new"); !os.IsNotExist(err) {
		t.Errorf("the new file was left beside: %v", err)
	}
}

func TestWhatCannotBeUnderstoodIsLeftAlone(t *testing.T) {
	good := newStore(t)
	add(t, good, sample(1))
	content, err := os.ReadFile(good.Path())
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for name, test := range map[string]struct {
		content string
		want    error
	}{
		"empty":             {"", records.ErrDamaged},
		"cut short":         {text[:len(text)/2], records.ErrDamaged},
		"not JSON":          {"credentials", records.ErrDamaged},
		"trailing":          {text + "{}", records.ErrDamaged},
		"unknown member":    {strings.Replace(text, `"version"`, `"more": 1, "version"`, 1), records.ErrDamaged},
		"no version":        {`{"credentials": []}`, records.ErrDamaged},
		"newer":             {strings.Replace(text, `"version": 1`, `"version": 2, "more": 1`, 1), records.ErrNewer},
		"short ID":          {strings.Replace(text, sample(1).ID.String(), "AAAA", 1), records.ErrDamaged},
		"no key":            {strings.Replace(text, `"AQID"`, `""`, 1), records.ErrDamaged},
		"no user":           {strings.Replace(text, sample(1).UserHandle.String(), "", 1), records.ErrDamaged},
		"no relying party":  {strings.Replace(text, "portal.example.com", "192.0.2.1", 1), records.ErrDamaged},
		"negative counter":  {strings.Replace(text, `"signCount": 7`, `"signCount": -1`, 1), records.ErrDamaged},
		"counter too large": {strings.Replace(text, `"signCount": 7`, `"signCount": 4294967296`, 1), records.ErrDamaged},
		"twice": {strings.Replace(text, "[\n", "["+strings.TrimSuffix(strings.SplitAfter(text, "[\n")[1], "\n  ]\n}\n")+",", 1),
			records.ErrDamaged},
		"too long": {strings.Repeat(" ", 4<<20) + text, records.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tpm.json")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			s := records.New(path)
			if _, err := s.All(); !errors.Is(err, test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("read: %v, want %v", err, test.want)
			}
			err := s.Update(t.Context(), func([]records.Record) ([]records.Record, error) {
				t.Error("there is something to change")
				return nil, nil
			})
			if !errors.Is(err, test.want) {
				t.Errorf("changed: %v, want %v", err, test.want)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != test.content {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

func TestFailedChangeLeavesTheOld(t *testing.T) {
	s := newStore(t)
	add(t, s, sample(1))
	broken := errors.New("the chip is gone")
	for name, change := range map[string]func([]records.Record) ([]records.Record, error){
		"change fails":  func([]records.Record) ([]records.Record, error) { return nil, broken },
		"invalid":       func(all []records.Record) ([]records.Record, error) { return append(all, all[0]), nil },
		"change in it":  func(all []records.Record) ([]records.Record, error) { all[0].SignCount = 9; return nil, broken },
		"without an ID": func([]records.Record) ([]records.Record, error) { return []records.Record{{}}, nil },
	} {
		if err := s.Update(t.Context(), change); err == nil {
			t.Errorf("%s: taken", name)
		}
		if all, err := s.All(); err != nil || len(all) != 1 || all[0].SignCount != 7 {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
}

func TestWaitingForAnotherEndsWithTheContext(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(t.Context(), func(all []records.Record) ([]records.Record, error) {
		cancel()
		inner := records.New(s.Path()).Update(ctx, func([]records.Record) ([]records.Record, error) {
			t.Error("two at a time")
			return nil, nil
		})
		if !errors.Is(inner, context.Canceled) {
			t.Errorf("ended with %v", inner)
		}
		return all, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const (
	counters   = 4
	increments = 25
)

// count adds one, increments times over.
func count(t *testing.T, s *records.Store) {
	t.Helper()
	for range increments {
		err := s.Update(t.Context(), func(all []records.Record) ([]records.Record, error) {
			all[0].SignCount++
			return all, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func expectCount(t *testing.T, s *records.Store) {
	t.Helper()
	want := sample(1).SignCount + counters*increments
	if all, err := s.All(); err != nil || all[0].SignCount != want {
		t.Errorf("counted to %d, want %d: %v", all[0].SignCount, want, err)
	}
}

func TestGoroutinesLoseNothing(t *testing.T) {
	s := newStore(t)
	add(t, s, sample(1))
	var all sync.WaitGroup
	for range counters {
		all.Go(func() { count(t, records.New(s.Path())) })
	}
	all.Wait()
	expectCount(t, s)
}

const storeVariable = "RECORDS_TEST_STORE"

func TestProcessesLoseNothing(t *testing.T) {
	if path := os.Getenv(storeVariable); path != "" { // one of the processes below
		count(t, records.New(path))
		return
	}
	s := newStore(t)
	add(t, s, sample(1))
	var all sync.WaitGroup
	for i := range counters {
		all.Go(func() {
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessesLoseNothing$")
			command.Env = append(os.Environ(), storeVariable+"="+s.Path())
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("process %s: %v\n%s", strconv.Itoa(i), err, out)
			}
		})
	}
	all.Wait()
	expectCount(t, s)
}
