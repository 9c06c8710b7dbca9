package desktop

import (
	"context"
	"errors"
	"sync"
	"time"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// fake is a Companion with an organisation, one account and one key in memory. Its methods run on the goroutines of
// flows, so all of it is guarded.
type fake struct {
	mu           sync.Mutex
	organization *verifier.Organization
	account      verifier.Account
	password     string
	session      *verifier.Session
	unstored     bool
	online       bool
	keys         []verifier.Credential
	clock        func() time.Time

	pin      string // of the key that is plugged in; "" while it has none
	retries  int
	touched  chan struct{} // a touch of the key
	plugged  []ceremony.DeviceInfo
	failures map[string]error // by use case, until taken
}

func newFake(clock clockFunc) *fake {
	return &fake{
		pin: "2580", retries: 8, clock: clock, touched: make(chan struct{}), failures: map[string]error{},
		plugged: []ceremony.DeviceInfo{{
			Device:   ceremony.Device{Path: "/dev/hidraw3", Name: "YubiKey 5 NFC", Kind: ceremony.KindSecurityKey, Transport: ceremony.TransportUSB},
			Versions: []string{"FIDO_2_0", "FIDO_2_1"}, Algorithms: []string{"ES256", "EdDSA"}, Extensions: []string{"credProtect"},
			MinPINLength: 4, PINSet: true, PINRetries: 8, FirmwareMajor: 5, FirmwareMinor: 6, FirmwareBuild: 3, ResidentFree: 23,
		}},
	}
}

// settled is a fake after the first run: an organisation, Anna and her key.
func settled(clock clockFunc) *fake {
	f := newFake(clock)
	f.organization = &verifier.Organization{ID: "o", Name: "Northgate Clinic", RPID: "localhost"}
	f.account = verifier.Account{Username: "anna.berg", DisplayName: "Anna Berg", FactorRequired: true, Role: verifier.RoleAdministrator}
	f.password = "correct horse battery"
	f.addKey("Work key")
	return f
}

// signedIn is a settled fake with a session.
func signedIn(clock clockFunc) *fake {
	f := settled(clock)
	f.startSession()
	return f
}

func (f *fake) addKey(name string) verifier.Credential {
	key := verifier.Credential{
		ID: ceremony.Bytes(name), Name: name, Kind: verifier.SecurityKey, AAGUID: [16]byte{1},
		CreatedAt: f.clock().Add(-240 * 24 * time.Hour), LastUsedAt: f.clock().Add(-time.Hour),
	}
	f.keys = append(f.keys, key)
	return key
}

func (f *fake) startSession() {
	now := f.clock()
	f.session = &verifier.Session{
		Account: f.account, Organization: *f.organization, AMR: []string{"pwd"},
		CreatedAt: now, AuthenticatedAt: now, IdleExpiresAt: now.Add(10 * time.Hour), ExpiresAt: now.Add(12 * time.Hour),
	}
	if len(f.keys) > 0 {
		key := f.keys[0]
		f.session.AMR = []string{"pwd", "hwk", "pin", "user", "mfa"}
		f.session.CredentialID, f.session.CredentialName, f.session.CredentialModel = key.ID, key.Name, key.AAGUID
	}
}

// fail makes the next call of a use case end in an error.
func (f *fake) fail(useCase string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures[useCase] = err
}

// enter takes the lock and the failure that waits for a use case.
func (f *fake) enter(useCase string) error {
	f.mu.Lock()
	err := f.failures[useCase]
	delete(f.failures, useCase)
	return err
}

func (f *fake) Overview(context.Context) (companion.Overview, error) {
	err := f.enter("overview")
	defer f.mu.Unlock()
	overview := companion.Overview{Organization: f.organization, Online: f.online, Stored: f.session != nil && !f.unstored}
	if f.session != nil {
		session := *f.session
		overview.Session = &session
	}
	return overview, err
}

func (f *fake) CreateOrganization(_ context.Context, request verifier.NewOrganization) (verifier.Organization, verifier.Account, error) {
	err := f.enter("create")
	defer f.mu.Unlock()
	if err != nil {
		return verifier.Organization{}, verifier.Account{}, err
	}
	f.organization = &verifier.Organization{ID: "o", Name: request.Name, RPID: request.RPID, VirtualKeysAllowed: request.VirtualKeysAllowed}
	f.account = verifier.Account{
		Username: request.Administrator.Username, DisplayName: request.Administrator.DisplayName,
		FactorRequired: true, Role: verifier.RoleAdministrator,
	}
	f.password = request.Administrator.Password
	return *f.organization, f.account, nil
}

func (f *fake) SignIn(ctx context.Context, request companion.SignInRequest, prompter ceremony.Prompter) (companion.SignedIn, error) {
	err := f.enter("sign in")
	account, right, none := f.account, request.Username == f.account.Username && request.Password == f.password, len(f.keys) == 0
	f.mu.Unlock()
	switch {
	case err != nil:
		return companion.SignedIn{}, err
	case !right:
		return companion.SignedIn{}, &verifier.Error{Code: verifier.CodeWrongPassword}
	case none && account.FactorRequired:
		return companion.SignedIn{Account: account, Authority: "grant"}, nil
	case none:
	default:
		if err := f.use(ctx, prompter, ceremony.PurposeAssert); err != nil {
			return companion.SignedIn{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.startSession()
	signedIn := companion.SignedIn{Account: account, Session: &companion.Held{Session: *f.session}}
	if f.unstored {
		return signedIn, companion.ErrNotStored
	}
	return signedIn, nil
}

func (f *fake) SignOut(context.Context) (verifier.Session, error) {
	err := f.enter("sign out")
	defer f.mu.Unlock()
	if err == nil {
		f.session = nil
	}
	return verifier.Session{}, err
}

func (f *fake) Keys(context.Context) ([]verifier.Credential, error) {
	err := f.enter("keys")
	defer f.mu.Unlock()
	return append([]verifier.Credential{}, f.keys...), err
}

func (f *fake) Enroll(ctx context.Context, authority string, wanted companion.Enrollment, prompter ceremony.Prompter) (verifier.Credential, error) {
	err := f.enter("enroll")
	allowed := authority == "grant" || f.session != nil
	f.mu.Unlock()
	if err != nil {
		return verifier.Credential{}, err
	}
	if !allowed {
		return verifier.Credential{}, companion.ErrNotSignedIn
	}
	if err := f.use(ctx, prompter, ceremony.PurposeCreate); err != nil {
		return verifier.Credential{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if wanted.Name == "" {
		wanted.Name = "YubiKey 5 NFC"
	}
	return f.addKey(wanted.Name), nil
}

func (f *fake) RenameKey(_ context.Context, id ceremony.Bytes, name string) error {
	err := f.enter("rename")
	defer f.mu.Unlock()
	for i := range f.keys {
		if err == nil && f.keys[i].ID.String() == id.String() {
			f.keys[i].Name = name
		}
	}
	return err
}

func (f *fake) DeleteKey(ctx context.Context, id ceremony.Bytes, lockOut bool, prompter ceremony.Prompter) error {
	err := f.enter("delete")
	last := len(f.keys) == 1
	f.mu.Unlock()
	switch {
	case err != nil:
		return err
	case last && !lockOut:
		return &verifier.Error{Code: verifier.CodeLastFactor}
	}
	if err := f.use(ctx, prompter, ceremony.PurposeAssert); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, key := range f.keys {
		if key.ID.String() == id.String() {
			f.keys = append(f.keys[:i], f.keys[i+1:]...)
			return nil
		}
	}
	return errors.New("no such key")
}

func (f *fake) Model([16]byte) string { return "YubiKey 5 NFC" }

func (f *fake) Devices(context.Context) []ceremony.Availability {
	err := f.enter("devices")
	defer f.mu.Unlock()
	available := ceremony.Availability{Kind: ceremony.KindSecurityKey, State: ceremony.StateReady}
	switch {
	case err != nil:
		return []ceremony.Availability{{Kind: ceremony.KindSecurityKey, State: ceremony.StateNoAccess, Problem: err}}
	case len(f.plugged) == 0:
		available.State, available.Problem = ceremony.StateAbsent, ceremony.ErrNoDevice
	}
	for _, info := range f.plugged {
		available.Devices = append(available.Devices, info.Device)
	}
	return []ceremony.Availability{available}
}

func (f *fake) Offers(ctx context.Context) []ceremony.Availability { return f.Devices(ctx) }

func (f *fake) Device(_ context.Context, path string) (ceremony.DeviceInfo, error) {
	err := f.enter("device")
	defer f.mu.Unlock()
	for _, info := range f.plugged {
		if err == nil && info.Path == path {
			return info, nil
		}
	}
	return ceremony.DeviceInfo{}, err
}

// use is a ceremony with the key that is plugged in: its PIN, then a touch.
func (f *fake) use(ctx context.Context, prompter ceremony.Prompter, purpose ceremony.Purpose) error {
	f.mu.Lock()
	device, pin, retries := f.plugged[0].Device, f.pin, f.retries
	f.mu.Unlock()
	if pin == "" {
		chosen, err := prompter.NewPIN(ctx, ceremony.NewPINQuestion{Device: device, MinLength: 4})
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.pin = chosen
		f.mu.Unlock()
	} else {
		question := ceremony.PINQuestion{Device: device, Purpose: purpose, Retries: retries}
		for {
			answer, err := prompter.PIN(ctx, question)
			if err != nil {
				return err
			}
			if answer == pin {
				break
			}
			question.Wrong, question.Retries = true, question.Retries-1
		}
	}
	done := prompter.Touch(ctx, ceremony.TouchNotice{Devices: []ceremony.Device{device}, Purpose: purpose})
	defer done()
	select {
	case <-f.touched:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
