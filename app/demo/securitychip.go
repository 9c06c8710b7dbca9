package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// switchOnTPM starts a software TPM where latchkey looks for that of the computer.
func (s *stage) switchOnTPM(ctx context.Context) error {
	socket := filepath.Join(s.home, "tpm")
	s.env = append(s.env, "LATCHKEY_TPM="+socket)
	s.tpm = exec.CommandContext(ctx, "swtpm", "socket", "--tpm2", "--tpmstate", "dir="+s.home,
		"--server", "type=unixio,path="+socket, "--ctrl", "type=unixio,path="+socket+".ctrl",
		"--flags", "not-need-init,startup-clear")
	if err := s.tpm.Start(); err != nil {
		return fmt.Errorf("the software TPM: %w. Install it with: make deps", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		connection, err := net.Dial("unix", socket)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the software TPM does not listen: %w", err)
		}
	}
}

func (s *stage) switchOffTPM() {
	if s.tpm != nil && s.tpm.Process != nil {
		_ = s.tpm.Process.Signal(syscall.SIGTERM)
		_ = s.tpm.Wait()
	}
}

// chip shows a computer's own security chip as a second key, which signs in by itself
// where the first is not at hand.
func chip(ctx context.Context, s *stage) error {
	s.chapter("This computer as a second key")
	if err := s.switchOnTPM(ctx); err != nil {
		return err
	}
	s.note("A software TPM stands where the computer's would be. The PIN is the person's own and the TPM checks it.")
	if err := s.latchkey(step{
		args: []string{"enroll", "--with", "this-computer", "--pin-stdin"}, in: []string{pin}, want: "Added Security chip",
	}).run(ctx); err != nil {
		return err
	}
	if err := s.control("unplug"); err != nil {
		return err
	}
	login := []string{"login", "--username", username, "--password-stdin", "--pin-stdin"}
	if err := s.latchkey(step{
		about: "the key left at home", args: login, in: []string{password, pin}, want: "Security chip", withoutNetwork: true,
	}).run(ctx); err != nil {
		return err
	}
	if err := s.latchkey(step{
		about: "a wrong PIN", args: login, in: []string{password, "000000"}, exit: 5, want: "Wrong PIN. 2 tries left.",
	}).run(ctx); err != nil {
		return err
	}
	return s.control("replug")
}
