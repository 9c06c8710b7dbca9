package windowshello

import (
	"context"
	"testing"

	"latchkey/fido/ceremony"
)

// fakeLibrary is a webauthn.dll that a test scripts. It answers at once unless blocked.
type fakeLibrary struct {
	api         uint32
	notSetUp    bool
	failure     error // of every ceremony and of deletions and listings
	blocked     bool  // ceremonies wait until they are cancelled
	deaf        int   // cancellations that come too early to be heard
	attestation credentialAttestation
	assertion   assertion
	details     *credentialDetailsList

	begun    chan struct{} // gets a value when a blocked ceremony waits
	canceled chan struct{}
	creation *creation
	request  *assertionRequest
	window   uintptr
	listed   string
	deleted  []byte
	owed     int // results that have not been freed
}

// newFake returns a library of the newest API with results that are complete.
func newFake() *fakeLibrary {
	f := &fakeLibrary{api: newestAPI, begun: make(chan struct{}, 1), canceled: make(chan struct{})}
	f.attestation = credentialAttestation{version: 8, transports: 0x03, usedTransport: 0x02}
	f.attestation.credentialIDSize, f.attestation.credentialID = blob([]byte("made"))
	f.attestation.objectSize, f.attestation.object = blob([]byte("object"))
	f.attestation.authenticatorDataSize, f.attestation.authenticatorData = blob(append(make([]byte, 37), "the model's name, and more"...))
	f.assertion = assertion{version: 6}
	f.assertion.credential.idSize, f.assertion.credential.id = blob([]byte("made"))
	f.assertion.authenticatorDataSize, f.assertion.authenticatorData = blob([]byte("data"))
	f.assertion.signatureSize, f.assertion.signature = blob([]byte("signature"))
	f.assertion.userIDSize, f.assertion.userID = blob([]byte("user"))
	return f
}

func (f *fakeLibrary) apiVersion() uint32                                { return f.api }
func (f *fakeLibrary) userVerifyingPlatformAuthenticator() (bool, error) { return !f.notSetUp, nil }
func (f *fakeLibrary) cancellationID() (*guid, error)                    { return &guid{7}, nil }
func (f *fakeLibrary) foregroundWindow() uintptr                         { return 1 }

func (f *fakeLibrary) cancel(id *guid) error {
	if *id != (guid{7}) || f.deaf > 0 {
		f.deaf--
		return nteNotFound
	}
	select {
	case <-f.canceled: // once is enough
	default:
		close(f.canceled)
	}
	return nil
}

// answer is how a ceremony ends.
func (f *fakeLibrary) answer(window uintptr) error {
	f.window = window
	if f.blocked {
		f.begun <- struct{}{}
		<-f.canceled
		return hresult(0x80090036)
	}
	if f.failure == nil {
		f.owed++
	}
	return f.failure
}

func (f *fakeLibrary) makeCredential(window uintptr, request *creation) (*credentialAttestation, error) {
	f.creation = request
	if err := f.answer(window); err != nil {
		return nil, err
	}
	return &f.attestation, nil
}

func (f *fakeLibrary) getAssertion(window uintptr, request *assertionRequest) (*assertion, error) {
	f.request = request
	if err := f.answer(window); err != nil {
		return nil, err
	}
	return &f.assertion, nil
}

func (f *fakeLibrary) platformCredentials(options *getCredentialsOptions) (*credentialDetailsList, error) {
	f.listed = narrow(options.rpID)
	if f.failure != nil {
		return nil, f.failure
	}
	f.owed++
	return f.details, nil
}

func (f *fakeLibrary) deletePlatformCredential(id []byte) error {
	f.deleted = id
	return f.failure
}

func (f *fakeLibrary) freeAttestation(*credentialAttestation)         { f.owed-- }
func (f *fakeLibrary) freeAssertion(*assertion)                       { f.owed-- }
func (f *fakeLibrary) freePlatformCredentials(*credentialDetailsList) { f.owed-- }

// prompter tells what the person is told.
type prompter struct {
	notices []ceremony.TouchNotice
	done    int
}

func (*prompter) PIN(context.Context, ceremony.PINQuestion) (string, error) {
	panic("Windows asks for PINs itself")
}

func (*prompter) NewPIN(context.Context, ceremony.NewPINQuestion) (string, error) {
	panic("Windows asks for PINs itself")
}

func (p *prompter) Touch(_ context.Context, notice ceremony.TouchNotice) func() {
	p.notices = append(p.notices, notice)
	return func() { p.done++ }
}

// authenticator is what both authenticators have in common.
type authenticator interface {
	Probe(context.Context) ceremony.Availability
	Create(context.Context, ceremony.CreateRequest, ceremony.Prompter) (*ceremony.Created, error)
	Assert(context.Context, ceremony.AssertRequest, ceremony.Prompter) (*ceremony.Asserted, error)
}

var (
	_ authenticator = (*Hello)(nil)
	_ authenticator = (*SecurityKeys)(nil)
)

// createRequest asks for a credential as the verifier does.
func createRequest() ceremony.CreateRequest {
	options := ceremony.CreationOptions{
		RP:        ceremony.RelyingParty{ID: "portal.example", Name: "Portal"},
		User:      ceremony.User{ID: []byte("user handle"), Name: "zoë", DisplayName: "Zoë 🔑"},
		Challenge: []byte("a challenge of thirty-two bytes."),
		PubKeyCredParams: []ceremony.CredentialParameter{
			{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256},
			{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgRS256},
		},
		AuthenticatorSelection: ceremony.AuthenticatorSelection{
			ResidentKey: "preferred", UserVerification: ceremony.VerificationRequired,
		},
		Extensions: &ceremony.CreationExtensions{CredentialProtectionPolicy: "userVerificationRequired"},
	}
	return ceremony.CreateRequest{
		Options:        options,
		ClientDataJSON: ceremony.ClientData(ceremony.TypeCreate, options.Challenge, options.RP.ID),
	}
}

// assertRequest asks for a signature as the verifier does.
func assertRequest(allowed ...ceremony.CredentialDescriptor) ceremony.AssertRequest {
	options := ceremony.RequestOptions{
		RPID: "portal.example", Challenge: []byte("a challenge of thirty-two bytes!"),
		AllowCredentials: allowed, UserVerification: ceremony.VerificationRequired,
	}
	return ceremony.AssertRequest{
		Options:        options,
		ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, options.Challenge, options.RPID),
	}
}

func descriptor(id []byte, transports ...string) ceremony.CredentialDescriptor {
	return ceremony.CredentialDescriptor{Type: ceremony.CredentialTypePublicKey, ID: id, Transports: transports}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
