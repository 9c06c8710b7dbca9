// Command barewindow shows an empty Fyne window: the peer that the start and the
// memory of Latchkey's window are measured against.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

func main() {
	window := app.NewWithID("app.latchkey.barewindow").NewWindow("Bare window")
	window.Resize(fyne.NewSize(960, 640))
	window.ShowAndRun()
}
