package fprintd

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of fprintd's D-Bus interfaces.
const (
	serviceName      = "net.reactivated.Fprint"
	managerPath      = dbus.ObjectPath("/net/reactivated/Fprint/Manager")
	managerInterface = serviceName + ".Manager"
	deviceInterface  = serviceName + ".Device"
	statusMember     = "VerifyStatus"

	thisUser  = "" // whom the bus knows the caller to be
	anyFinger = "any"
)

// Names of the bus itself.
const (
	busName          = "org.freedesktop.DBus"
	nameOwnerChanged = "NameOwnerChanged"
)

// courtesy is how long an ended verification waits for fprintd to put the reader to
// rest, or to forget it. When it is over, closing the connection has the same effect.
const courtesy = 2 * time.Second

// session is a connection to a bus of which one verification is all there is. Its end
// is the end of every claim: fprintd watches those who have one.
type session struct {
	conn     *dbus.Conn
	end      context.CancelFunc
	patience time.Duration
	signals  chan *dbus.Signal
	readers  []dbus.ObjectPath

	// daemon is the unique name of fprintd's connection, which no other ever gets.
	// Everything is asked of it, and nothing is believed of others.
	daemon string
}

// open connects to the bus and finds fprintd.
func (c *Client) open(ctx context.Context) (*session, error) {
	s, err := connect(ctx, c.address)
	if err != nil {
		return nil, unreachable(err)
	}
	s.patience = c.patience
	if err := s.findDaemon(ctx); err != nil {
		s.close()
		return nil, s.explain(err)
	}
	return s, nil
}

// connect connects to the bus. The connection outlives ctx, so that after a ceremony
// that was called off the reader can be put to rest in good order.
func connect(ctx context.Context, address string) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lifetime, end := context.WithCancel(context.WithoutCancel(ctx))
	disarm := context.AfterFunc(ctx, end) // who waits for the bus may give up
	// In order, for the last thing said to be the last one heard.
	options := []dbus.ConnOption{dbus.WithContext(lifetime), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler())}
	var conn *dbus.Conn
	var err error
	if address == "" {
		conn, err = dbus.ConnectSystemBus(options...)
	} else {
		conn, err = dbus.Connect(address, options...)
	}
	if !disarm() {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		end()
		return nil, err
	}
	s := &session{conn: conn, end: end, signals: make(chan *dbus.Signal, 8)}
	conn.Signal(s.signals)
	return s, nil
}

// findDaemon asks fprintd for its readers, which starts it, and learns who it is.
func (s *session) findDaemon(ctx context.Context) error {
	err := s.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName),
		dbus.WithMatchMember(nameOwnerChanged), dbus.WithMatchArg(0, serviceName))
	if err != nil {
		return err
	}
	if s.readers, err = s.list(ctx, serviceName); err != nil {
		return err
	}
	return s.conn.BusObject().CallWithContext(ctx, busName+".GetNameOwner", 0, serviceName).Store(&s.daemon)
}

// list returns the readers that are there.
func (s *session) list(ctx context.Context, daemon string) (readers []dbus.ObjectPath, err error) {
	err = s.conn.Object(daemon, managerPath).CallWithContext(ctx, managerInterface+".GetDevices", 0).Store(&readers)
	return readers, err
}

// gone tells whether a reader is there no more, or is not in a moment: fprintd tells that
// a verification has failed first, and forgets the reader when it has closed it.
func (s *session) gone(ctx context.Context, reader dbus.ObjectPath) bool {
	ctx, cancel := context.WithTimeout(ctx, courtesy)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		readers, err := s.list(ctx, s.daemon)
		if err != nil || !slices.Contains(readers, reader) {
			return err == nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return false
		}
	}
}

// close ends the connection, and with it whatever was claimed.
func (s *session) close() {
	// Nothing can be lost any more that anybody would have to hear of.
	_ = s.conn.Close()
	s.end()
}

// findReader returns a reader for which this user has enrolled a finger.
func (s *session) findReader(ctx context.Context) (dbus.ObjectPath, error) {
	failure := noReader()
	for _, reader := range s.readers {
		var fingers []string
		err := s.call(ctx, reader, "ListEnrolledFingers", thisUser).Store(&fingers)
		switch {
		case err != nil:
			failure = s.explain(err)
		case len(fingers) == 0:
			failure = notEnrolled(nil)
		default:
			return reader, nil
		}
	}
	return "", failure
}

// call calls a method of a reader.
func (s *session) call(ctx context.Context, reader dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return s.conn.Object(s.daemon, reader).CallWithContext(ctx, deviceInterface+"."+method, 0, args...)
}

// tidy calls a method that undoes another, even after ctx has ended.
func (s *session) tidy(ctx context.Context, reader dbus.ObjectPath, method string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), courtesy)
	defer cancel()
	// If it fails, closing the connection does the same.
	_ = s.call(ctx, reader, method).Err
}

// nextStatus waits for what fprintd tells of the claimed reader next.
func (s *session) nextStatus(ctx context.Context, reader dbus.ObjectPath) (string, error) {
	for {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case signal, open := <-s.signals:
			if !open {
				return "", s.explain(dbus.ErrClosed)
			}
			switch {
			case signal.Sender == busName && signal.Name == busName+"."+nameOwnerChanged:
				var name, before, after string
				if err := dbus.Store(signal.Body, &name, &before, &after); err == nil && before == s.daemon {
					return "", s.explain(errEnded)
				}
			// A stranger can send us anything, whatever we have asked the bus for, but
			// for the sender's name: that is the bus's to say.
			case signal.Sender == s.daemon && signal.Path == reader && signal.Name == deviceInterface+"."+statusMember:
				var status string
				var done bool
				if err := dbus.Store(signal.Body, &status, &done); err != nil {
					return "", s.explain(err)
				}
				return status, nil
			}
		}
	}
}
