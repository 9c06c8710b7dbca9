// Package verifier is the relying party that Latchkey carries with it: the
// organisation, its accounts and their keys, enrolment, sign-in, sessions, access
// tokens and the audit trail.
//
// Its interface is plain data in and out (WebAuthn L3 JSON forms, identifiers,
// times) without callbacks, so that a verifier on a server can take its place. It
// never talks to an authenticator, a person or a network. What it acknowledges is
// on disk first.
//
// A caller proves who it acts for by a session token or, where someone has no key
// yet, by the enrolment grant that a right password earns. Both are random
// 256-bit strings of which only a hash is stored.
package verifier
