//go:build linux

package fprintdtest

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"
)

// Event is something that happens on the reader: a command of libfprint's virtual
// driver.
type Event string

// What can happen while a finger is awaited.
const (
	TooShort    Event = "RETRY 1" // the swipe was
	NotCentered Event = "RETRY 2" // the finger was
	Garbled     Event = "ERROR 5" // the reader answers nonsense, as one does while it is pulled out
	Broken      Event = "ERROR 0" // the driver fails
)

// Press is a finger on the reader, by the name that was given when it was enrolled.
func Press(finger string) Event { return Event("SCAN " + finger) }

// What is to happen does not happen yet. Without any event the driver gives up after half a second.
const (
	Nobody   Event = "SLEEP 60000" // comes, as long as any test waits
	Hesitate Event = "SLEEP 1500"
)

// stages is how many presses of a finger the virtual reader wants to know it.
const stages = 5

func (s *System) socket() string { return filepath.Join(s.dir, "reader") }

// keepReaderListening has the reader take commands even while nobody has claimed it.
func (s *System) keepReaderListening() {
	s.t.Helper()
	device := s.Reader()
	s.call(device, iDevice+".Claim", "")
	s.send("SET_KEEP_ALIVE 1")
	s.call(device, iDevice+".Release")
}

// Reader is the one reader's object on the bus.
func (s *System) Reader() dbus.ObjectPath {
	s.t.Helper()
	var devices []dbus.ObjectPath
	if err := s.call(manager, iManager+".GetDevices").Store(&devices); err != nil || len(devices) != 1 {
		s.t.Fatalf("fprintd has the readers %v, %v", devices, err)
	}
	return devices[0]
}

// Enrol makes a finger known, under a name that stands for what makes it unique.
func (s *System) Enrol(finger string) {
	s.t.Helper()
	device, statuses := s.Reader(), make(chan *dbus.Signal, 32)
	watcher := s.Connect()
	watcher.Signal(statuses)
	if err := watcher.AddMatchSignal(dbus.WithMatchInterface(iDevice), dbus.WithMatchMember("EnrollStatus")); err != nil {
		s.t.Fatal(err)
	}
	s.call(device, iDevice+".Claim", "")
	for range stages {
		s.send(Press(finger))
	}
	s.call(device, iDevice+".EnrollStart", "right-index-finger")
	s.await(statuses, iDevice+".EnrollStatus", func(signal *dbus.Signal) bool {
		if done := signal.Body[1] == true; !done {
			return false
		}
		if status := signal.Body[0]; status != "enroll-completed" {
			s.t.Fatalf("enrolment ended with %v", status)
		}
		return true
	})
	s.call(device, iDevice+".EnrollStop")
	s.call(device, iDevice+".Release")
}

// Next says what happens in the next verification. It is to be called before that
// claims the reader: the driver drops one command of a scan when the reader is opened,
// and this adds one to be dropped.
func (s *System) Next(events ...Event) {
	s.t.Helper()
	s.send(Press("dropped"))
	s.Now(events...)
}

// Now says what happens in the verification that goes on, or in the next one of a
// reader that is claimed already.
func (s *System) Now(events ...Event) {
	s.t.Helper()
	for _, event := range events {
		s.send(event)
	}
}

// Unplug pulls the reader out. Who uses it hears of it with the next event, or when the
// driver has given up waiting for one.
func (s *System) Unplug() {
	s.t.Helper()
	s.send("UNPLUG")
}

// send gives the virtual driver one command. It takes one connection at a time and
// closes it when it has read the command.
func (s *System) send(command Event) {
	s.t.Helper()
	err := func() error {
		conn, err := net.Dial("unix", s.socket())
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := io.WriteString(conn, string(command)); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, conn)
		return err
	}()
	if err != nil {
		s.t.Fatal(fmt.Errorf("%s: %w", command, err))
	}
}

// Verifying returns a channel that is closed when the next verification has begun.
func (s *System) Verifying() <-chan struct{} {
	s.t.Helper()
	signals, begun := make(chan *dbus.Signal, 8), make(chan struct{})
	watcher := s.Connect()
	watcher.Signal(signals)
	if err := watcher.AddMatchSignal(dbus.WithMatchInterface(iDevice), dbus.WithMatchMember("VerifyFingerSelected")); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		for signal := range signals { // ends with the connection
			if signal.Name == iDevice+".VerifyFingerSelected" {
				close(begun)
				return
			}
		}
	}()
	return begun
}
