package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/desktop/xvfbtest"
)

// BenchmarkWindow measures Latchkey's window against a bare Fyne window of the same
// size, in turns on one display: the time from process start until its first page is
// shown, the memory that it holds then, and the processor time that it takes while
// nobody does anything. Medians are printed as ratios.
func BenchmarkWindow(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	for name, source := range map[string]string{"latchkey-desktop": ".", "bare": "./app/desktop/xvfbtest/barewindow"} {
		if said, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), source).CombinedOutput(); err != nil {
			b.Fatalf("go build %s: %v: %s", source, err, said)
		}
	}
	display, err := xvfbtest.Start(ctx, 960, 640)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(display.Close)
	var ours, bare []sample
	for round := 0; b.Loop(); round++ {
		home := filepath.Join(dir, fmt.Sprint("home", round))
		ours = append(ours, measure(b, display, filepath.Join(dir, "latchkey-desktop"), "Set up Latchkey", home))
		bare = append(bare, measure(b, display, filepath.Join(dir, "bare"), "Bare window", home))
	}
	ratio := func(of func(sample) float64) float64 { return middle(ours, of) / middle(bare, of) }
	b.ReportMetric(ratio(func(s sample) float64 { return s.shown.Seconds() }), "x-bare-time")
	b.ReportMetric(ratio(func(s sample) float64 { return s.memory }), "x-bare-memory")
	b.ReportMetric(100*middle(ours, func(s sample) float64 { return s.idle }), "%cpu-idle")
	b.ReportMetric(100*middle(bare, func(s sample) float64 { return s.idle }), "%cpu-idle-bare")
	b.ReportMetric(0, "ns/op") // two windows and the wait together: says nothing
}

type sample struct {
	shown  time.Duration
	memory float64 // resident, kB
	idle   float64 // share of one processor
}

func measure(b *testing.B, display *xvfbtest.Display, program, title, home string) sample {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program)
	command.Env = append(append(os.Environ(), display.Env()...), "HOME="+home, "XDG_CONFIG_HOME="+home, "LATCHKEY_HOME="+home)
	begun := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	if _, err := display.Find(ctx, title); err != nil {
		b.Fatal(err)
	}
	s := sample{shown: time.Since(begun)}
	pid := command.Process.Pid
	const settle, watch = time.Second, 3 * time.Second
	<-time.After(settle) // what starting up still has to do
	before := processorTime(b, pid)
	<-time.After(watch)
	s.idle = (processorTime(b, pid) - before).Seconds() / watch.Seconds()
	s.memory = residentMemory(b, pid)
	return s
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
