package virtualkey

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"latchkey/fido/virtualkey/authenticator"
	"latchkey/fido/virtualkey/ctaphid"
)

// ErrUnplugged is returned by what needs the key plugged in.
var ErrUnplugged = errors.New("the virtual key is unplugged")

// Options say what kind of key it is. The zero value is a CTAP 2.1 key without a PIN that lives in memory and touches itself.
type Options struct {
	// StateFile keeps the key's memory across runs; it is made if it does not exist. Empty means in memory only.
	StateFile string
	// PIN is set when the key has none yet. Empty sets none.
	PIN string
	// Touch is who touches the key; empty means [TouchAuto].
	Touch TouchPolicy
	// Asked is told of each request that waits for [Key.Touch] or [Key.Deny]. It must not block.
	Asked func(authenticator.Prompt)
	// TouchTimeout is how long a request waits for a touch; zero means 30 s.
	TouchTimeout time.Duration
	// ResetWindow is how long after plugging in the key can be reset; zero means 10 s.
	ResetWindow time.Duration
	// U2FOnly makes it a key of the time before CTAP2.
	U2FOnly bool
	// Link is a path at which to keep a symbolic link to the device while it is plugged in. What stands there already is
	// replaced if it is a symbolic link, and left alone otherwise.
	Link string
	// Now is the clock of the key's own time limits; nil means time.Now.
	Now func() time.Time
	// Log hears of failures, and of an application that wants the key noticed; nil means nobody does.
	Log *slog.Logger
}

// Key is a virtual key. Its methods may be called from any goroutine.
type Key struct {
	options Options
	store   authenticator.Store
	file    *stateFile // nil: in memory
	pad     *pad
	parent  context.Context

	mu     sync.Mutex
	plug   *plug // nil: unplugged
	closed bool
}

// plug is one time that the key is plugged in.
type plug struct {
	core   *authenticator.Authenticator
	path   string
	ctx    context.Context // ends when it is taken out
	cancel context.CancelFunc
	done   chan struct{}  // closed when nothing is served any more
	calls  sync.WaitGroup // commands that do not come over the wire
}

// Serve plugs in a key and serves it until ctx ends or [Key.Close] is called; call Close in any case. The error says what to do about
// a state file that is damaged, readable by others or in use by another process.
func Serve(ctx context.Context, options Options) (*Key, error) {
	if options.Touch == "" {
		options.Touch = TouchAuto
	}
	if _, err := ParseTouchPolicy(string(options.Touch)); err != nil {
		return nil, err
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	k := &Key{options: options, pad: newPad(options.Touch, options.Asked), parent: ctx, store: &authenticator.MemoryStore{}}
	if options.StateFile != "" {
		file, err := openStateFile(options.StateFile)
		if err != nil {
			return nil, err
		}
		k.file, k.store = file, file
	}
	if err := k.start(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// start plugs the new key in and sets its first PIN.
func (k *Key) start() error {
	if err := k.Replug(); err != nil {
		return err
	}
	if k.options.PIN == "" {
		return nil
	}
	state, _, err := k.store.Load()
	if err != nil || len(state.PIN.Hash) != 0 {
		return err
	}
	return k.SetPIN(k.options.PIN)
}

// Path returns the device path to give to libfido2, and "" while the key is unplugged. It can change with each [Key.Replug].
func (k *Key) Path() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.plug == nil {
		return ""
	}
	return k.plug.path
}

// Replug takes the key out, if it is in, and plugs it in again: what it keeps only under power is gone, the rest is still there.
func (k *Key) Replug() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return fmt.Errorf("plug in the virtual key: %w", os.ErrClosed)
	}
	if err := k.unplug(); err != nil {
		return err
	}
	if err := k.parent.Err(); err != nil {
		return fmt.Errorf("plug in the virtual key: %w", err)
	}
	core, err := authenticator.New(authenticator.Options{
		Store:        k.store,
		Presence:     k.pad,
		AAGUID:       aaguid,
		TouchTimeout: k.options.TouchTimeout,
		ResetWindow:  k.options.ResetWindow,
		Now:          k.options.Now,
		Log:          k.options.Log,
	})
	if err != nil {
		return err
	}
	port, err := openPort()
	if err != nil {
		return err
	}
	if err := k.link(port.path); err != nil {
		return errors.Join(err, port.Close())
	}
	ctx, cancel := context.WithCancel(k.parent)
	p := &plug{core: core, path: port.path, ctx: ctx, cancel: cancel, done: make(chan struct{})}
	server := ctaphid.NewServer(port, device{core, k.options.Log}, ctaphid.Options{U2FOnly: k.options.U2FOnly})
	go func() {
		defer close(p.done)
		defer cancel()
		if err := server.Run(ctx); ctx.Err() == nil {
			k.options.Log.Error("the virtual key stopped", "error", err)
		}
	}()
	k.plug = p
	return nil
}

