package desktop

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/test"
)

// nativeWindow is a window as a system shows it.
type nativeWindow struct {
	fyne.Window
	context any
}

func (w nativeWindow) RunNative(run func(any)) { run(w.context) }

func TestWindowsAloneTellsItsHandle(t *testing.T) {
	for name, tc := range map[string]struct {
		window fyne.Window
		want   uintptr
	}{
		"Windows":           {nativeWindow{context: driver.WindowsWindowContext{HWND: 0x1234}}, 0x1234},
		"not shown yet":     {nativeWindow{context: driver.WindowsWindowContext{}}, 0},
		"X11":               {nativeWindow{context: driver.X11WindowContext{WindowHandle: 0x1234}}, 0},
		"Wayland":           {nativeWindow{context: driver.WaylandWindowContext{WaylandSurface: 0x1234}}, 0},
		"macOS":             {nativeWindow{context: driver.MacWindowContext{NSWindow: 0x1234}}, 0},
		"no native context": {nativeWindow{context: driver.UnknownContext{}}, 0},
		"no native window":  {test.NewTempWindow(t, nil), 0},
	} {
		calls, got := 0, uintptr(0)
		tellHandle(tc.window, func(handle uintptr) { calls, got = calls+1, handle })
		if got != tc.want || calls > 1 || calls == 1 && tc.want == 0 {
			t.Errorf("%s: told %#x in %d calls, want %#x", name, got, calls, tc.want)
		}
	}
}
