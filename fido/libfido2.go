//go:build cgo && !windows

package fido

/*
#cgo LDFLAGS: -lfido2
#include <stdlib.h>
#include <fido.h>
*/
import "C"

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/keys-pub/go-libfido2"

	"latchkey/fido/ceremony"
)

// libfido2Driver is the driver over the system's libfido2.
type libfido2Driver struct{}

func newDriver() driver { return libfido2Driver{} }

func (libfido2Driver) discover() ([]ceremony.Device, error) {
	locations, err := libfido2.DeviceLocations()
	if err != nil {
		return nil, fmt.Errorf("list security keys: %w", err)
	}
	devices := make([]ceremony.Device, 0, len(locations))
	for _, at := range locations {
		devices = append(devices, ceremony.Device{
			Path: at.Path, Name: at.Product, Manufacturer: at.Manufacturer,
			VendorID: uint16(at.VendorID), ProductID: uint16(at.ProductID),
		})
	}
	return devices, nil
}

func (libfido2Driver) key(path string, touch func()) (key, error) {
	dev := C.fido_dev_new()
	if dev == nil {
		return nil, failure{operation: "prepare to open the key", opening: syscall.ENOMEM}
	}
	transport, err := newTransport(path, touch)
	if err != nil {
		C.fido_dev_free(&dev)
		return nil, err
	}
	return &handle{path: path, dev: dev, transport: transport, touch: touch}, nil
}

// handle is a key over libfido2.
type handle struct {
	path      string
	dev       *C.fido_dev_t
	transport *transport
	touch     func()
	opened    atomic.Bool
	aborted   atomic.Bool
}

// failed turns what a function of libfido2 returned into a failure, or nil.
func (h *handle) failed(operation string, r C.int) error {
	if r == C.FIDO_OK {
		return nil
	}
	return h.fault(operation, r)
}

// fault adds to what libfido2 returned what else is known of it.
func (h *handle) fault(operation string, r C.int) failure {
	f := failure{operation: operation, number: int(r)}
	if h.transport.own() {
		return h.transport.annotate(f)
	}
	f.unplugged = r < 0 && h.vanished()
	return f
}

// vanished tells whether the key is not to be found any more.
func (h *handle) vanished() bool {
	if _, err := os.Stat(h.path); err == nil {
		return false
	}
	devices, err := libfido2Driver{}.discover() // where paths are not those of files
	return err == nil && !slices.ContainsFunc(devices, func(device ceremony.Device) bool { return device.Path == h.path })
}

func (h *handle) open() error {
	path := C.CString(h.path)
	defer C.free(unsafe.Pointer(path))
	if err := h.failed("open the key", h.transport.open(unsafe.Pointer(h.dev), path)); err != nil {
		return err
	}
	h.opened.Store(true)
	return nil
}

func (h *handle) close() {
	if h.opened.Swap(false) {
		C.fido_dev_close(h.dev) // fails for keys that are not open only
	}
	C.fido_dev_free(&h.dev)
	h.transport.free()
}

func (h *handle) setTimeout(d time.Duration) {
	C.fido_dev_set_timeout(h.dev, C.int(min(max(d.Milliseconds(), 1), math.MaxInt32)))
}

// cancel is the one call of libfido2 that comes from another goroutine: it writes
// one frame and reads what fido_dev_open has set. A U2F key knows no CANCEL and needs
// none, as it is asked anew several times a second: it is asked no more.
func (h *handle) cancel() bool {
	if !h.opened.Load() {
		return false
	}
	return C.fido_dev_cancel(h.dev) != C.FIDO_ERR_INVALID_ARGUMENT || h.transport.stop()
}

func (h *handle) abort() {
	h.aborted.Store(true)
	h.transport.abort()
}

