//go:build cgo && !linux && !windows

package fido

/*
#cgo LDFLAGS: -lfido2
#include <fido.h>
*/
import "C"

import "unsafe"

// transport leaves input and output to libfido2.
type transport struct{}

func newTransport(string, func()) (*transport, error) { return &transport{}, nil }

func (*transport) open(dev unsafe.Pointer, path *C.char) C.int {
	return C.fido_dev_open((*C.fido_dev_t)(dev), path)
}

func (*transport) own() bool { return false }

func (*transport) annotate(f failure) failure { return f }

func (*transport) stop() bool { return false }

func (*transport) abort() {}

func (*transport) free() {}
