// Package ceremony is the vocabulary that the parts of Latchkey share when a
// person enrols a key or signs in with one.
//
// It holds the JSON forms of WebAuthn Level 3 (options, responses, client data),
// the questions an authenticator may ask a person (Prompter), what a probe of an
// authenticator can tell (Availability) and the errors a ceremony ends with
// (Error). It depends on the standard library alone, so that authenticators and
// the relying party can both speak it without knowing each other.
package ceremony
