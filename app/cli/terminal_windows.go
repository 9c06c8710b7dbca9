package cli

import (
	"context"
	"os"
	"time"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/windows"
)

// terminal is the console that a person sits at. Windows has a file for each direction:
// the embedded one is the keyboard.
type terminal struct {
	*os.File
	screen *os.File
	mode   uint32 // of the screen, as it was before
}

// openTerminal opens the console of this process, wherever standard input comes from.
func openTerminal() (*terminal, error) {
	keyboard, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	screen, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = keyboard.Close()
		return nil, err
	}
	t := &terminal{File: keyboard, screen: screen}
	if err := windows.GetConsoleMode(t.display(), &t.mode); err != nil {
		_ = t.Close()
		return nil, err
	}
	// What golang.org/x/term draws a line with are escape sequences. A console that does
	// not know them yet shows some of them, and works.
	_ = windows.SetConsoleMode(t.display(), t.mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
	return t, nil
}

func (t *terminal) display() windows.Handle { return windows.Handle(t.screen.Fd()) }

func (t *terminal) Write(p []byte) (int, error) { return t.screen.Write(p) }

// Close leaves the screen as it was.
func (t *terminal) Close() error {
	if t.mode != 0 {
		_ = windows.SetConsoleMode(t.display(), t.mode)
	}
	_ = t.screen.Close()
	return t.File.Close()
}

// readKey reads no more than one key, so that what was typed ahead is still there for
// the next question. Of a key of several bytes the os package has the rest already.
func (t *terminal) readKey(p []byte) (int, error) {
	n, err := t.File.Read(p[:1])
	if err != nil || n == 0 || p[0] < utf8.RuneSelf {
		return n, err
	}
	for n < len(p) && !utf8.FullRune(p[:n]) {
		more, err := t.File.Read(p[n : n+1])
		n += more
		if err != nil || more == 0 {
			return n, err
		}
	}
	return n, nil
}

// waitReadable waits until file has something to read (its end included) or ctx ends.
// It looks fifty times a second: Windows cannot wait for pipes, and a console has
// events that are nothing to read, such as a key that is let go.
func waitReadable(ctx context.Context, file *os.File) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if readable(windows.Handle(file.Fd())) {
			return nil // ready, or a read will say what is wrong
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

var (
	kernel32         = windows.NewLazySystemDLL("kernel32.dll")
	peekNamedPipe    = kernel32.NewProc("PeekNamedPipe")
	peekConsoleInput = kernel32.NewProc("PeekConsoleInputW")
	readConsoleInput = kernel32.NewProc("ReadConsoleInputW")
)

// readable tells whether a read would end at once. Of what it cannot know, it says so.
func readable(handle windows.Handle) bool {
	kind, err := windows.GetFileType(handle)
	var mode uint32
	switch {
	case err != nil:
		return true
	case kind == windows.FILE_TYPE_PIPE:
		var available uint32
		result, _, _ := peekNamedPipe.Call(uintptr(handle), 0, 0, 0, uintptr(unsafe.Pointer(&available)), 0)
		return result == 0 || available > 0 // it fails at the end, too
	case kind == windows.FILE_TYPE_CHAR && windows.GetConsoleMode(handle, &mode) == nil:
		return typed(handle, mode&windows.ENABLE_LINE_INPUT != 0)
	default:
		return true
	}
}

// inputRecord is INPUT_RECORD with a KEY_EVENT_RECORD.
type inputRecord struct {
	event      uint16
	_          uint16
	down       int32
	repeat     uint16
	key        uint16
	scan       uint16
	character  uint16
	controlKey uint32
}

// typed tells whether the first event of a console is something to read, and takes away
// those before it that are not. Where lines are edited, a key counts that gives no
// character.
func typed(console windows.Handle, lines bool) bool {
	for {
		var first inputRecord
		var count uint32
		result, _, _ := peekConsoleInput.Call(uintptr(console), uintptr(unsafe.Pointer(&first)), 1, uintptr(unsafe.Pointer(&count)))
		if result == 0 {
			return true
		}
		if count == 0 {
			return false
		}
		// A character by its number comes when the Alt key is let go.
		byNumber := first.down == 0 && first.key == windows.VK_MENU && first.character != 0
		if first.event == windows.KEY_EVENT && (byNumber || first.down != 0 && (lines || first.character != 0)) {
			return true
		}
		readConsoleInput.Call(uintptr(console), uintptr(unsafe.Pointer(&first)), 1, uintptr(unsafe.Pointer(&count)))
	}
}
