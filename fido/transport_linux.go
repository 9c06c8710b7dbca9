//go:build cgo

package fido

/*
#cgo LDFLAGS: -lfido2
#include "transport_linux.h"
*/
import "C"

import (
	"os"
	"runtime/cgo"
	"syscall"
	"unsafe"
)

// reportSize is the length in bytes of the reports that the transport of our own
// carries: 64 for every full-speed USB key, CTAP 2.1 §11.2.4.
const reportSize = 64

// transport moves the frames of one key.
type transport struct {
	frames *C.struct_transport // nil where libfido2's own is used
	owner  cgo.Handle
}

//export latchkeyTouchNeeded
func latchkeyTouchNeeded(owner C.uintptr_t) { cgo.Handle(owner).Value().(func())() }

// newTransport chooses the transport for the key at path.
func newTransport(path string, touch func()) (*transport, error) {
	if size := reportSizeOf(os.DirFS("/sys"), path); size != 0 && size != reportSize {
		return &transport{}, nil
	}
	owner := cgo.NewHandle(touch)
	frames := C.transport_new(C.uintptr_t(owner))
	if frames == nil {
		owner.Delete()
		return nil, failure{operation: "prepare to open the key", opening: syscall.ENOMEM}
	}
	return &transport{frames, owner}, nil
}

// open opens dev at path; its input and output are t's from then on.
func (t *transport) open(dev unsafe.Pointer, path *C.char) C.int {
	if t.frames == nil {
		return C.fido_dev_open((*C.fido_dev_t)(dev), path)
	}
	return C.transport_open(t.frames, (*C.fido_dev_t)(dev), path)
}

// own tells whether the transport is of our own: it calls the touch function when a
// touch is needed, knows more of a failure and can be aborted.
func (t *transport) own() bool { return t.frames != nil }

// annotate adds to f what only a transport of our own knows.
func (t *transport) annotate(f failure) failure {
	if t.frames.open_errno != 0 {
		f.opening = syscall.Errno(t.frames.open_errno)
	}
	f.unplugged = bool(C.transport_gone(t.frames))
	f.busy = f.number < 0 && t.frames.hid_error == 0x06 // ERR_CHANNEL_BUSY
	t.frames.hid_error = 0
	return f
}

// stop lets the answer that is awaited come in and makes the next request fail. It
// reports false where it cannot.
func (t *transport) stop() bool {
	if t.frames == nil {
		return false
	}
	C.transport_stop(t.frames)
	return true
}

func (t *transport) abort() {
	if t.frames != nil {
		C.transport_abort(t.frames)
	}
}

// free gives back what t holds. The key must be closed.
func (t *transport) free() {
	if t.frames != nil {
		C.transport_free(t.frames)
		t.owner.Delete()
	}
}
