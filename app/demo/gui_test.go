package main

import (
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
)

func TestAgrees(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " Yes \n": true, "n\n": false, "\n": false, "yes, but\n": false, "": false, "y": false} {
		if got := agrees(t.Context(), strings.NewReader(answer), "Well? "); got != want {
			t.Errorf("%q agrees: %t", answer, got)
		}
	}
}

func TestQuestionEndsWithItsContext(t *testing.T) {
	in, out := io.Pipe() // nobody answers
	defer out.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if agrees(ctx, in, "Well? ") {
		t.Error("the end of the program was taken for a yes")
	}
}

func TestEndingTheAppIsNoFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := show(ctx, exec.CommandContext(ctx, "sleep", "60")); err != nil {
		t.Errorf("ended by the person: %v", err)
	}
	if err := show(t.Context(), exec.CommandContext(t.Context(), "false")); err == nil {
		t.Error("a failure of the app was lost")
	}
}
