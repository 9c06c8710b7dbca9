package cli

import (
	"time"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// The JSON documents of --json. Names are stable: scripts read them.

type orgJSON struct {
	ID                 string `json:"id"`
	Name               string `json:"name"`
	RPID               string `json:"rp_id"`
	VirtualKeysAllowed bool   `json:"virtual_keys_allowed"`
	FingerprintAllowed bool   `json:"fingerprint_allowed"`
}

func organizationJSON(o verifier.Organization) orgJSON {
	return orgJSON{o.ID, o.Name, o.RPID, o.VirtualKeysAllowed, o.FingerprintAllowed}
}

type personJSON struct {
	ID             string        `json:"id"`
	Username       string        `json:"username"`
	DisplayName    string        `json:"display_name"`
	Role           verifier.Role `json:"role"`
	FactorRequired bool          `json:"factor_required"`
}

func accountJSON(a verifier.Account) personJSON {
	return personJSON{a.ID, a.Username, a.DisplayName, a.Role, a.FactorRequired}
}

type userJSON struct {
	personJSON
	Keys       int        `json:"keys"`
	LastSignIn *time.Time `json:"last_sign_in"`
}

func requirement(a verifier.Account) string {
	if a.FactorRequired {
		return "required"
	}
	return "optional"
}

type keyJSON struct {
	ID         string                  `json:"id"`
	Name       string                  `json:"name"`
	Model      string                  `json:"model"`
	Kind       verifier.CredentialKind `json:"kind"`
	Computer   string                  `json:"computer,omitempty"`
	AAGUID     string                  `json:"aaguid,omitempty"`
	Transports []string                `json:"transports"`
	Virtual    bool                    `json:"virtual"`
	AddedAt    *time.Time              `json:"added_at"`
	LastUsedAt *time.Time              `json:"last_used_at"`
}

func (r *run) keyJSON(key verifier.Credential) keyJSON {
	return keyJSON{
		key.ID.String(), key.Name, r.model(key), key.Kind, key.Computer, aaguidText(key.AAGUID), list(key.Transports),
		key.Virtual, stamp(key.CreatedAt), stamp(key.LastUsedAt),
	}
}

type overviewJSON struct {
	Organization *orgJSON     `json:"organization"`
	Session      *sessionJSON `json:"session"`
	Online       bool         `json:"online"`
}

type sessionJSON struct {
	ID              string     `json:"id"`
	Account         personJSON `json:"account"`
	AMR             []string   `json:"amr"`
	KeyID           string     `json:"key_id,omitempty"`
	KeyName         string     `json:"key_name,omitempty"`
	AuthenticatedAt *time.Time `json:"authenticated_at"`
	ExpiresAt       *time.Time `json:"expires_at"`
	Stored          bool       `json:"stored"`
}

func (r *run) overviewJSON(o companion.Overview) overviewJSON {
	answer := overviewJSON{Online: o.Online}
	if o.Organization != nil {
		organization := organizationJSON(*o.Organization)
		answer.Organization = &organization
	}
	if s := o.Session; s != nil {
		answer.Session = &sessionJSON{
			s.ID, accountJSON(s.Account), s.AMR, s.CredentialID.String(), s.CredentialName,
			stamp(s.AuthenticatedAt), stamp(s.Until()), o.Stored,
		}
	}
	return answer
}

type checkJSON struct {
	Name    string            `json:"name"`
	Verdict companion.Verdict `json:"verdict"`
	Detail  string            `json:"detail"`
	Fix     string            `json:"fix,omitempty"`
}

type deviceJSON struct {
	Path         string        `json:"path"`
	Name         string        `json:"name"`
	Manufacturer string        `json:"manufacturer,omitempty"`
	USBID        string        `json:"usb_id,omitempty"`
	Kind         ceremony.Kind `json:"kind"`
	Transport    string        `json:"transport"`
	AAGUID       string        `json:"aaguid,omitempty"`
	Virtual      bool          `json:"virtual"`
}

func newDeviceJSON(d ceremony.Device) deviceJSON {
	return deviceJSON{d.Path, d.Name, d.Manufacturer, usbID(d), d.Kind, d.Transport, aaguidText(d.AAGUID), d.Virtual}
}

// list is never null in JSON.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

type infoJSON struct {
	deviceJSON
	Versions     []string        `json:"versions"`
	Extensions   []string        `json:"extensions"`
	Options      map[string]bool `json:"options"`
	PINProtocols []int           `json:"pin_protocols"`
	Algorithms   []string        `json:"algorithms"`
	MinPINLength int             `json:"min_pin_length"`
	PINSet       bool            `json:"pin_set"`
	PINRetries   *int            `json:"pin_retries"` // null where unknown
	MaxMsgSize   int             `json:"max_msg_size"`
	U2FOnly      bool            `json:"u2f_only"`
}

func newInfoJSON(i ceremony.DeviceInfo) infoJSON {
	answer := infoJSON{
		deviceJSON: newDeviceJSON(i.Device), Versions: list(i.Versions), Extensions: list(i.Extensions), Options: i.Options,
		PINProtocols: list(i.PINProtocols), Algorithms: list(i.Algorithms), MinPINLength: i.MinPINLength, PINSet: i.PINSet,
		MaxMsgSize: i.MaxMsgSize, U2FOnly: i.U2FOnly(),
	}
	if answer.Options == nil {
		answer.Options = map[string]bool{}
	}
	if i.PINRetries >= 0 {
		answer.PINRetries = &i.PINRetries
	}
	return answer
}
