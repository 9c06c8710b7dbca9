//go:build windows && cgo

package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/windows"

	"latchkey/fido/virtualkey/authenticator"
)

// lastWindow is the window that the last ceremony was to stand before.
var lastWindow atomic.Uintptr

// before notes the window that the dialogue of a ceremony is to stand before, which has to
// be one.
func before(window uintptr, ceremony string) hresult {
	lastWindow.Store(window)
	handle := windows.HWND(window)
	if !windows.IsWindow(handle) {
		return refuse("%#x is no window to stand before", window)
	}
	var process uint32
	if _, err := windows.GetWindowThreadProcessId(handle, &process); err != nil {
		return refuse("window %#x has no process: %v", window, err)
	}
	name := make([]uint16, 257) // a class has 256 characters at most
	size, err := windows.GetClassName(handle, &name[0], int32(len(name)))
	if err != nil {
		return refuse("window %#x has no class: %v", window, err)
	}
	whose := "another program's"
	if process == windows.GetCurrentProcessId() {
		whose = "the caller's own"
	}
	journal("%s before %s window %s", ceremony, whose, windows.UTF16ToString(name[:size]))
	return ok
}

// touches are those of the person where they come from StandinTouch.
var touches = make(chan struct{}, 1)

// person is who answers the dialogue.
type person struct{}

func (person) Wait(ctx context.Context, _ authenticator.Prompt) error {
	journal("the person is asked")
	switch os.Getenv("LATCHKEY_STANDIN_PERSON") {
	case "cancels":
		return authenticator.ErrDenied
	case "absent":
		<-ctx.Done()
		return ctx.Err()
	case "touches":
		select {
		case <-touches:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	default:
		return nil
	}
}

// journal adds a line to the file of LATCHKEY_STANDIN_JOURNAL, if there is one.
func journal(format string, args ...any) {
	name := os.Getenv("LATCHKEY_STANDIN_JOURNAL")
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintf(file, format+"\n", args...)
		_ = file.Close()
	}
	if err != nil {
		refuse("the journal: %v", err)
	}
}
