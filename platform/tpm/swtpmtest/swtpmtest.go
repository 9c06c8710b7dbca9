//go:build linux

// Package swtpmtest runs a software TPM, that of swtpm, for a test.
package swtpmtest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// patience bounds each wait; swtpm starts and stops within milliseconds.
const patience = 20 * time.Second

// TPM is a software TPM, which ends with its test.
type TPM struct {
	t       testing.TB
	dir     string
	process *exec.Cmd
	said    bytes.Buffer // on its standard error; to be read when it has ended
	done    chan error
}

// Start starts a new TPM.
func Start(t testing.TB) *TPM {
	t.Helper()
	if _, err := exec.LookPath("swtpm"); err != nil {
		t.Fatal("swtpm is not installed: run make deps")
	}
	// The path of a socket has 107 bytes at most, which that of t.TempDir can exceed.
	dir, err := os.MkdirTemp("", "swtpm-")
	if err != nil {
		t.Fatal(err)
	}
	tpm := &TPM{t: t, dir: dir}
	t.Cleanup(func() {
		tpm.stop()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	tpm.start()
	return tpm
}

// Path is that of the socket on which the TPM listens.
func (m *TPM) Path() string { return filepath.Join(m.dir, "tpm") }

// Restart switches the TPM off in good order and on again.
func (m *TPM) Restart() {
	m.t.Helper()
	m.stop()
	m.start()
}

// Stop switches the TPM off.
func (m *TPM) Stop() {
	m.t.Helper()
	m.stop()
}

func (m *TPM) start() {
	m.t.Helper()
	m.process = exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+m.dir,
		"--server", "type=unixio,path="+m.Path(), "--ctrl", "type=unixio,path="+m.Path()+".ctrl",
		"--flags", "not-need-init,startup-clear")
	m.process.Stderr = &m.said
	if err := m.process.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.done = make(chan error, 1)
	go func(process *exec.Cmd, done chan<- error) { done <- process.Wait() }(m.process, m.done)

	deadline, again := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer again.Stop()
	for {
		connection, err := net.Dial("unix", m.Path())
		if err == nil {
			connection.Close()
			return
		}
		select {
		case <-again.C:
		case err := <-m.done:
			m.process = nil
			m.t.Fatalf("swtpm has ended: %v\n%s", err, m.said.String())
		case <-deadline:
			m.t.Fatalf("swtpm does not listen: %v", err)
		}
	}
}

// stop does what the kernel does when a computer is switched off: a TPM that loses its
// power without TPM2_Shutdown takes it for an attack.
func (m *TPM) stop() {
	m.t.Helper()
	if m.process == nil {
		return
	}
	if tpm, err := linuxudstpm.Open(m.Path()); err != nil {
		m.t.Error(err)
	} else if _, err := (tpm2.Shutdown{ShutdownType: tpm2.TPMSUClear}).Execute(tpm); err != nil {
		m.t.Error(err)
	}
	if err := m.process.Process.Signal(syscall.SIGTERM); err != nil {
		m.t.Error(err)
	}
	select {
	case <-m.done:
	case <-time.After(patience):
		m.t.Errorf("swtpm does not end")
		if err := m.process.Process.Kill(); err != nil {
			m.t.Error(err)
		}
		<-m.done
	}
	m.process = nil
	for _, socket := range []string{m.Path(), m.Path() + ".ctrl"} {
		if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
			m.t.Error(err)
		}
	}
}
