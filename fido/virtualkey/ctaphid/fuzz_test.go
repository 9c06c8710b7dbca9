package ctaphid

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"testing"
)

// tape is a Port that plays reports to the server and records its answers.
type tape struct {
	mu       sync.Mutex
	reports  []Report
	answered []Report
}

func (t *tape) ReadReport() (Report, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.reports) == 0 {
		return Report{}, io.EOF
	}
	r := t.reports[0]
	t.reports = t.reports[1:]
	return r, nil
}

func (t *tape) WriteReport(r Report) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answered = append(t.answered, r)
	return nil
}

func (*tape) Discard() error { return nil }
func (*tape) Close() error   { return nil }

// lastNonce is that of the INIT after all that is played.
var lastNonce = []byte("the end.")

// FuzzCTAPHID plays any reports to a server. All that it answers must be whole messages of the device, and after all of it the
// server must still serve.
func FuzzCTAPHID(f *testing.F) {
	seed := func(messages ...[]Report) {
		var data []byte
		for _, r := range slices.Concat(messages...) {
			data = append(data, r[:]...)
		}
		f.Add(data)
	}
	hello := packets(broadcast, cmdInit, initNonce)
	long := packets(1, cmdPing, bytes.Repeat([]byte{7}, 200))
	seed()
	seed(hello)
	seed(hello, long)
	seed(hello, packets(1, cmdPing, make([]byte, maxMessage)))
	seed(hello, long[:2], long[3:])
	seed(hello, long[:1], hello, long[1:])
	seed(hello, long[:1], packets(1, cmdInit, initNonce))
	seed(hello, hello, long[:1], packets(2, cmdPing, nil))
	seed(hello, packets(1, cmdCBOR, touch), packets(1, cmdCancel, nil))
	seed(hello, packets(1, cmdCBOR, touch), packets(1, cmdInit, initNonce), packets(1, cmdWink, nil))
	seed(hello, packets(1, cmdCBOR, []byte{4}), packets(1, cmdMsg, []byte{0, 3, 0, 0}))
	seed(packets(0, cmdPing, nil), packets(3, cmdInit, initNonce), packets(broadcast, cmdPing, nil))
	seed(hello, packets(1, 0x7F, nil), packets(1, cmdWink, []byte{1}), packets(1, 0x04, []byte{1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		played := &tape{}
		for chunk := range slices.Chunk(data, ReportSize) {
			var r Report
			copy(r[:], chunk)
			played.reports = append(played.reports, r)
		}
		played.reports = append(played.reports, packets(broadcast, cmdInit, lastNonce)...)
		if err := NewServer(played, &echo{}, Options{}).Run(t.Context()); err == nil {
			t.Fatal("the server ended without a reason")
		}
		if !checkAnswers(t, played.answered) {
			t.Error("the last INIT was not answered")
		}
	})
}

// checkAnswers checks that the reports are whole, known messages, and reports whether one of them answers the last INIT.
func checkAnswers(t *testing.T, reports []Report) (welcomed bool) {
	t.Helper()
	for len(reports) > 0 {
		m := begin(&reports[0])
		if !reports[0].initial() {
			t.Fatalf("%x continues nothing", reports[0])
		}
		if reports = reports[1:]; m.size > maxMessage {
			t.Fatalf("a message of %d bytes", m.size)
		}
		for !m.complete() {
			if len(reports) == 0 || reports[0].initial() || reports[0].channel() != m.channel || !m.proceed(&reports[0]) {
				t.Fatalf("message %02x is not complete", m.command)
			}
			reports = reports[1:]
		}
		switch m.command {
		case cmdPing, cmdWink, cmdCBOR, cmdMsg:
		case cmdInit:
			welcomed = welcomed || m.channel == broadcast && bytes.Equal(m.data[:8], lastNonce)
		case cmdKeepAlive:
			if m.size != 1 || m.data[0] != 1 && m.data[0] != 2 {
				t.Fatalf("keep-alive says %x", m.data)
			}
		case cmdError:
			if m.size != 1 || !slices.Contains([]byte{0x01, 0x03, 0x04, 0x05, 0x06, 0x0B, 0x7F}, m.data[0]) {
				t.Fatalf("error says %x", m.data)
			}
		default:
			t.Fatalf("unknown message %02x", m.command)
		}
	}
	return welcomed
}
