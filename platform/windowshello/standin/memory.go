//go:build windows && cgo

package main

// #include "abi.h"
import "C"

import (
	"slices"
	"unicode/utf16"
	"unsafe"
)

// allocate returns zeroed memory for a version of a structure.
func allocate[T any](structure, version uint32) *T {
	return (*T)(C.standin_alloc(C.size_t(C.standin_size(C.DWORD(structure), C.DWORD(version)))))
}

// allocated returns zeroed memory for a T.
func allocated[T any]() *T {
	var zero T
	return (*T)(C.standin_alloc(C.size_t(unsafe.Sizeof(zero))))
}

func free[T any](memory *T) { C.standin_free(unsafe.Pointer(memory)) }

// give copies data into memory that is the caller's until it frees it.
func give(data []byte) (C.DWORD, *C.BYTE) {
	if len(data) == 0 {
		return 0, nil
	}
	memory := (*C.BYTE)(C.standin_alloc(C.size_t(len(data))))
	copy(unsafe.Slice((*byte)(unsafe.Pointer(memory)), len(data)), data)
	return C.DWORD(len(data)), memory
}

// giveText copies s as UTF-16 with a NUL at its end.
func giveText(s string) C.PWSTR {
	text := append(utf16.Encode([]rune(s)), 0)
	memory := (*uint16)(C.standin_alloc(C.size_t(2 * len(text))))
	copy(unsafe.Slice(memory, len(text)), text)
	return C.PWSTR(unsafe.Pointer(memory))
}

// take copies the caller's data.
func take(size C.DWORD, data *C.BYTE) []byte {
	return slices.Clone(unsafe.Slice((*byte)(unsafe.Pointer(data)), int(size)))
}

// takeText copies the caller's text; "" for none.
func takeText(s C.PWSTR) string {
	var text []uint16
	if s == nil {
		return ""
	}
	for p := unsafe.Pointer(s); *(*uint16)(p) != 0; p = unsafe.Add(p, 2) {
		text = append(text, *(*uint16)(p))
	}
	return string(utf16.Decode(text))
}
