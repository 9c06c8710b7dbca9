// Package assets holds the files that ship inside Latchkey's programs. It knows no GUI library, so that the
// command line can use it too; each group is a variable of its own, and a program carries only what it names.
package assets

import "embed"

// Icons are single-colour SVGs on a 24-unit grid, drawn with fills only so that they can be recoloured; they are
// named icons/<name>.svg. latchkey.svg is the app's own icon, in its own colours.
//
//go:embed icons/*.svg
var Icons embed.FS

// AppIcon is icons/latchkey.svg as a PNG of 128 by 128 pixels, for where an icon is wanted in pixels.
//
//go:embed icons/latchkey-128.png
var AppIcon []byte

// Art are the pictures, art/<name>.svg, in the colours of the light theme.
//
//go:embed art/*.svg
var Art embed.FS

// Translations are the tables of what a person reads in the desktop app, translations/<language>.json: from the name of
// a text to the text, in which {braces} stand for what is filled in.
//
//go:embed translations/*.json
var Translations embed.FS
