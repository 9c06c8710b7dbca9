package desktop

import (
	"context"
	"errors"
	"slices"
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

	pin         string // of the key that is plugged in; "" while it has none
	retries     int
	touched     chan struct{} // a touch of the key, or a finger
	builtIn     []ceremony.Availability
	unkeyed     error                // why security keys cannot work at all
	probing     chan struct{}        // held up until it is closed, if set
	enrolling   chan context.Context // takes the context of each enrolment, which then stands still, if set
	ownDialogue bool                 // the system asks for keys by itself, PIN and all
	unread      string               // why the first finger does not count
	chipPIN     string               // of what was enrolled with PIN in the security chip
	used        ceremony.Kind        // what was used last
	plugged     []ceremony.DeviceInfo
	lockedOut   []verifier.Account // by refusing fingers
	counting    chan struct{}      // whom that would be, held up until it is closed, if set
	failures    map[string]error   // by use case, until taken
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

// addBuiltIn adds a key that is built into a computer.
func (f *fake) addBuiltIn(kind ceremony.Kind, name, computer string) verifier.Credential {
	f.addKey(name)
	key := &f.keys[len(f.keys)-1]
	key.Kind, key.Computer, key.AAGUID = verifier.DeviceAuthenticator, computer, modelOfKind(kind)
	return *key
}

func modelOfKind(kind ceremony.Kind) [16]byte {
	for model, known := range builtInModels {
		if known == kind {
			return model
		}
	}
	return [16]byte{2}
}

// kindOfKey is the kind of authenticator that a key is on.
func kindOfKey(key verifier.Credential) ceremony.Kind {
	switch {
	case key.Kind != verifier.DeviceAuthenticator:
		return ceremony.KindSecurityKey
	case builtInModels[key.AAGUID] != "":
		return builtInModels[key.AAGUID]
	}
	return ceremony.KindWindowsHello
}

func (f *fake) startSession() {
	now := f.clock()
	f.session = &verifier.Session{
		Account: f.account, Organization: *f.organization, AMR: []string{"pwd"},
		CreatedAt: now, AuthenticatedAt: now, IdleExpiresAt: now.Add(10 * time.Hour), ExpiresAt: now.Add(12 * time.Hour),
	}
	if len(f.keys) > 0 {
		key := f.keys[max(0, slices.IndexFunc(f.keys, func(key verifier.Credential) bool { return kindOfKey(key) == f.used }))]
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
		if err := f.assert(ctx, prompter); err != nil {
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
	if f.enrolling != nil {
		f.enrolling <- ctx
		<-ctx.Done()
		return verifier.Credential{}, ctx.Err()
	}
	if err := f.use(ctx, prompter, ceremony.PurposeCreate, wanted.Kind); err != nil {
		return verifier.Credential{}, &companion.FactorError{Kind: wanted.Kind, Err: err}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case wanted.Kind.BuiltIn() && wanted.Name == "":
		return f.addBuiltIn(wanted.Kind, companion.BuiltInName(wanted.Kind)+" on falcon", "falcon"), nil
	case wanted.Kind.BuiltIn():
		return f.addBuiltIn(wanted.Kind, wanted.Name, "falcon"), nil
	case wanted.Name == "":
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
	if err := f.assert(ctx, prompter); err != nil {
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

func (f *fake) AllowFingerprint(ctx context.Context, allowed bool, prompter ceremony.Prompter) ([]verifier.Account, error) {
	err := f.enter("policy")
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := f.assert(ctx, prompter); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.organization.FingerprintAllowed = allowed
	f.session.Organization = *f.organization
	if allowed {
		return nil, nil
	}
	return f.lockedOut, nil
}

func (f *fake) FingerprintOnly(ctx context.Context) ([]verifier.Account, error) {
	if f.counting != nil {
		select {
		case <-f.counting:
		case <-ctx.Done():
		}
	}
	err := f.enter("fingerprint only")
	defer f.mu.Unlock()
	return f.lockedOut, err
}

func (f *fake) Model(aaguid [16]byte) string {
	if aaguid == modelOfKind(ceremony.KindWindowsHello) {
		return "Windows Hello"
	}
	return "YubiKey 5 NFC"
}

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

func (f *fake) Offers(ctx context.Context) []ceremony.Availability {
	if f.probing != nil {
		select {
		case <-f.probing:
		case <-ctx.Done():
		}
	}
	offers := f.Devices(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unkeyed != nil {
		offers[0].State, offers[0].Problem = ceremony.StateUnsupported, f.unkeyed
	}
	return append(offers, f.builtIn...)
}

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

// assert signs with the first key that can be used, as companion does: where one cannot, the next is tried.
func (f *fake) assert(ctx context.Context, prompter ceremony.Prompter) error {
	f.mu.Lock()
	var kinds []ceremony.Kind
	for _, key := range f.keys {
		if kind := kindOfKey(key); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	f.mu.Unlock()
	var failed error = ceremony.ErrNoCredential
	for _, kind := range kinds {
		one, end := context.WithCancelCause(ctx)
		prompter.(companion.Switcher).CanSwitch(func() { end(companion.ErrUseAnother) })
		err := f.use(one, prompter, ceremony.PurposeAssert, kind)
		unwanted := errors.Is(context.Cause(one), companion.ErrUseAnother)
		end(nil)
		switch {
		case err == nil:
			return nil
		case unwanted:
			failed = &companion.FactorError{Kind: kind, Err: companion.ErrUseAnother}
		case errors.Is(err, ceremony.ErrPINAuthBlocked):
			failed = &companion.FactorError{Kind: kind, Err: err}
			prompter.(companion.FallbackTeller).FellBack(ctx, failed)
		default:
			return &companion.FactorError{Kind: kind, Err: err}
		}
	}
	return failed
}

// use is a ceremony with what is plugged in or built in: its PIN, then a touch, as far as the kind asks for them.
func (f *fake) use(ctx context.Context, prompter ceremony.Prompter, purpose ceremony.Purpose, kind ceremony.Kind) error {
	err := f.enter(string(kind))
	device, pin, least, retries := f.plugged[0].Device, &f.pin, 4, f.retries
	f.used = kind
	f.mu.Unlock()
	if err != nil {
		return err
	}
	if kind.BuiltIn() {
		device, pin, least, retries = ceremony.Device{Name: "built in", Kind: kind}, &f.chipPIN, 6, 5
	}
	device.OwnDialogue = f.ownDialogue
	if kind == ceremony.KindSecurityKey && !f.ownDialogue || kind == ceremony.KindTPM {
		if err := f.unlock(ctx, prompter, purpose, device, pin, least, retries); err != nil || kind == ceremony.KindTPM {
			return err
		}
	}
	if f.ownDialogue {
		ctx = due{ctx, f.clock().Add(2 * time.Minute)}
	}
	notice := ceremony.TouchNotice{Devices: []ceremony.Device{device}, Purpose: purpose}
	done := prompter.Touch(ctx, notice)
	defer func() { done() }()
	if f.unread != "" {
		notice.Refused = f.unread
		done = prompter.Touch(ctx, notice)
	}
	select {
	case <-f.touched:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// due is a context that names a time of the clock of the test as its deadline.
type due struct {
	context.Context
	at time.Time
}

func (d due) Deadline() (time.Time, bool) { return d.at, true }

// unlock asks for a PIN, or for a new one where there is none yet.
func (f *fake) unlock(ctx context.Context, prompter ceremony.Prompter, purpose ceremony.Purpose, device ceremony.Device, pin *string, least, retries int) error {
	if *pin == "" {
		chosen, err := prompter.NewPIN(ctx, ceremony.NewPINQuestion{Device: device, MinLength: least})
		if err == nil {
			*pin = chosen
		}
		return err
	}
	question := ceremony.PINQuestion{Device: device, Purpose: purpose, Retries: retries}
	for {
		answer, err := prompter.PIN(ctx, question)
		if err != nil || answer == *pin {
			return err
		}
		question.Wrong, question.Retries = true, question.Retries-1
	}
}
