package ctaphid

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a Port whose other end is a test.
type wire struct {
	toDevice chan Report
	toHost   chan Report
	closed   chan struct{}
	once     sync.Once

	gone     chan struct{} // the last application leaves
	discards atomic.Int32
}

func newWire() *wire {
	return &wire{toDevice: make(chan Report), toHost: make(chan Report, 1024), closed: make(chan struct{}), gone: make(chan struct{})}
}

func (w *wire) ReadReport() (Report, error) {
	select {
	case r := <-w.toDevice:
		return r, nil
	case <-w.gone:
		return Report{}, ErrHostGone
	case <-w.closed:
		return Report{}, io.EOF
	}
}

func (w *wire) WriteReport(r Report) error {
	select {
	case w.toHost <- r:
		return nil
	case <-w.closed:
		return io.ErrClosedPipe
	}
}

func (w *wire) Discard() error {
	w.discards.Add(1)
	return nil
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

// echo is a Device that answers with the request. One that begins with 0xFF waits for a touch until it is cancelled; one with
// 0xFE is answered with more than a message can carry, one with 0xFD with nothing.
type echo struct {
	mu    sync.Mutex
	winks int
}

func (*echo) CBOR(ctx context.Context, request []byte, progress func(byte)) []byte {
	switch request[0] {
	case 0xFF:
		progress(2)
		<-ctx.Done()
		return []byte{0x2D}
	case 0xFE:
		return make([]byte, maxMessage+1)
	case 0xFD:
		return nil
	default:
		return request
	}
}

func (*echo) Message(_ context.Context, request []byte) []byte { return append(request, 0x90, 0x00) }

func (e *echo) Wink() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.winks++
}

// host is an application on the wire.
type host struct {
	*testing.T
	wire   *wire
	device *echo
}

// connect runs a test against a server, on a clock that only moves while all wait.
func connect(t *testing.T, options Options, test func(h host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := host{T: t, wire: newWire(), device: &echo{}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- NewServer(h.wire, h.device, options).Run(ctx) }()
		test(h)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
			t.Errorf("the server ended with %v", err)
		}
	})
}

func (h host) send(reports ...Report) {
	h.Helper()
	for _, r := range reports {
		select {
		case h.wire.toDevice <- r:
		case <-time.After(time.Minute):
			h.Fatal("the server does not read")
		}
	}
}

func (h host) receive() Report {
	h.Helper()
	select {
	case r := <-h.wire.toHost:
		return r
	case <-time.After(time.Minute):
		h.Fatal("no report came")
		return Report{}
	}
}

// message receives a whole message, keep-alives aside.
func (h host) message() *message {
	h.Helper()
	for {
		first := h.receive()
		if first.command() == cmdKeepAlive {
			continue
		}
		m := begin(&first)
		for !m.complete() {
			if next := h.receive(); next.channel() != m.channel || !m.proceed(&next) {
				h.Fatalf("report %x does not continue the message", next)
			}
		}
		return m
	}
}

// expect receives a message that must be this one.
func (h host) expect(channel uint32, cmd command, data ...byte) {
	h.Helper()
	m := h.message()
	if m.channel != channel || m.command != cmd || !bytes.Equal(m.data, data) {
		h.Fatalf("got %08x %02x %x, want %08x %02x %x", m.channel, m.command, m.data, channel, cmd, data)
	}
}

// silence checks that nothing comes until all wait.
func (h host) silence() {
	h.Helper()
	synctest.Wait()
	select {
	case r := <-h.wire.toHost:
		h.Fatalf("unexpected report %x", r)
	default:
	}
}

var initNonce = []byte{1, 2, 3, 4, 5, 6, 7, 8}

// open allocates a channel.
func (h host) open() uint32 {
	h.Helper()
	h.send(packets(broadcast, cmdInit, initNonce)...)
	m := h.message()
	if m.channel != broadcast || m.command != cmdInit || len(m.data) != 17 || !bytes.Equal(m.data[:8], initNonce) {
		h.Fatalf("INIT was answered with %08x %02x %x", m.channel, m.command, m.data)
	}
	if !slices.Equal(m.data[12:], []byte{2, 1, 0, 0, 5}) && !slices.Equal(m.data[12:], []byte{2, 1, 0, 0, 1}) {
		h.Fatalf("INIT tells of %x", m.data[12:])
	}
	return binary.BigEndian.Uint32(m.data[8:])
}
