package virtualkey

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"latchkey/fido/virtualkey/ctaphid"
)

// writeTimeout is how long a report may wait for a host that does not read, before all that it has not read is dropped: what a HID device does too.
const writeTimeout = time.Second

// port is a pseudo-terminal that stands in for a HID device. libfido2 takes any character device and falls back to reports of 64
// bytes; it writes them with a report ID (0) in front.
type port struct {
	path   string
	master *os.File
	slave  *os.File // kept open, or the line hangs up each time an application closes it
}

// openPort makes a fresh pseudo-terminal.
func openPort() (*port, error) {
	// Non-blocking, so that deadlines and Close reach a goroutine that reads; and never our controlling terminal.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", os.NewSyscallError("open /dev/ptmx", err))
	}
	p := &port{master: os.NewFile(uintptr(fd), "/dev/ptmx")}
	if err := p.openSlave(fd); err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", errors.Join(err, p.Close()))
	}
	return p, nil
}

func (p *port) openSlave(master int) error {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return os.NewSyscallError("unlock", err)
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return os.NewSyscallError("number", err)
	}
	p.path = fmt.Sprintf("/dev/pts/%d", number)
	p.slave, err = os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	if err := p.slave.Chmod(0o600); err != nil {
		return err
	}
	return setRaw(p.slave)
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
func (p *port) ReadReport() (report ctaphid.Report, err error) {
	var packet [1 + ctaphid.ReportSize]byte // a report ID first
	if _, err := io.ReadFull(p.master, packet[:]); err != nil {
		return report, err
	}
	return ctaphid.Report(packet[1:]), nil
}

// WriteReport implements [ctaphid.Port].
func (p *port) WriteReport(report ctaphid.Report) error {
	if err := p.master.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := p.master.Write(report[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return p.Discard()
	}
	return err
}

// Drained implements [ctaphid.Port].
func (p *port) Drained() bool {
	unread := 0
	err := control(p.slave, func(fd int) (err error) {
		unread, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
		return err
	})
	return err == nil && unread == 0
}

// Discard implements [ctaphid.Port]. Flushing the master's output reaches both buffers on the way, the slave's input only the second.
func (p *port) Discard() error {
	return control(p.master, func(fd int) error {
		return os.NewSyscallError("tcflush", unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH))
	})
}

// Close implements [ctaphid.Port]: for an application the device vanishes.
func (p *port) Close() error {
	var err error
	if p.slave != nil {
		err = p.slave.Close()
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
