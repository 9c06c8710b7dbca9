package virtualkey

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"latchkey/fido/virtualkey/ctaphid"
)

// writeTimeout is how long a report may wait for a host that does not read, before all that it has not read is dropped: what a HID device does too.
const writeTimeout = time.Second

// packetSize is the size of what the host writes: a report ID (0), then the report.
const packetSize = 1 + ctaphid.ReportSize

// greeting begins the first packet of every application: CTAPHID_INIT to all, with its nonce of 8 bytes.
var greeting = []byte{0, 0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0, 8}

// port is a pseudo-terminal that stands in for a HID device. libfido2 takes any character device and falls back to reports of 64 bytes.
//
// A HID device gives each application a queue of its own; a terminal has one for all. So that what a dead application
// left does not reach the next one, the port keeps only the master open: the line then hangs up when the last application is gone.
type port struct {
	path   string
	master *os.File
	opens  *os.File // inotify: has something to read once the line was opened

	received []byte // of packets that are not complete
	attended bool   // an application had the line open when it was last looked at
	greeted  bool   // the packets are in step
}

// openPort makes a fresh pseudo-terminal.
func openPort() (*port, error) {
	// Non-blocking, so that deadlines and Close reach a goroutine that reads; and never our controlling terminal.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", os.NewSyscallError("open /dev/ptmx", err))
	}
	p := &port{master: os.NewFile(uintptr(fd), "/dev/ptmx")}
	if err := p.prepare(fd); err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", errors.Join(err, p.Close()))
	}
	return p, nil
}

// prepare makes the line ready for applications. Its settings last as long as the master.
func (p *port) prepare(master int) error {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return os.NewSyscallError("unlock", err)
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return os.NewSyscallError("number", err)
	}
	p.path = fmt.Sprintf("/dev/pts/%d", number)
	slave, err := os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(slave.Chmod(0o600), setRaw(slave), slave.Close()); err != nil {
		return err
	}
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("inotify_init", err)
	}
	p.opens = os.NewFile(uintptr(watch), "inotify")
	_, err = unix.InotifyAddWatch(watch, p.path, unix.IN_OPEN)
	return os.NewSyscallError("inotify_add_watch", err)
}

// setRaw makes the line carry bytes as they are, and whole reports: with VMIN below a report's size a host could read a part of one.
func setRaw(line *os.File) error {
	return control(line, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return os.NewSyscallError("tcgetattr", err)
		}
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = ctaphid.ReportSize, 0
		return os.NewSyscallError("tcsetattr", unix.IoctlSetTermios(fd, unix.TCSETS, t))
	})
}

// ReadReport implements [ctaphid.Port].
func (p *port) ReadReport() (ctaphid.Report, error) {
	buffer := make([]byte, packetSize)
	for {
		if report, ok := p.next(); ok {
			return report, nil
		}
		n, err := p.master.Read(buffer)
		switch {
		case err == nil:
			p.attended = true
			p.received = append(p.received, buffer[:n]...)
		case !errors.Is(err, unix.EIO):
			return ctaphid.Report{}, err
		case p.attended:
			p.attended, p.greeted, p.received = false, false, nil
			return ctaphid.Report{}, ctaphid.ErrHostGone
		default:
			if err := p.awaitOpen(); err != nil {
				return ctaphid.Report{}, err
			}
		}
	}
}

// next takes a report out of what was received. An application that died can have left a part of a packet; what
// comes before the greeting of the next one is dropped.
func (p *port) next() (ctaphid.Report, bool) {
	if !p.greeted {
		start := bytes.Index(p.received, greeting)
		if start < 0 {
			keep := min(len(p.received), len(greeting)-1) // may be the beginning of it
			p.received = p.received[len(p.received)-keep:]
			return ctaphid.Report{}, false
		}
		p.received, p.greeted = p.received[start:], true
	}
	if len(p.received) < packetSize {
		return ctaphid.Report{}, false
	}
	report := ctaphid.Report(p.received[1:packetSize])
	p.received = p.received[packetSize:]
	return report, true
}

// awaitOpen returns once the line was opened, perhaps a while ago.
func (p *port) awaitOpen() error {
	var events [4096]byte
	_, err := p.opens.Read(events[:])
	return err
}

// WriteReport implements [ctaphid.Port].
func (p *port) WriteReport(report ctaphid.Report) error {
	if err := p.master.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := p.master.Write(report[:])
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return p.Discard()
	case errors.Is(err, unix.EIO): // nobody is there to read it
		return nil
	default:
		return err
	}
}

// Discard implements [ctaphid.Port]: it flushes what is still on the way, then what has arrived, which only the other end can.
func (p *port) Discard() error {
	slave, err := os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return errors.Join(flush(p.master, unix.TCOFLUSH), flush(slave, unix.TCIFLUSH), slave.Close())
}

func flush(line *os.File, queue int) error {
	return control(line, func(fd int) error {
		return os.NewSyscallError("tcflush", unix.IoctlSetInt(fd, unix.TCFLSH, queue))
	})
}

// Close implements [ctaphid.Port]: for an application the device vanishes.
func (p *port) Close() error {
	var err error
	if p.opens != nil {
		err = p.opens.Close()
	}
	return errors.Join(err, p.master.Close())
}

// control calls do with the file's descriptor, without taking it out of Go's poller as File.Fd does.
func control(file *os.File, do func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if err := raw.Control(func(fd uintptr) { result = do(int(fd)) }); err != nil {
		return err
	}
	return result
}
