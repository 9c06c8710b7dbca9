// Package cli is the command tree of `latchkey`: what the desktop app does, in a
// terminal and in scripts.
//
// A command writes its answer to standard output, as text or, with --json, as one
// JSON document, and what a person has to know while it runs to standard error. It
// ends with one of the documented exit codes. Secrets are typed at the terminal
// without echo or read from standard input, never taken from arguments.
package cli
