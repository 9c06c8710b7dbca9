// Package companion is what Latchkey does for people: enrol a key, sign in, manage
// keys, hand out tokens, administer accounts and check itself.
//
// Each use case takes plain values and a ceremony.Prompter and leaves nothing
// running behind. The graphical and the command-line interface are two skins over
// it; what one can do, the other can. ports.go names what it consumes,
// messages.go is the one table from error to what a person reads.
package companion
