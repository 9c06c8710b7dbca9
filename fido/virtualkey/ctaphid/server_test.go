package ctaphid

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// touch is a request that waits for a touch.
var touch = []byte{0xFF}

func TestChannelsAreDistinct(t *testing.T) {
	connect(t, Options{}, func(h host) {
		one, two := h.open(), h.open()
		if one == two || one == 0 || one == broadcast {
			t.Errorf("channels are %08x and %08x", one, two)
		}
	})
}

func TestNothingIsLeftOfApplicationsThatAreGone(t *testing.T) {
	connect(t, Options{}, func(h host) {
		channel := h.open()
		for i, left := range []Report{packets(channel, cmdCBOR, touch)[0], packets(channel, cmdPing, make([]byte, 200))[0]} {
			h.send(left)
			synctest.Wait()
			h.wire.gone <- struct{}{}
			synctest.Wait()
			if n := int(h.wire.discards.Load()); n != i+1 {
				t.Errorf("%d times old reports were dropped, want %d", n, i+1)
			}
			for len(h.wire.toHost) > 0 { // keep-alives of before
				h.receive()
			}
			h.send(packets(channel, cmdPing, nil)...)
			h.expect(channel, cmdPing)
		}
		<-time.After(time.Minute)
		h.silence()
	})
}

func TestPingOfEverySize(t *testing.T) {
	connect(t, Options{}, func(h host) {
		channel := h.open()
		for _, size := range []int{0, 1, 57, 58, 116, 117, 1200, maxMessage} {
			data := bytes.Repeat([]byte{byte(size)}, size)
			h.send(packets(channel, cmdPing, data)...)
			h.expect(channel, cmdPing, data...)
		}
	})
}

func TestCommands(t *testing.T) {
	long := packets(1, cmdPing, nil)[0]
	binary.BigEndian.PutUint16(long[5:], maxMessage+1)
	tests := []struct {
		name    string
		options Options
		send    []Report
		channel uint32
		command command
		data    []byte
	}{
		{"wink", Options{}, packets(1, cmdWink, nil), 1, cmdWink, nil},
		{"wink with data", Options{}, packets(1, cmdWink, []byte{1}), 1, cmdError, []byte{0x03}},
		{"CBOR", Options{}, packets(1, cmdCBOR, []byte{4}), 1, cmdCBOR, []byte{4}},
		{"CBOR of nothing", Options{}, packets(1, cmdCBOR, nil), 1, cmdError, []byte{0x03}},
		{"CBOR with an endless answer", Options{}, packets(1, cmdCBOR, []byte{0xFE}), 1, cmdError, []byte{0x7F}},
		{"CBOR without an answer", Options{}, packets(1, cmdCBOR, []byte{0xFD}), 1, cmdError, []byte{0x7F}},
		{"CBOR to a U2F key", Options{U2FOnly: true}, packets(1, cmdCBOR, []byte{4}), 1, cmdError, []byte{0x01}},
		{"U2F", Options{}, packets(1, cmdMsg, []byte{4}), 1, cmdMsg, []byte{4, 0x90, 0}},
		{"U2F of nothing", Options{}, packets(1, cmdMsg, nil), 1, cmdError, []byte{0x03}},
		{"U2F to a U2F key", Options{U2FOnly: true}, packets(1, cmdMsg, []byte{4}), 1, cmdMsg, []byte{4, 0x90, 0}},
		{"unknown command", Options{}, packets(1, 0x22, nil), 1, cmdError, []byte{0x01}},
		{"LOCK", Options{}, packets(1, 0x04, []byte{1}), 1, cmdError, []byte{0x01}},
		{"KEEPALIVE from the host", Options{}, packets(1, cmdKeepAlive, []byte{1}), 1, cmdError, []byte{0x01}},
		{"too long", Options{}, []Report{long}, 1, cmdError, []byte{0x03}},
		{"channel zero", Options{}, packets(0, cmdPing, nil), 0, cmdError, []byte{0x0B}},
		{"channel that is not allocated", Options{}, packets(2, cmdPing, nil), 2, cmdError, []byte{0x0B}},
		{"ping to all", Options{}, packets(broadcast, cmdPing, nil), broadcast, cmdError, []byte{0x0B}},
		{"INIT on channel zero", Options{}, packets(0, cmdInit, initNonce), 0, cmdError, []byte{0x0B}},
		{"INIT on a channel that is not allocated", Options{}, packets(9, cmdInit, initNonce), 9, cmdError, []byte{0x0B}},
		{"INIT with a short nonce", Options{}, packets(broadcast, cmdInit, initNonce[:7]), broadcast, cmdError, []byte{0x03}},
		{"INIT with a long nonce", Options{}, packets(1, cmdInit, append(initNonce, 9)), 1, cmdError, []byte{0x03}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			connect(t, test.options, func(h host) {
				if channel := h.open(); channel != 1 {
					t.Fatalf("the first channel is %08x", channel)
				}
				h.send(test.send...)
				h.expect(test.channel, test.command, test.data...)
				h.send(packets(1, cmdPing, []byte("still there"))...)
				h.expect(1, cmdPing, []byte("still there")...)
			})
		})
	}
}

