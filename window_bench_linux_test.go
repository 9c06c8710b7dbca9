package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/desktop/xvfbtest"
	"latchkey/app/wire"
	"latchkey/verifier"
)

// The windows that are measured, each with the colour that tells that it is complete.
var (
	bareWindow = contender{program: "bare", title: "Bare window", color: [3]byte{0xFF, 0xFF, 0xFF}, pixels: 500_000} // the ground of nearly 960×640
	firstRun   = contender{program: "latchkey-desktop", title: "Set up Latchkey", color: accent, pixels: button}
	signIn     = contender{program: "latchkey-desktop", title: "Sign in", color: accent, pixels: button, used: true}

	accent = [3]byte{0x0B, 0x65, 0x73}
)

const button = 5_000 // the primary button, the last thing on each page: 200×40 or more, but for its label

type contender struct {
	program, title string
	color          [3]byte
	pixels         int
	used           bool // there is an organisation already, and the window has been open before
}

// BenchmarkWindow measures Latchkey's window against a bare Fyne window of the same
// size, in turns on one display: the time from process start until all of its first
// page stands in the picture, and the memory that it holds a moment later. The first
// run, which makes the database, and every later start are taken separately. Medians
// are printed as ratios.
func BenchmarkWindow(b *testing.B) {
	r := newRace(b)
	const rounds = 7
	samples := map[contender][]sample{}
	for b.Loop() {
		for range rounds {
			for _, c := range []contender{bareWindow, firstRun, signIn} {
				samples[c] = append(samples[c], r.start(b, c))
			}
		}
	}
	ratio := func(c contender, of func(sample) float64) float64 {
		return middle(samples[c], of) / middle(samples[bareWindow], of)
	}
	shown := func(s sample) float64 { return s.shown.Seconds() }
	memory := func(s sample) float64 { return s.memory }
	b.ReportMetric(ratio(firstRun, shown), "x-bare-time-first-run")
	b.ReportMetric(ratio(signIn, shown), "x-bare-time")
	b.ReportMetric(ratio(firstRun, memory), "x-bare-memory-first-run")
	b.ReportMetric(ratio(signIn, memory), "x-bare-memory")
	b.ReportMetric(0, "ns/op") // all of the windows together: says nothing
}

// BenchmarkWindowIdle measures the processor time that the windows take while nobody
// does anything. A field has the focus; its caret rests after ten seconds.
func BenchmarkWindowIdle(b *testing.B) {
	const settle, watch = 12 * time.Second, 5 * time.Second
	r := newRace(b)
	var idle [2]time.Duration
	for b.Loop() {
		for i, c := range []contender{bareWindow, signIn} {
			r.run(b, c, func(pid int) {
				<-time.After(settle)
				before := processorTime(b, pid)
				<-time.After(watch)
				idle[i] += processorTime(b, pid) - before
			})
		}
	}
	percent := func(d time.Duration) float64 { return 100 * d.Seconds() / watch.Seconds() / float64(b.N) }
	b.ReportMetric(percent(idle[1]), "%cpu-idle")
	b.ReportMetric(percent(idle[0]), "%cpu-idle-bare")
	b.ReportMetric(0, "ns/op")
}

// race is where the windows run: one display, with homes to run in.
type race struct {
	display *xvfbtest.Display
	dir     string
	used    string // the home of somebody who has used Latchkey before
}

func newRace(b *testing.B) *race {
	r := &race{dir: b.TempDir(), used: b.TempDir()}
	for name, source := range map[string]string{"latchkey-desktop": ".", "bare": "./app/desktop/xvfbtest/barewindow"} {
		if said, err := exec.Command("go", "build", "-o", filepath.Join(r.dir, name), source).CombinedOutput(); err != nil {
			b.Fatalf("go build %s: %v: %s", source, err, said)
		}
	}
	var err error
	if r.display, err = xvfbtest.Start(context.Background(), 960, 640); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.display.Close)
	organize(b, r.used)
	r.run(b, signIn, func(int) {})
	return r
}

type sample struct {
	shown  time.Duration
	memory float64 // resident, kB
}

func (r *race) start(b *testing.B, c contender) (s sample) {
	b.Helper()
	s.shown = r.run(b, c, func(pid int) {
		const settle = time.Second
		<-time.After(settle) // what starting up still has to do
		s.memory = residentMemory(b, pid)
	})
	return s
}

// run starts a window in a home, and tells how long it took until all of it
// was shown. The window stays for as long as meanwhile runs.
func (r *race) run(b *testing.B, c contender, meanwhile func(pid int)) (shown time.Duration) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	home := r.used
	if !c.used {
		home = b.TempDir()
	}
	complete := func(frame xvfbtest.Frame) bool { return frame.Count(c.color[0], c.color[1], c.color[2]) >= c.pixels }
	if err := r.display.Await(ctx, func(frame xvfbtest.Frame) bool { return !complete(frame) }); err != nil {
		b.Fatalf("the window before this one stays: %v", err)
	}
	command := exec.CommandContext(ctx, filepath.Join(r.dir, c.program))
	command.Env = append(append(os.Environ(), r.display.Env()...), "FYNE_THEME=light", "HOME="+home, "XDG_CONFIG_HOME="+home, wire.HomeVariable+"="+home)
	begun := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	if err := r.display.Await(ctx, complete); err != nil {
		b.Fatal(err)
	}
	shown = time.Since(begun)
	if _, err := r.display.Find(ctx, c.title); err != nil { // it is the page that was meant
		b.Fatal(err)
	}
	meanwhile(command.Process.Pid)
	return shown
}

// organize makes an organisation in a home.
func organize(b *testing.B, home string) {
	b.Helper()
	b.Setenv(wire.HomeVariable, home)
	useCases, closeAll, err := wire.Open(wire.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	_, _, err = useCases.CreateOrganization(context.Background(), verifier.NewOrganization{
		Name: "Northgate Clinic", Administrator: verifier.NewAccount{Username: "anna.berg", Password: "correct horse battery staple"},
	})
	if err := errors.Join(err, closeAll()); err != nil {
		b.Fatal(err)
	}
}

// processorTime reads what a process has used, proc_pid_stat(5).
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go runs on
	return time.Duration(user+system) * tick
}

func residentMemory(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kB float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kB); n == 1 {
			return kB
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

func middle(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
