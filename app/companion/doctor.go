package companion

import (
	"context"
	"errors"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Verdict is how a check of the self-check ended.
type Verdict string

// The verdicts. Only VerdictFail makes the self-check fail as a whole.
const (
	VerdictOK   Verdict = "ok"
	VerdictNote Verdict = "note" // works, and the person may want to know
	VerdictFail Verdict = "fail" // has to be mended, see Fix
)

// Check is one line of the self-check.
type Check struct {
	Name    string // stable, for --json: "database", "keyring", "security_key"
	Title   string // for people
	Verdict Verdict
	Detail  string // what was found
	Fix     string // what to do, exact; "" where there is nothing to do
}

// HostCheck looks at one thing of this computer.
type HostCheck func(ctx context.Context) Check

// Doctor looks at everything that a sign-in needs and names the exact fix for what
// is wrong. It asks nobody anything and changes nothing.
func (c *Companion) Doctor(ctx context.Context) []Check {
	checks := make([]Check, 0, len(c.HostChecks)+4)
	for _, check := range c.HostChecks {
		checks = append(checks, check(ctx))
	}
	checks = append(checks, c.checkStore(ctx), c.checkOrganization(ctx), c.checkVault(ctx))
	for _, offer := range c.Offers(ctx) {
		if errors.Is(offer.Problem, verifier.ErrFingerprint) {
			continue // nobody has looked whether this computer has it, and nobody has to
		}
		checks = append(checks, checkAuthenticator(offer))
	}
	network := Check{Name: "network", Title: "Network", Verdict: VerdictOK, Detail: "Online. Latchkey does not need it."}
	if !c.Network.Online() {
		network.Detail = "Offline. Everything works as usual."
	}
	return append(checks, network)
}

// Healthy tells whether none of the checks failed.
func Healthy(checks []Check) bool {
	for _, check := range checks {
		if check.Verdict == VerdictFail {
			return false
		}
	}
	return true
}

func (c *Companion) checkStore(ctx context.Context) Check {
	check := Check{Name: "database", Title: "Database", Verdict: VerdictOK, Detail: "Whole, and its audit trail is unbroken."}
	return check.failed(c.RelyingParty.CheckStore(ctx))
}

func (c *Companion) checkOrganization(ctx context.Context) Check {
	check := Check{Name: "organization", Title: "Organisation", Verdict: VerdictOK}
	organization, err := c.RelyingParty.Organization(ctx)
	if errors.Is(err, verifier.ErrNoOrganization) {
		message := Describe(err)
		check.Verdict, check.Detail, check.Fix = VerdictNote, message.What, message.Next
		return check
	}
	check.Detail = organization.Name + ", portal domain " + organization.RPID + "."
	return check.failed(err)
}

func (c *Companion) checkVault(ctx context.Context) Check {
	check := Check{Name: "keyring", Title: "Keyring", Verdict: VerdictOK, Detail: "Unlocked and working."}
	return check.failed(c.Vault.Check(ctx))
}

func checkAuthenticator(probed ceremony.Availability) Check {
	check := Check{Name: string(probed.Kind), Title: kindTitle(probed.Kind), Verdict: VerdictOK}
	switch probed.State {
	case ceremony.StateReady:
		for i, device := range probed.Devices {
			if i > 0 {
				check.Detail += ", "
			}
			check.Detail += device.Name
			if device.Path != "" {
				check.Detail += " at " + device.Path
			}
		}
		if check.Detail == "" {
			check.Detail = "Ready."
		}
	default:
		check = check.failed(firstError(probed.Problem, ceremony.ErrNoDevice))
		// Nothing plugged in is how most computers are most of the time, and nobody has to
		// use what is built in.
		if probed.State == ceremony.StateAbsent || probed.State == ceremony.StateUnsupported || probed.Kind.BuiltIn() {
			check.Verdict = VerdictNote
		}
	}
	return check
}

func kindTitle(kind ceremony.Kind) string {
	if kind == ceremony.KindSecurityKey {
		return "Security keys"
	}
	return BuiltInName(kind)
}

// failed returns the check as it stands, or as the failure that err is.
func (c Check) failed(err error) Check {
	if err == nil {
		return c
	}
	message := Describe(err)
	c.Verdict, c.Detail, c.Fix = VerdictFail, message.What, message.Next
	return c
}