// Unplug takes the key out: a request in progress ends and its application sees the device vanish. Unplugging an unplugged key does nothing.
func (k *Key) Unplug() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.unplug()
}

func (k *Key) unplug() error {
	if k.plug == nil {
		return nil
	}
	err := k.unlink(k.plug.path)
	k.plug.cancel()
	<-k.plug.done
	k.plug.calls.Wait() // what it still stored would undo what the next one under power stores
	k.plug = nil
	return err
}

// Close unplugs the key for good and gives its state file free. Closing a closed key does nothing.
func (k *Key) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	k.closed = true
	err := k.unplug()
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	return err
}

// CBOR runs a CTAP2 command (command byte and parameters) past the wire and returns the response, its first byte the status. It returns
// [ErrUnplugged] while the key is unplugged, and when it is unplugged meanwhile.
func (k *Key) CBOR(ctx context.Context, request []byte) ([]byte, error) {
	p, err := k.call()
	if err != nil {
		return nil, err
	}
	defer p.calls.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	response := p.core.Handle(ctx, request, nil)
	if p.ctx.Err() != nil {
		return nil, ErrUnplugged
	}
	return response, nil
}

// SetPIN sets or replaces the PIN without the old one.
func (k *Key) SetPIN(pin string) error {
	p, err := k.call()
	if err != nil {
		return err
	}
	defer p.calls.Done()
	if err := p.core.SetPIN(pin); err != nil {
		return fmt.Errorf("set the PIN (4 characters or more, at most 63 bytes): %w", err)
	}
	return nil
}

// State returns what the key remembers without power.
func (k *Key) State() (authenticator.State, error) {
	state, _, err := k.store.Load()
	return state, err
}

// SetTouch changes who touches the key and forgets touches given ahead. A request that waits already follows the new policy.
func (k *Key) SetTouch(policy TouchPolicy) { k.pad.setPolicy(policy) }

// Touch touches the key once under [TouchAsk]: for the request that waits, or else for the next one that will.
func (k *Key) Touch() { k.pad.answer(nil) }

// Deny refuses one request for a touch, as [Key.Touch] grants one.
func (k *Key) Deny() { k.pad.answer(authenticator.ErrDenied) }

// Touches returns how many touches requests have taken so far.
func (k *Key) Touches() int { return k.pad.count() }

// Waiting reports whether a request waits for a touch right now.
func (k *Key) Waiting() bool { return k.pad.isWaiting() }

// AwaitTouch returns once a request waits for a touch: the moment at which a real key blinks.
func (k *Key) AwaitTouch(ctx context.Context) error { return k.pad.await(ctx) }

// call begins a command that does not come over the wire; the caller tells calls when it is done.
func (k *Key) call() (*plug, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.plug == nil {
		return nil, ErrUnplugged
	}
	k.plug.calls.Add(1)
	return k.plug, nil
}

// link lets the link point at the device, in one step.
func (k *Key) link(target string) error {
	link := k.options.Link
	if link == "" {
		return nil
	}
	if info, err := os.Lstat(link); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("link %s: something that is not a symbolic link stands there: choose another path", link)
	}
	dir, err := os.MkdirTemp(filepath.Dir(link), ".virtualkey-")
	if err != nil {
		return fmt.Errorf("link %s: %w", link, err)
	}
	defer os.RemoveAll(dir)
	fresh := filepath.Join(dir, "link")
	if err := os.Symlink(target, fresh); err != nil {
		return fmt.Errorf("link %s: %w", link, err)
	}
	if err := os.Rename(fresh, link); err != nil {
		return fmt.Errorf("link %s: %w", link, err)
	}
	return nil
}

// unlink removes the link if it is still ours.
func (k *Key) unlink(target string) error {
	link := k.options.Link
	if link == "" {
		return nil
	}
	if current, err := os.Readlink(link); err != nil || current != target {
		return nil
	}
	if err := os.Remove(link); err != nil {
		return fmt.Errorf("remove link: %w", err)
	}
	return nil
}

// device lets the core sit behind CTAPHID.
type device struct {
	core *authenticator.Authenticator
	log  *slog.Logger
}

func (d device) CBOR(ctx context.Context, request []byte, progress func(byte)) []byte {
	return d.core.Handle(ctx, request, func(p authenticator.Progress) { progress(byte(p)) })
}

func (d device) Message(ctx context.Context, request []byte) []byte {
	return d.core.HandleU2F(ctx, request)
}

// Wink has nothing to blink with but the log.
func (d device) Wink() { d.log.Info("the virtual key winks") }
