// Package ctaphid is the device side of CTAPHID, the framing of CTAP over USB HID (CTAP 2.1 §11.2): it puts messages
// together from reports of 64 bytes, keeps the channels of several applications apart, and tells an application that waits that
// the key is still at work.
package ctaphid

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Capabilities of a device, as CTAPHID_INIT tells them (CTAP 2.1 §11.2.9.1.3).
const (
	capabilityWink = 0x01
	capabilityCBOR = 0x04

	protocolVersion = 2
	initNonceSize   = 8
)

// Device is the key behind the framing.
type Device interface {
	// CBOR runs a CTAP2 command and returns its response. Each change of the keep-alive status (1 processing, 2 touch
	// needed) goes to progress. When ctx ends it must return soon.
	CBOR(ctx context.Context, request []byte, progress func(status byte)) []byte
	// Message runs a U2F command and returns its response.
	Message(ctx context.Context, request []byte) []byte
	// Wink makes the key noticed.
	Wink()
}

// ErrHostGone is what [Port.ReadReport] returns once when no application has the device open any more.
var ErrHostGone = errors.New("no application has the device open")

// Port is the wire. One goroutine reads while another writes.
type Port interface {
	// ReadReport returns the next report of the host, [ErrHostGone] each time the last application left, and another error once
	// the port is closed or the wire is gone.
	ReadReport() (Report, error)
	// WriteReport sends a report to the host. Without an application to read it, the report is dropped.
	WriteReport(Report) error
	// Discard drops what the host has not read yet.
	Discard() error
	// Close ends a blocked ReadReport and WriteReport.
	Close() error
}

// Options are the knobs of a [Server].
type Options struct {
	// U2FOnly hides CTAPHID_CBOR: the key of the time before CTAP2.
	U2FOnly bool
	// MessageTimeout is how long the next packet of a message may take; zero means 3 s.
	MessageTimeout time.Duration
	// KeepAlive is the interval of CTAPHID_KEEPALIVE; zero means 100 ms (CTAP 2.1 §11.2.9.1.7).
	KeepAlive time.Duration
}

// Server serves one device on one port.
type Server struct {
	port    Port
	device  Device
	options Options

	allocated uint32       // channels 1 to this one exist
	partial   *message     // being received
	timeout   *time.Timer  // of partial
	running   *transaction // being processed
	beat      *time.Ticker // of running
	workers   sync.WaitGroup
}

// transaction is a request that the device works on.
type transaction struct {
	channel uint32
	command command
	cancel  context.CancelFunc
	done    chan []byte // the response
	changed chan byte   // the latest keep-alive status
	status  byte
}

// NewServer returns a server for the device on the port.
func NewServer(port Port, device Device, options Options) *Server {
	if options.MessageTimeout == 0 {
		options.MessageTimeout = 3 * time.Second
	}
	if options.KeepAlive == 0 {
		options.KeepAlive = 100 * time.Millisecond
	}
	return &Server{port: port, device: device, options: options}
}

