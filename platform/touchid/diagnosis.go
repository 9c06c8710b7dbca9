package touchid

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"latchkey/fido/ceremony"
)

// Requirement is something that Touch ID cannot do without.
type Requirement string

// The requirements, in the order in which they are looked at.
const (
	RequireMacOS       Requirement = "macOS 12 or newer"
	RequireSignature   Requirement = "code signature"
	RequireEntitlement Requirement = "entitlement"
	RequireBundle      Requirement = "app bundle"
	RequireEnclave     Requirement = "Secure Enclave"
	RequireSensor      Requirement = "Touch ID sensor"
	RequireLid         Requirement = "open lid"
	RequireFinger      Requirement = "enrolled finger"
	RequirePassword    Requirement = "password"
)

// Unmet is the cause of an error that names which requirement is not met.
type Unmet struct {
	Requirement Requirement
	Err         error // what macOS said
}

// Error gives the requirement and what macOS said about it.
func (u *Unmet) Error() string { return fmt.Sprintf("no %s: %v", u.Requirement, u.Err) }

// Unwrap returns what macOS said.
func (u *Unmet) Unwrap() error { return u.Err }

// What a person does about each.
const (
	fixNotAMac     = "Use a security key, or what is built into this computer."
	fixTooOld      = "Update to macOS 12 or newer under Apple menu > System Settings > General > Software Update, or use a security key."
	fixUnsigned    = "Install the signed Latchkey.app, or sign this copy as docs/macos.md says: macOS gives Touch ID to signed apps alone."
	fixTampered    = "Install Latchkey.app again: this copy was changed after it was signed."
	fixNotEntitled = "Install the signed Latchkey.app, or sign this copy with assets/macos/Latchkey.entitlements as docs/macos.md says: it has no keychain access group of its own."
	fixNoBundle    = "Start Latchkey.app, or on the command line Latchkey.app/Contents/Helpers/latchkey.app/Contents/MacOS/latchkey: macOS gives Touch ID to apps alone."
	fixNoEnclave   = "Start Latchkey without sudo, or use a security key: no Secure Enclave can be reached."
	fixNoSensor    = "Use a security key, or with Apple silicon a Magic Keyboard with Touch ID."
	fixLid         = "Open the lid, or use another key."
	fixNoFinger    = "Open System Settings > Touch ID & Password and add a fingerprint."
	fixNoPassword  = "Open System Settings > Users & Groups and set a password for your account, then add a fingerprint under Touch ID & Password."
)

// ready returns the system and the access group of the keys, when the program has all that
// it needs itself. That does not change while it runs, so what was met is not looked at
// again; what was not, is.
func (c *chip) ready(ctx context.Context) (system, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.system == nil {
		system, err := c.open()
		if errors.Is(err, errNotAMac) {
			return nil, "", c.unmet(RequireMacOS, ceremony.CodeUnsupported, fixNotAMac, err)
		}
		if err != nil {
			return nil, "", c.unmet(RequireMacOS, ceremony.CodeUnsupported, fixTooOld, err)
		}
		c.system = system
	}
	if c.group == "" {
		group, err := c.diagnose(c.system)
		if err != nil {
			return nil, "", err
		}
		c.group = group
	}
	return c.system, c.group, nil
}

// errNotAMac is how the system is opened where there is none.
var errNotAMac = errors.New("this is not a Mac")

// diagnose names the first requirement that is not met of those that stay as they are
// while the program runs, and returns the access group of the keys.
func (c *chip) diagnose(system system) (group string, err error) {
	if err := checkVersion(system); err != nil {
		return "", c.unmet(RequireMacOS, ceremony.CodeUnsupported, fixTooOld, err)
	}
	if err := system.signature(); err != nil {
		fix := fixTampered
		if isApple(err, nsOSStatusErrorDomain, errSecCSUnsigned) {
			fix = fixUnsigned
		}
		return "", c.unmet(RequireSignature, ceremony.CodeNoAccess, fix, err)
	}
	if group, err = ownGroup(system); err != nil {
		return "", c.unmet(RequireEntitlement, ceremony.CodeNoAccess, fixNotEntitled, err)
	}
	if system.bundle() == "" {
		return "", c.unmet(RequireBundle, ceremony.CodeNoAccess, fixNoBundle, errors.New("the program runs by itself"))
	}
	if err := system.enclave(); err != nil {
		if known, ok := meaning(err); ok && known.code == ceremony.CodeNoAccess {
			return "", c.explain(err) // it may be there, but cannot be reached now
		}
		return "", c.unmet(RequireEnclave, ceremony.CodeUnsupported, fixNoEnclave, err)
	}
	return group, nil
}

func checkVersion(system system) error {
	version, err := system.version()
	if err != nil {
		return err
	}
	major, _, _ := strings.Cut(version, ".")
	if number, err := strconv.Atoi(major); err != nil || number < MinMacOS {
		return fmt.Errorf("macOS %q", version)
	}
	return nil
}

// ownGroup returns [KeychainGroup] with the prefix of the team that has signed.
func ownGroup(system system) (string, error) {
	groups, err := system.accessGroups()
	if err != nil {
		return "", err
	}
	for _, group := range groups {
		if _, rest, ok := strings.Cut(group, "."); ok && rest == KeychainGroup {
			return group, nil
		}
	}
	return "", fmt.Errorf("entitled to the keychain access groups %q, not to %s", groups, KeychainGroup)
}

// fingers tells why no finger can be asked for, nil where one can: what changes while the
// program runs. A closed lid does not matter where a keyboard has a sensor.
func (c *chip) fingers(system system) error {
	sensor, err := system.fingers()
	if err == nil {
		return nil
	}
	if lid := c.closedLid(system, err); lid != nil {
		return lid
	}
	known, _ := meaning(err)
	if !sensor && (known.requirement == RequireSensor || known.requirement == RequireFinger || known.requirement == RequirePassword) {
		return c.unmet(RequireSensor, ceremony.CodeUnsupported, fixNoSensor, err)
	}
	return c.explain(err)
}

// closedLid is the error of a closed lid where that is behind err, else nil. macOS says
// that the system has cancelled, or that there is nothing to put a finger on.
func (c *chip) closedLid(system system, err error) error {
	said := isApple(err, laErrorDomain, laErrorSystemCancel) || isApple(err, laErrorDomain, laErrorBiometryNotAvailable)
	if !said || !system.lidClosed() {
		return nil
	}
	return c.unmet(RequireLid, ceremony.CodeNoAccess, fixLid, err)
}

func (c *chip) unmet(requirement Requirement, code ceremony.Code, fix string, cause error) error {
	return c.fail(code, fix, &Unmet{requirement, cause})
}

func (c *chip) fail(code ceremony.Code, fix string, cause error) error {
	return &ceremony.Error{Code: code, Device: c.name, Retries: -1, Fix: fix, Err: cause}
}
