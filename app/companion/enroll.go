package companion

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Enrollment is what somebody wants to enrol.
type Enrollment struct {
	// Kind is that of the authenticator; "" means a security key. What is built into a
	// computer is enrolled by its user alone, for themselves.
	Kind ceremony.Kind

	// Name is what the person calls it; "" names it after its make, and what is built in
	// after this computer. A second key of one name gets a number.
	Name string
}

// CanEnroll tells whether a key of a kind is at hand and wanted, before anybody is asked
// for anything; "" means a security key.
func (c *Companion) CanEnroll(ctx context.Context, kind ceremony.Kind) error {
	if _, err := c.RelyingParty.Organization(ctx); err != nil {
		return err
	}
	_, err := c.ready(ctx, cmp.Or(kind, ceremony.KindSecurityKey))
	return err
}

// Enroll makes a credential and registers it. authority is the grant of a SignIn that
// led to no session; "" uses the current session, for which a fresh assertion with a
// key enrolled before is asked for where needed.
func (c *Companion) Enroll(ctx context.Context, authority string, wanted Enrollment, prompter ceremony.Prompter) (verifier.Credential, error) {
	if wanted.Name != "" { // refuse before asking for anything
		if err := verifier.CheckName(wanted.Name); err != nil {
			return verifier.Credential{}, err
		}
	}
	wanted.Kind = cmp.Or(wanted.Kind, ceremony.KindSecurityKey)
	if authority == "" {
		held, err := c.Current(ctx)
		if err != nil {
			return verifier.Credential{}, err
		}
		authority = held.token
	}
	authenticator, err := c.ready(ctx, wanted.Kind)
	if err != nil {
		return verifier.Credential{}, err
	}
	kind := verifier.SecurityKey
	if wanted.Kind.BuiltIn() {
		kind = verifier.DeviceAuthenticator
	}
	var registration verifier.Registration
	err = c.fresh(ctx, authority, prompter, func() (err error) {
		registration, err = c.RelyingParty.BeginRegistration(ctx, authority, kind)
		return err
	})
	if err != nil {
		return verifier.Credential{}, err
	}
	options := registration.Options
	clientData := ceremony.ClientData(ceremony.TypeCreate, options.Challenge, options.RP.ID)
	created, err := authenticator.Create(ctx, ceremony.CreateRequest{Options: options, ClientDataJSON: clientData}, prompter)
	if err != nil {
		return verifier.Credential{}, &FactorError{wanted.Kind, err}
	}
	label := verifier.Label{Name: wanted.Name}
	if wanted.Kind.BuiltIn() {
		label.Computer = printable(c.Computer)
	}
	if label.Name == "" {
		label.Name = suggestedName(wanted.Kind, created.Device.Name, label.Computer)
	}
	credential, err := c.RelyingParty.FinishRegistration(ctx, authority, registration.CeremonyID, created.Response(clientData), label)
	if err != nil {
		return verifier.Credential{}, c.rollBack(ctx, authenticator, created, err)
	}
	return credential, nil
}

// longestName is how many code points the relying party takes for a name.
const longestName = 64

// suggestedName makes a name out of what a key calls itself, or of what is built in and
// the computer that it is built into. "" leaves it to the relying party.
func suggestedName(kind ceremony.Kind, title, computer string) string {
	if !kind.BuiltIn() {
		return printable(title)
	}
	if computer == "" {
		return BuiltInName(kind)
	}
	return printable(BuiltInName(kind) + " on " + computer)
}

// BuiltInName is what people call an authenticator that is built into a computer.
func BuiltInName(kind ceremony.Kind) string {
	switch kind {
	case ceremony.KindWindowsHello:
		return "Windows Hello"
	case ceremony.KindTouchID:
		return "Touch ID"
	case ceremony.KindTPM:
		return "Security chip"
	case ceremony.KindFingerprint:
		return "Fingerprint"
	}
	return ""
}

// printable makes a name that can be stored and shown out of what a key or computer
// calls itself, which can be anything.
func printable(title string) string {
	shown := strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(title, ""))
	runes := []rune(strings.TrimSpace(shown))
	return strings.TrimSpace(string(runes[:min(len(runes), longestName)]))
}

// rollBack removes a credential that the relying party refused. The refusal is what the
// person reads, also where removing fails, which it only mentions.
func (c *Companion) rollBack(ctx context.Context, authenticator Authenticator, created *ceremony.Created, refusal error) error {
	rollbacker, ok := authenticator.(Rollbacker)
	if !ok {
		return refusal
	}
	// The refusal may have come from ctx itself; the orphan has to go all the same.
	if err := rollbacker.Rollback(context.WithoutCancel(ctx), created.CredentialID); err != nil {
		return fmt.Errorf("%w (and removing the unused credential: %v)", refusal, err)
	}
	return refusal
}
