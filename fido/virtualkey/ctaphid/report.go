package ctaphid

import "encoding/binary"

const (
	// ReportSize is the size in bytes of a HID report in either direction, without a report ID.
	ReportSize = 64

	initHeader = 7 // channel, command, byte count
	contHeader = 5 // channel, sequence number

	// maxMessage is the longest message: one initialization packet and 128 continuation packets (CTAP 2.1 §11.2.4).
	maxMessage = (ReportSize - initHeader) + 128*(ReportSize-contHeader)

	broadcast = 0xFFFFFFFF
	initBit   = 0x80 // set in the fifth byte of an initialization packet
)

// Report is one HID report.
type Report [ReportSize]byte

// command is a CTAPHID command (CTAP 2.1 §11.2.9), without the bit that marks an initialization packet.
type command byte

const (
	cmdPing      command = 0x01
	cmdMsg       command = 0x03
	cmdInit      command = 0x06
	cmdWink      command = 0x08
	cmdCBOR      command = 0x10
	cmdCancel    command = 0x11
	cmdKeepAlive command = 0x3B
	cmdError     command = 0x3F
)

// errorCode is the payload of CTAPHID_ERROR (CTAP 2.1 §11.2.9.1.6). The two that are not here cannot come up: there is no
// CTAPHID_LOCK, which is optional, to require (ERR_LOCK_REQUIRED), nor another command with a parameter that could be wrong
// other than in its length (ERR_INVALID_PAR).
type errorCode byte

const (
	errInvalidCommand  errorCode = 0x01
	errInvalidLength   errorCode = 0x03
	errInvalidSequence errorCode = 0x04
	errMessageTimeout  errorCode = 0x05
	errChannelBusy     errorCode = 0x06
	errInvalidChannel  errorCode = 0x0B
	errOther           errorCode = 0x7F
)

func (r *Report) channel() uint32     { return binary.BigEndian.Uint32(r[:4]) }
func (r *Report) initial() bool       { return r[4]&initBit != 0 }
func (r *Report) command() command    { return command(r[4] &^ initBit) }
func (r *Report) byteCount() int      { return int(binary.BigEndian.Uint16(r[5:7])) }
func (r *Report) sequence() byte      { return r[4] }
func (r *Report) initialData() []byte { return r[initHeader:] }
func (r *Report) moreData() []byte    { return r[contHeader:] }

// message is a message of which packets may be missing yet.
type message struct {
	channel  uint32
	command  command
	size     int
	data     []byte
	sequence byte // the next one expected
}

// begin starts the message of an initialization packet.
func begin(r *Report) *message {
	m := &message{channel: r.channel(), command: r.command(), size: r.byteCount()}
	m.take(r.initialData())
	return m
}

// proceed takes a continuation packet and reports whether it was the expected one.
func (m *message) proceed(r *Report) bool {
	if r.sequence() != m.sequence {
		return false
	}
	m.sequence++
	m.take(r.moreData())
	return true
}

func (m *message) take(data []byte) {
	m.data = append(m.data, data[:min(len(data), m.size-len(m.data))]...)
}

func (m *message) complete() bool { return len(m.data) == m.size }

// packets cuts a message of at most maxMessage bytes into reports.
func packets(channel uint32, cmd command, data []byte) []Report {
	var first Report
	binary.BigEndian.PutUint32(first[:4], channel)
	first[4] = byte(cmd) | initBit
	binary.BigEndian.PutUint16(first[5:7], uint16(len(data)))
	rest := data[copy(first.initialData(), data):]
	reports := []Report{first}
	for sequence := byte(0); len(rest) > 0; sequence++ {
		var next Report
		binary.BigEndian.PutUint32(next[:4], channel)
		next[4] = sequence
		rest = rest[copy(next.moreData(), rest):]
		reports = append(reports, next)
	}
	return reports
}
