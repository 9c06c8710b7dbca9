package fido

import (
	"context"
	"time"

	"latchkey/fido/ceremony"
)

const (
	// quick bounds what a key answers without waiting for anybody. Old ones take
	// seconds for a key agreement.
	quick = 10 * time.Second

	// opening bounds the handshake, which a key answers even while it is at work.
	opening = 3 * time.Second

	// Cancelling is repeated, as a key ignores it until it has read its request, and
	// given up after a while, as some keys ignore it always.
	cancelEvery = 100 * time.Millisecond
	cancelGrace = time.Second

	// A key that serves another program is asked again for half a second.
	busyTries = 5
	busyPause = 100 * time.Millisecond
)

// session is an open key and the goroutine that owns it.
type session struct {
	device ceremony.Device
	info   info
	pin    string // the right one, once the person has given it

	key   key
	jobs  chan func()
	ended chan struct{}
	touch chan struct{} // receives while the key waits for a touch
}

// openSession opens the key and reads what it can do. The caller closes it. Like
// those of all methods, its error is a *ceremony.Error or that of ctx.
func openSession(ctx context.Context, driver driver, device ceremony.Device) (*session, error) {
	s := &session{device: device, jobs: make(chan func()), ended: make(chan struct{}), touch: make(chan struct{}, 1)}
	var err error
	s.key, err = driver.key(device.Path, func() {
		select {
		case s.touch <- struct{}{}:
		default: // known already
		}
	})
	if err != nil {
		return nil, explain(err, device)
	}
	go s.own()
	if err := s.start(ctx); err != nil {
		s.close()
		return nil, explain(err, device)
	}
	s.device.AAGUID = s.info.aaguid
	return s, nil
}

func (s *session) start(ctx context.Context) error {
	if err := s.run(ctx, opening, nil, func() error { return s.key.open() }); err != nil {
		return err
	}
	return s.run(ctx, opening, nil, func() (err error) {
		s.info, err = s.key.info()
		return err
	})
}

// own is the goroutine that owns the key.
func (s *session) own() {
	defer close(s.ended)
	defer s.key.close()
	for job := range s.jobs {
		job()
	}
}

// close gives the key back and waits until it is closed.
func (s *session) close() {
	close(s.jobs)
	<-s.ended
	s.pin = ""
}

// silently does a job for which the key waits for nobody.
func (s *session) silently(ctx context.Context, job func() error) error {
	return s.run(ctx, quick, nil, job)
}

// run does job on the key and waits for it. When the key begins to wait for a touch,
// show is called once, and what it returns when the job is over. When ctx ends the
// job is cancelled and ctx's error returned, unless the job was faster. limit bounds
// each call to the key. The error is a failure or ctx's.
func (s *session) run(ctx context.Context, limit time.Duration, show func() (done func()), job func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-s.touch: // of a job before
	default:
	}
	result := make(chan error, 1)
	s.jobs <- func() {
		s.key.setTimeout(limit)
		result <- persistently(ctx, job)
	}
	for {
		select {
		case <-s.touch:
			if show != nil {
				defer show()()
				show = nil
			}
		case err := <-result:
			return err
		case <-ctx.Done():
			if s.interrupt(result) == nil {
				return nil
			}
			return ctx.Err()
		}
	}
}

// persistently does job again where that can help: once when the key did not take the
// request, which some do right after they wake up, and for a while when it still
// serves somebody else, CTAP 2.1 §11.2.5.2.
func persistently(ctx context.Context, job func() error) error {
	err := job()
	if isFailure(err, errTransmit) && ctx.Err() == nil {
		err = job()
	}
	for range busyTries {
		if ceremonyCode(err) != ceremony.CodeBusy || ctx.Err() != nil {
			break
		}
		select {
		case <-time.After(busyPause):
			err = job()
		case <-ctx.Done():
		}
	}
	return err
}

// interrupt makes the job under way end and returns its result.
func (s *session) interrupt(result <-chan error) error {
	again := time.NewTicker(cancelEvery)
	defer again.Stop()
	grace := time.NewTimer(cancelGrace)
	defer grace.Stop()
	for {
		if !s.key.cancel() {
			s.key.abort()
		}
		select {
		case err := <-result:
			return err
		case <-grace.C:
			s.key.abort()
		case <-again.C:
		}
	}
}
