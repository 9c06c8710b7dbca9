package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// tellHandle tells the handle (HWND) of a window that is shown, so that Windows can put its own dialogues in front of it.
// Other systems have no use for theirs: nothing is told there.
func tellHandle(window fyne.Window, tell func(handle uintptr)) {
	native, ok := window.(driver.NativeWindow)
	if !ok {
		return
	}
	native.RunNative(func(context any) {
		if windows, ok := context.(driver.WindowsWindowContext); ok && windows.HWND != 0 {
			tell(windows.HWND)
		}
	})
}
