//go:build unix

package main

import (
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long a command that was interrupted has to end, with all that it has
// started.
const patience = 10 * time.Second

// runGroup runs a command of ctx in a process group of its own. When ctx ends, the whole
// group is told to end by SIGTERM, and killed when patience is over: the command alone
// would leave behind what it has started.
//
// At a terminal the group is in the background. Ctrl-C reaches the caller, whose ctx
// passes it on; a command that read from the terminal would be stopped for good, so it
// must be given another input.
func runGroup(ctx context.Context, command *exec.Cmd, patience time.Duration) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = patience
	err := command.Run()
	if ctx.Err() != nil && command.Process != nil {
		endGroup(command.Process.Pid, patience)
	}
	return err
}

// endGroup waits until a process group is empty, and kills what is left of it when
// patience is over.
func endGroup(group int, patience time.Duration) {
	over := time.NewTimer(patience)
	defer over.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) {
		select {
		case <-again.C:
		case <-over.C:
			_ = syscall.Kill(-group, syscall.SIGKILL) // fails if the last has just ended
			return
		}
	}
}
