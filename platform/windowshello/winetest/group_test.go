//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestInterruptReachesWhatTheCommandStarted waits for the end of an output that a child
// of the command holds open as long as it lives.
func TestInterruptReachesWhatTheCommandStarted(t *testing.T) {
	for name, c := range map[string]struct {
		script   string
		patience time.Duration
		rest     string
	}{
		"heeded":                   {`sleep 300 & echo started; wait`, patience, ""},
		"heeded after the command": {`(trap "echo ended; exit" TERM; echo started; while :; do sleep 0.1; done) & wait`, patience, "ended\n"},
		"not heeded":               {`(trap "" TERM; echo started; sleep 300) & wait`, 100 * time.Millisecond, ""},
		"nor by the command":       {`trap "" TERM; echo started; sleep 300; :`, 100 * time.Millisecond, ""},
	} {
		t.Run(name, func(t *testing.T) {
			output, held, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer output.Close()
			if err := output.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			command := exec.CommandContext(ctx, "sh", "-c", c.script)
			command.Stdout = held
			ended := make(chan error, 1)
			go func() { ended <- runGroup(ctx, command, c.patience) }()
			said := bufio.NewReader(output)
			if line, err := said.ReadString('\n'); err != nil || line != "started\n" {
				t.Fatalf("%q, %v", line, err)
			}
			interrupt()
			if err := <-ended; err == nil {
				t.Error("it ended as if it had not been interrupted")
			}
			held.Close()
			if rest, err := io.ReadAll(said); err != nil || string(rest) != c.rest {
				t.Errorf("somebody is left, or it said %q: %v", rest, err)
			}
		})
	}
}

func TestCommandRunsToItsEnd(t *testing.T) {
	if err := runGroup(t.Context(), exec.CommandContext(t.Context(), "sh", "-c", "exit 0"), time.Hour); err != nil {
		t.Error(err)
	}
	missing := exec.CommandContext(t.Context(), "latchkey-has-no-such-command")
	if err := runGroup(t.Context(), missing, time.Hour); err == nil {
		t.Error("a command that does not exist has run")
	}
}