// Run serves until ctx ends or the port fails, and closes the port. When it returns, the device is idle and nothing of it runs
// on. The error says why the port failed; it is ctx's if ctx ended.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	reports, gone, failed := make(chan Report), make(chan struct{}), make(chan error, 1)
	s.workers.Go(func() { failed <- s.read(ctx, reports, gone) })
	defer s.workers.Wait()
	defer s.port.Close()
	defer cancel()

	s.timeout = time.NewTimer(s.options.MessageTimeout)
	s.timeout.Stop()
	s.beat = time.NewTicker(s.options.KeepAlive)
	s.beat.Stop()
	defer s.beat.Stop()
	for {
		var err error
		done, changed := s.events()
		select {
		case report := <-reports:
			err = s.receive(ctx, &report)
		case <-gone:
			err = s.forsake()
		case <-s.timeout.C:
			err = s.abandon(errMessageTimeout)
		case status := <-changed:
			s.running.status = status
			err = s.keepAlive()
		case <-s.beat.C:
			err = s.keepAlive()
		case response := <-done:
			err = s.finish(response)
		case err = <-failed:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// read passes on what the host does, in order, until the port or ctx ends.
func (s *Server) read(ctx context.Context, reports chan<- Report, gone chan<- struct{}) error {
	for {
		report, err := s.port.ReadReport()
		reports, gone := reports, gone
		switch {
		case err == nil:
			gone = nil
		case errors.Is(err, ErrHostGone):
			reports = nil
		default:
			return fmt.Errorf("read a report: %w", err)
		}
		select {
		case reports <- report:
		case gone <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// forsake gives up all that was for applications that are gone, so that the next one begins as on a fresh device.
func (s *Server) forsake() error {
	if s.partial != nil {
		s.drop()
	}
	if s.running != nil {
		s.running.cancel()
		s.stop()
	}
	return s.port.Discard()
}

// events returns what the running transaction may send; nil channels if there is none.
func (s *Server) events() (done <-chan []byte, changed <-chan byte) {
	if s.running == nil {
		return nil, nil
	}
	return s.running.done, s.running.changed
}

// receive takes one report of the host.
func (s *Server) receive(ctx context.Context, r *Report) error {
	channel := r.channel()
	if !r.initial() {
		return s.proceed(ctx, r)
	}
	if r.command() == cmdInit {
		return s.initialize(r)
	}
	if channel == 0 || channel > s.allocated { // the broadcast channel is for INIT only
		return s.fail(channel, errInvalidChannel)
	}
	if r.command() == cmdCancel { // never answered by itself (§11.2.9.1.5)
		if s.running != nil && s.running.channel == channel {
			s.running.cancel()
		}
		return nil
	}
	if s.partial != nil && s.partial.channel == channel {
		return s.abandon(errInvalidSequence)
	}
	if s.partial != nil || s.running != nil {
		return s.fail(channel, errChannelBusy)
	}
	if r.byteCount() > maxMessage {
		return s.fail(channel, errInvalidLength)
	}
	s.partial = begin(r)
	return s.advance(ctx)
}

// proceed takes a continuation packet. One that belongs to nothing is ignored (§11.2.5.4).
func (s *Server) proceed(ctx context.Context, r *Report) error {
	if s.partial == nil || s.partial.channel != r.channel() {
		return nil
	}
	if !s.partial.proceed(r) {
		return s.abandon(errInvalidSequence)
	}
	return s.advance(ctx)
}

// advance carries the message out once it is complete.
func (s *Server) advance(ctx context.Context) error {
	if !s.partial.complete() {
		s.timeout.Reset(s.options.MessageTimeout)
		return nil
	}
	m := s.drop()
	switch m.command {
	case cmdPing:
		return s.send(m.channel, cmdPing, m.data)
	case cmdWink:
		if m.size != 0 {
			return s.fail(m.channel, errInvalidLength)
		}
		s.device.Wink()
		return s.send(m.channel, cmdWink, nil)
	case cmdCBOR:
		if s.options.U2FOnly {
			return s.fail(m.channel, errInvalidCommand)
		}
		if m.size == 0 {
			return s.fail(m.channel, errInvalidLength)
		}
		s.start(ctx, m)
		return nil
	case cmdMsg:
		if m.size == 0 {
			return s.fail(m.channel, errInvalidLength)
		}
		s.start(ctx, m)
		return nil
	default:
		return s.fail(m.channel, errInvalidCommand)
	}
}

// drop forgets the message being received and returns it.
func (s *Server) drop() *message {
	m := s.partial
	s.partial = nil
	s.timeout.Stop()
	return m
}

// abandon drops the message being received and says why.
func (s *Server) abandon(code errorCode) error {
	return s.fail(s.drop().channel, code)
}

// initialize answers CTAPHID_INIT: on the broadcast channel with a new channel, on an existing one by giving up whatever goes on there.
func (s *Server) initialize(r *Report) error {
	channel := r.channel()
	if channel == 0 || channel != broadcast && channel > s.allocated {
		return s.fail(channel, errInvalidChannel)
	}
	if r.byteCount() != initNonceSize {
		return s.fail(channel, errInvalidLength)
	}
	granted := channel
	if channel == broadcast {
		if s.allocated == broadcast-1 {
			return s.fail(channel, errChannelBusy)
		}
		s.allocated++
		granted = s.allocated
	} else {
		if s.partial != nil && s.partial.channel == channel {
			s.drop()
		}
		if s.running != nil && s.running.channel == channel {
			s.running.cancel()
			s.stop()
		}
	}
	capabilities := byte(capabilityWink | capabilityCBOR)
	if s.options.U2FOnly {
		capabilities = capabilityWink
	}
	response := append([]byte(nil), r.initialData()[:initNonceSize]...)
	response = binary.BigEndian.AppendUint32(response, granted)
	response = append(response, protocolVersion, 1, 0, 0, capabilities) // device version 1.0.0
	return s.send(channel, cmdInit, response)
}

// start lets the device work on a message.
func (s *Server) start(ctx context.Context, m *message) {
	ctx, cancel := context.WithCancel(ctx)
	t := &transaction{
		channel: m.channel,
		command: m.command,
		cancel:  cancel,
		done:    make(chan []byte, 1), // nobody may be left to receive
		changed: make(chan byte),
		status:  1,
	}
	s.running = t
	s.beat.Reset(s.options.KeepAlive)
	progress := func(status byte) {
		select {
		case t.changed <- status:
		case <-ctx.Done():
		}
	}
	s.workers.Go(func() {
		defer cancel()
		if m.command == cmdCBOR {
			t.done <- s.device.CBOR(ctx, m.data, progress)
		} else {
			t.done <- s.device.Message(ctx, m.data)
		}
	})
}

// keepAlive tells the application that waits how things stand.
func (s *Server) keepAlive() error {
	if s.running == nil || s.running.command != cmdCBOR {
		return nil
	}
	return s.send(s.running.channel, cmdKeepAlive, []byte{s.running.status})
}

// stop forgets the running transaction and returns it.
func (s *Server) stop() *transaction {
	t := s.running
	s.running = nil
	s.beat.Stop()
	return t
}

// finish sends the response of the running transaction, or an error if it is none that a message could carry.
func (s *Server) finish(response []byte) error {
	t := s.stop()
	if n := len(response); n == 0 || n > maxMessage {
		return s.fail(t.channel, errOther)
	}
	return s.send(t.channel, t.command, response)
}

// fail sends an error.
func (s *Server) fail(channel uint32, code errorCode) error {
	return s.send(channel, cmdError, []byte{byte(code)})
}

func (s *Server) send(channel uint32, cmd command, data []byte) error {
	for _, report := range packets(channel, cmd, data) {
		if err := s.port.WriteReport(report); err != nil {
			return fmt.Errorf("write a report: %w", err)
		}
	}
	return nil
}