func TestWinkReachesTheDevice(t *testing.T) {
	connect(t, Options{}, func(h host) {
		channel := h.open()
		h.send(packets(channel, cmdWink, nil)...)
		h.expect(channel, cmdWink)
		if h.device.winks != 1 {
			t.Errorf("winked %d times", h.device.winks)
		}
	})
}

func TestContinuationPackets(t *testing.T) {
	data := bytes.Repeat([]byte{7}, 200)
	connect(t, Options{}, func(h host) {
		one, two := h.open(), h.open()
		message, other := packets(one, cmdPing, data), packets(two, cmdPing, data)

		h.send(message[1]) // belongs to nothing
		h.silence()

		h.send(message[0], message[2]) // out of order
		h.expect(one, cmdError, byte(errInvalidSequence))
		h.send(message[1:]...) // of what is given up already
		h.silence()

		h.send(message[0], message[0]) // begins again
		h.expect(one, cmdError, byte(errInvalidSequence))

		h.send(message[0], other[1], message[1]) // of another channel: ignored
		h.send(other[0])
		h.expect(two, cmdError, byte(errChannelBusy))
		h.send(message[2:]...)
		h.expect(one, cmdPing, data...)
	})
}

func TestMessageTimeout(t *testing.T) {
	message := packets(1, cmdPing, make([]byte, 200))
	connect(t, Options{}, func(h host) {
		channel := h.open()
		start := time.Now()
		h.send(message[0])
		<-time.After(2 * time.Second)
		h.send(message[1])
		h.expect(channel, cmdError, byte(errMessageTimeout))
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("the message timed out after %v, want 3 s after its last packet", took)
		}
		h.send(message[2])
		h.silence()
	})
}

func TestKeepAlive(t *testing.T) {
	connect(t, Options{}, func(h host) {
		channel := h.open()
		h.send(packets(channel, cmdCBOR, touch)...)
		for i := range 5 {
			start := time.Now()
			r := h.receive()
			if r.channel() != channel || r.command() != cmdKeepAlive || r.byteCount() != 1 || r.initialData()[0] != 2 {
				t.Fatalf("got %x, want a keep-alive that asks for a touch", r)
			}
			if took := time.Since(start); i > 0 && took != 100*time.Millisecond {
				t.Errorf("keep-alive came after %v, want 100 ms", took)
			}
		}
		h.send(packets(channel, cmdCancel, nil)...)
		h.expect(channel, cmdCBOR, 0x2D)
		<-time.After(time.Second)
		h.silence()
	})
}

func TestBusy(t *testing.T) {
	connect(t, Options{}, func(h host) {
		one, two := h.open(), h.open()
		h.send(packets(one, cmdCBOR, touch)...)
		synctest.Wait()
		h.send(packets(two, cmdPing, nil)...)
		h.expect(two, cmdError, byte(errChannelBusy))
		h.send(packets(one, cmdPing, nil)...)
		h.expect(one, cmdError, byte(errChannelBusy))
		h.send(packets(two, cmdCancel, nil)...) // not theirs to cancel
		three := h.open()                       // channels can be had at any time
		h.send(packets(three, cmdWink, nil)...)
		h.expect(three, cmdError, byte(errChannelBusy))
		h.send(packets(one, cmdCancel, nil)...)
		h.expect(one, cmdCBOR, 0x2D)
		h.send(packets(two, cmdPing, nil)...)
		h.expect(two, cmdPing)
	})
}

func TestCancelOfNothingIsIgnored(t *testing.T) {
	connect(t, Options{}, func(h host) {
		channel := h.open()
		h.send(packets(channel, cmdCancel, nil)...)
		h.silence()
	})
}

func TestInitOnAChannelGivesUpWhatGoesOnThere(t *testing.T) {
	connect(t, Options{}, func(h host) {
		one, two := h.open(), h.open()
		reply := func(channel uint32) []byte {
			return append(binary.BigEndian.AppendUint32(append([]byte(nil), initNonce...), channel), 2, 1, 0, 0, 5)
		}
		h.send(packets(one, cmdPing, make([]byte, 200))[0])
		h.send(packets(one, cmdInit, initNonce)...)
		h.expect(one, cmdInit, reply(one)...)

		h.send(packets(one, cmdCBOR, touch)...)
		h.send(packets(two, cmdInit, initNonce)...)
		h.expect(two, cmdInit, reply(two)...)
		h.send(packets(one, cmdInit, initNonce)...)
		h.expect(one, cmdInit, reply(one)...)
		h.send(packets(one, cmdPing, nil)...)
		h.expect(one, cmdPing) // and no answer to the request
		<-time.After(time.Second)
		h.silence()
	})
}

func TestUnplugEndsARequest(t *testing.T) {
	connect(t, Options{}, func(h host) {
		channel := h.open()
		h.send(packets(channel, cmdCBOR, touch)...)
		synctest.Wait()
		if err := h.wire.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLastChannel(t *testing.T) {
	w := newWire()
	s := NewServer(w, &echo{}, Options{})
	s.allocated = broadcast - 1
	if err := s.initialize(&packets(broadcast, cmdInit, initNonce)[0]); err != nil {
		t.Fatal(err)
	}
	if r := <-w.toHost; r.command() != cmdError || errorCode(r.initialData()[0]) != errChannelBusy {
		t.Errorf("got %x", r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || err.Error() != "read a report: "+io.EOF.Error() {
		t.Errorf("the server ended with %v", err)
	}
}
