package tpm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// open opens the device or socket at path. What is said over a socket ends at until;
// for a device the kernel's driver has limits of its own.
func open(path string, until time.Time) (transport.TPMCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&os.ModeSocket != 0 {
		return transport.FromReadWriteCloser(&socket{path: path, until: until}), nil
	}
	return linuxtpm.Open(path)
}

// socket is a software TPM that listens. It serves one connection at a time, so each
// command has one of its own and nobody is kept out in between.
type socket struct {
	path  string
	until time.Time
	conn  net.Conn // between a command and its response
}

// Write sends a command.
func (s *socket) Write(command []byte) (n int, err error) {
	if err := s.Close(); err != nil {
		return 0, err
	}
	if s.conn, err = (&net.Dialer{Deadline: s.until}).Dial("unix", s.path); err != nil {
		s.conn = nil
		return 0, err
	}
	if err := s.conn.SetDeadline(s.until); err != nil {
		return 0, err
	}
	return s.conn.Write(command)
}

// Read reads the response to the command.
func (s *socket) Read(response []byte) (n int, err error) {
	if s.conn == nil {
		return 0, errors.New("no command was sent")
	}
	n, err = readResponse(s.conn, response)
	return n, errors.Join(err, s.Close())
}

// Close ends what was begun.
func (s *socket) Close() error {
	conn := s.conn
	if s.conn = nil; conn == nil {
		return nil
	}
	return conn.Close()
}

// readResponse reads one whole response: a header of tag, size and response code, TPM 2.0
// Library Part 1 §18.3, and as much more as the size says.
func readResponse(from io.Reader, response []byte) (int, error) {
	const header = 10 // bytes
	n, err := io.ReadFull(from, response[:header])
	if err != nil {
		return n, fmt.Errorf("response: %w", err)
	}
	size := binary.BigEndian.Uint32(response[2:])
	if size < header || size > uint32(len(response)) {
		return n, fmt.Errorf("response: it says that it has %d bytes", size)
	}
	if _, err := io.ReadFull(from, response[header:size]); err != nil {
		return n, fmt.Errorf("response: %w", err)
	}
	return int(size), nil
}