func (h *handle) info() (info, error) {
	out := info{
		fido2:        bool(C.fido_dev_is_fido2(h.dev)),
		firmware:     [3]int{int(C.fido_dev_major(h.dev)), int(C.fido_dev_minor(h.dev)), int(C.fido_dev_build(h.dev))},
		residentFree: -1,
	}
	if !out.fido2 {
		out.versions = []string{"U2F_V2"}
		return out, nil
	}
	cbor := C.fido_cbor_info_new()
	defer C.fido_cbor_info_free(&cbor)
	if err := h.failed("ask the key what it can do", C.fido_dev_get_cbor_info(h.dev, cbor)); err != nil {
		return info{}, err
	}
	copy(out.aaguid[:], goBytes(C.fido_cbor_info_aaguid_ptr(cbor), C.fido_cbor_info_aaguid_len(cbor)))
	out.versions = goStrings(C.fido_cbor_info_versions_ptr(cbor), C.fido_cbor_info_versions_len(cbor))
	out.extensions = goStrings(C.fido_cbor_info_extensions_ptr(cbor), C.fido_cbor_info_extensions_len(cbor))
	out.transports = goStrings(C.fido_cbor_info_transports_ptr(cbor), C.fido_cbor_info_transports_len(cbor))

	names := goStrings(C.fido_cbor_info_options_name_ptr(cbor), C.fido_cbor_info_options_len(cbor))
	values := unsafe.Slice(C.fido_cbor_info_options_value_ptr(cbor), len(names))
	out.options = make(map[string]bool, len(names))
	for i, name := range names {
		out.options[name] = bool(values[i])
	}
	for _, protocol := range goBytes((*C.uchar)(C.fido_cbor_info_protocols_ptr(cbor)), C.fido_cbor_info_protocols_len(cbor)) {
		out.protocols = append(out.protocols, int(protocol))
	}
	for i := range C.fido_cbor_info_algorithm_count(cbor) {
		out.algorithms = append(out.algorithms, int(C.fido_cbor_info_algorithm_cose(cbor, i)))
	}
	out.maxMsgSize = clamp(C.fido_cbor_info_maxmsgsiz(cbor))
	out.maxListSize = clamp(C.fido_cbor_info_maxcredcntlst(cbor))
	out.maxIDSize = clamp(C.fido_cbor_info_maxcredidlen(cbor))
	out.minPINLength = clamp(C.fido_cbor_info_minpinlen(cbor))
	if free := C.fido_cbor_info_rk_remaining(cbor); free >= 0 {
		out.residentFree = clamp(C.uint64_t(free))
	}
	return out, nil
}

func (h *handle) setPIN(pin string) error {
	secret := newSecret(pin)
	defer secret.free()
	return h.failed("set the PIN", C.fido_dev_set_pin(h.dev, secret.ptr, nil))
}

func (h *handle) pinRetries() (int, error) {
	var retries C.int
	if err := h.failed("count the PIN retries", C.fido_dev_get_retry_count(h.dev, &retries)); err != nil {
		return -1, err
	}
	return int(retries), nil
}

func (h *handle) touchBegin() error {
	h.announceTouch()
	return h.failed("ask for a touch", C.fido_dev_get_touch_begin(h.dev))
}

func (h *handle) touched(wait time.Duration) (bool, error) {
	var touched C.int
	err := h.failed("wait for a touch", C.fido_dev_get_touch_status(h.dev, &touched, C.int(wait.Milliseconds())))
	if err == nil && touched == 0 {
		// libfido2 takes a key that cannot be read for one that is not touched yet.
		if f := h.fault("wait for a touch", C.FIDO_ERR_RX); f.unplugged || h.aborted.Load() {
			return false, f
		}
	}
	return touched != 0, err
}

// announceTouch tells that the command to follow waits for a touch, where the
// transport cannot see when it does.
func (h *handle) announceTouch() {
	if !h.transport.own() {
		h.touch()
	}
}

// secret is a C string whose bytes are wiped when it is freed.
type secret struct {
	ptr  *C.char
	size int
}

// newSecret copies s; an empty one is NULL, which means "no PIN" to libfido2.
func newSecret(s string) secret {
	if s == "" {
		return secret{}
	}
	return secret{C.CString(s), len(s)}
}

func (s secret) free() {
	if s.ptr == nil {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(s.ptr)), s.size)
	clear(bytes)
	runtime.KeepAlive(bytes)
	C.free(unsafe.Pointer(s.ptr))
}

func goBytes(ptr *C.uchar, size C.size_t) []byte {
	if ptr == nil || size == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(ptr)), size)...)
}

func goStrings(ptr **C.char, size C.size_t) []string {
	if ptr == nil {
		return nil
	}
	out := make([]string, 0, size)
	for _, s := range unsafe.Slice(ptr, size) {
		out = append(out, C.GoString(s))
	}
	return out
}

// clamp keeps an absurd answer from overflowing an int.
func clamp(n C.uint64_t) int { return int(min(n, 1<<31-1)) }
