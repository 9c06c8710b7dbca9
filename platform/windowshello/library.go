package windowshello

// library is webauthn.dll: one method for each function of it that is used. Errors are
// hresults. What a method returns a pointer to belongs to the library until it is freed.
type library interface {
	apiVersion() uint32
	userVerifyingPlatformAuthenticator() (bool, error)

	cancellationID() (*guid, error)
	// cancel ends the operation that was given id. Before that has begun it does nothing.
	cancel(id *guid) error

	// makeCredential and getAssertion wait for the person before the window.
	makeCredential(window uintptr, request *creation) (*credentialAttestation, error)
	freeAttestation(*credentialAttestation)
	getAssertion(window uintptr, request *assertionRequest) (*assertion, error)
	freeAssertion(*assertion)

	// The platform's own credentials can be had from apiPlatformCredentials on.
	platformCredentials(*getCredentialsOptions) (*credentialDetailsList, error)
	freePlatformCredentials(*credentialDetailsList)
	deletePlatformCredential(id []byte) error

	// foregroundWindow is the window to stand before where the app has none of its own.
	foregroundWindow() uintptr
}
