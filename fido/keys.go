package fido

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"latchkey/fido/ceremony"
)

// EnvDevice names the environment variable that holds device paths for
// [Options.Paths], separated like those of PATH.
const EnvDevice = "LATCHKEY_DEVICE"

// DevicePaths puts together the paths given on a command line and, where there are
// none, those in the value of [EnvDevice].
func DevicePaths(flags []string, env string) []string {
	if len(flags) > 0 {
		return flags
	}
	return slices.DeleteFunc(filepath.SplitList(env), func(path string) bool { return path == "" })
}

// Options say which keys to use.
type Options struct {
	// Paths are the device nodes of keys to use instead of those that are found
	// plugged in, for example "/dev/hidraw3" or a virtual key's "/dev/pts/5".
	Paths []string

	// Discover looks for plugged-in keys although Paths are given. Paths that lead
	// nowhere are then passed over.
	Discover bool

	// ModelName returns the product name for an AAGUID, "" for an unknown one; nil
	// knows none.
	ModelName func(aaguid [16]byte) string
}

// Keys is the authenticator of kind [ceremony.KindSecurityKey]: all security keys
// that are plugged in. It is safe for use by several goroutines; a key serves one
// of them at a time.
type Keys struct {
	options Options
	driver  driver // nil where this build has no libfido2
	system  system

	mu   sync.Mutex
	used map[string]ceremony.Device // keys open in a ceremony of ours, by path
}

// New returns the security keys of this computer. In a build without libfido2
// (Windows, or without cgo) it has none and says so.
func New(options Options) *Keys { return newKeys(options, newDriver(), thisSystem()) }

func newKeys(options Options, driver driver, system system) *Keys {
	return &Keys{options: options, driver: driver, system: system, used: make(map[string]ceremony.Device)}
}

// open opens a key and gives it the name by which people know it.
func (k *Keys) open(ctx context.Context, device ceremony.Device) (*session, error) {
	if device.Name == "" {
		device.Name = "Security key"
	}
	s, err := openSession(ctx, k.driver, device)
	if err != nil {
		return nil, err
	}
	s.device.Virtual = s.info.aaguid == virtualAAGUID
	if s.device.Virtual {
		s.device.Name = "Virtual key"
	}
	if k.options.ModelName != nil && s.info.fido2 {
		if name := k.options.ModelName(s.info.aaguid); name != "" {
			s.device.Name = name
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.used[device.Path] = s.device
	return s, nil
}

// virtualAAGUID marks the software key for people without hardware:
// 4c617463-686b-6579-5669-727475616c21.
var virtualAAGUID = [16]byte([]byte("LatchkeyVirtual!"))

func (k *Keys) close(sessions ...*session) {
	for _, s := range sessions {
		// First, as another ceremony may note its own use once the key is closed.
		k.mu.Lock()
		delete(k.used, s.device.Path)
		k.mu.Unlock()
		s.close()
	}
}

func (k *Keys) inUse(path string) (ceremony.Device, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	device, ok := k.used[path]
	return device, ok
}

// openAll opens all keys at once. Those that cannot be opened are passed over; the
// error tells of the first when none can.
func (k *Keys) openAll(ctx context.Context, devices []ceremony.Device) ([]*session, error) {
	sessions, errs := make([]*session, len(devices)), make([]error, len(devices))
	var opening sync.WaitGroup
	for i, device := range devices {
		opening.Go(func() { sessions[i], errs[i] = k.open(ctx, device) })
	}
	opening.Wait()
	sessions = slices.DeleteFunc(sessions, func(s *session) bool { return s == nil })
	if err := ctx.Err(); err != nil {
		k.close(sessions...)
		return nil, err
	}
	if len(sessions) == 0 {
		for _, err := range errs {
			return nil, err
		}
	}
	return sessions, nil
}

// defaultTimeout holds where the relying party gives none, WebAuthn L3 §5.1.3
// recommends five minutes.
const defaultTimeout = 5 * time.Minute

// limited bounds a ceremony to the relying party's timeout in milliseconds.
func limited(ctx context.Context, timeout uint32) (context.Context, context.CancelFunc) {
	limit := defaultTimeout
	if timeout != 0 {
		limit = time.Duration(timeout) * time.Millisecond
	}
	return context.WithTimeoutCause(ctx, limit, ceremony.ErrTimeout)
}

// concluded gives err of a ceremony that ran under limited the meaning that it has
// for the caller: the ceremony's own time is over, or the caller's context ended.
func concluded(caller, limited context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case caller.Err() != nil:
		return caller.Err()
	case errors.Is(err, context.DeadlineExceeded) && context.Cause(limited) == ceremony.ErrTimeout:
		return &ceremony.Error{Code: ceremony.CodeTimeout, Retries: -1, Err: err}
	default:
		return err
	}
}
