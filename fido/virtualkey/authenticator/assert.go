package authenticator

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"
)

// nextAssertionLimit is how soon each getNextAssertion has to follow (CTAP 2.1 §6.3).
const nextAssertionLimit = 30 * time.Second

// getAssertionRequest holds the parameters of authenticatorGetAssertion (CTAP 2.1 §6.2).
type getAssertionRequest struct {
	RPID           string       `cbor:"1,keyasint"`
	ClientDataHash octets       `cbor:"2,keyasint"`
	AllowList      []descriptor `cbor:"3,keyasint"`
	Extensions     struct {
		HMACSecret *hmacSecretInput `cbor:"hmac-secret"`
	} `cbor:"4,keyasint"`
	Options   map[string]bool `cbor:"5,keyasint"`
	AuthParam octets          `cbor:"6,keyasint"`
	Protocol  *uint           `cbor:"7,keyasint"`
}

// assertion is the response of authenticatorGetAssertion and authenticatorGetNextAssertion.
type assertion struct {
	Credential descriptor `cbor:"1,keyasint"`
	AuthData   []byte     `cbor:"2,keyasint"`
	Signature  []byte     `cbor:"3,keyasint"`
	User       *User      `cbor:"4,keyasint,omitempty"`
	Count      int        `cbor:"5,keyasint,omitempty"` // numberOfCredentials, if more than one
}

// candidate is a credential that a request may be answered with.
type candidate struct {
	id     []byte
	source source
	user   *User // of a discoverable credential
}

// assertionRun is one getAssertion with what is left of its candidates for getNextAssertion.
type assertionRun struct {
	clientDataHash []byte
	rpIDHash       [32]byte
	flags          byte
	hmacSecret     *hmacSecret // nil: not requested
	named          bool        // users come with their names: they are verified and have to choose
	left           []candidate
	last           time.Time
}

// getAssertion signs in (authenticatorGetAssertion, CTAP 2.1 §6.2.2), in the order of the specification.
func (a *Authenticator) getAssertion(ctx context.Context, params []byte, touch toucher) (any, error) {
	var request getAssertionRequest
	if err := ctap2.decode(params, &request); err != nil {
		return nil, err
	}
	if err := request.complete(); err != nil {
		return nil, err
	}
	auth := userAuth{request.AuthParam, request.Protocol}
	protocol, err := a.pinProtocol(ctx, auth, touch)
	if err != nil {
		return nil, err
	}
	present, err := request.checkOptions()
	if err != nil {
		return nil, err
	}
	verified, err := a.verifyUser(protocol, auth, request.ClientDataHash, permitGetAssertion, request.RPID)
	if err != nil {
		return nil, err
	}
	run := &assertionRun{clientDataHash: request.ClientDataHash, rpIDHash: sha256.Sum256([]byte(request.RPID))}
	if verified {
		run.flags |= flagUserVerified
	}
	run.left = a.candidates(request, run.rpIDHash, verified)
	if len(run.left) == 0 {
		return nil, StatusNoCredentials
	}
	if run.hmacSecret, err = a.openHMACSecret(request.Extensions.HMACSecret, present); err != nil {
		return nil, err
	}
	if present {
		if err := touch(ctx, Prompt{Action: ActionSignIn, RPID: request.RPID}); err != nil {
			return nil, err
		}
		run.flags |= flagUserPresent
		a.token.spend()
	}
	count := len(run.left)
	run.named = verified && count > 1
	response, err := a.assertNext(run)
	if err != nil {
		return nil, err
	}
	if count > 1 {
		response.Count = count
		a.assertions = run
	}
	return response, nil
}

// getNextAssertion goes on with the next account (authenticatorGetNextAssertion, CTAP 2.1 §6.3).
func (a *Authenticator) getNextAssertion(params []byte) (any, error) {
	if err := noParameters(params); err != nil {
		return nil, err
	}
	run := a.assertions
	if run == nil || len(run.left) == 0 {
		return nil, StatusNotAllowed
	}
	if a.options.Now().Sub(run.last) > nextAssertionLimit {
		a.assertions = nil
		return nil, StatusNotAllowed
	}
	return a.assertNext(run)
}

// complete refuses a request without its required parameters, or with ones that no platform may send.
func (r getAssertionRequest) complete() error {
	if r.RPID == "" {
		return StatusMissingParameter
	}
	if err := checkClientDataHash(r.ClientDataHash); err != nil {
		return err
	}
	return checkDescriptors(r.AllowList)
}

// checkOptions refuses options that mean nothing here and reports whether a touch is wanted ("up", true by default).
func (r getAssertionRequest) checkOptions() (present bool, err error) {
	if r.Options["uv"] && r.AuthParam == nil {
		return false, StatusInvalidOption
	}
	if _, ok := r.Options["rk"]; ok {
		return false, StatusUnsupportedOption
	}
	up, ok := r.Options["up"]
	return up || !ok, nil
}

// candidates returns what the request may be answered with: the one credential of the allow list that this key has, or
// without a list every discoverable one, newest first.
func (a *Authenticator) candidates(r getAssertionRequest, rpIDHash [32]byte, verified bool) []candidate {
	if len(r.AllowList) > 0 {
		for _, d := range r.AllowList {
			s, ok := a.ours(d, rpIDHash)
			if ok && (verified || s.protect != uvRequired) {
				return []candidate{{id: d.ID, source: s, user: a.userOf(d.ID)}}
			}
		}
		return nil
	}
	var found []candidate
	for _, c := range slices.Backward(a.state.Credentials) {
		if c.RP.ID != r.RPID {
			continue
		}
		s, ok := unwrap(a.state.Secret, c.ID, rpIDHash)
		if ok && (verified || s.protect == uvOptional) {
			user := c.User
			found = append(found, candidate{id: c.ID, source: s, user: &user})
		}
	}
	return found
}

// userOf returns the user of a discoverable credential, and nil for any other.
func (a *Authenticator) userOf(id []byte) *User {
	i := a.state.resident(id)
	if i < 0 {
		return nil
	}
	user := a.state.Credentials[i].User
	return &user
}

// assertNext signs with the next candidate. The new counter is stored before the signature leaves.
func (a *Authenticator) assertNext(run *assertionRun) (*assertion, error) {
	next := run.left[0]
	extensions, err := run.hmacSecret.outputs(next.source, run.flags&flagUserVerified != 0)
	if err != nil {
		return nil, err
	}
	pair, err := next.source.keyPair()
	if err != nil {
		return nil, err
	}
	authData := authenticatorData(run.rpIDHash, run.flags, a.state.Counter+1, nil, extensions)
	signature, err := pair.sign(slices.Concat(authData, run.clientDataHash))
	if err != nil {
		return nil, err
	}
	if err := a.update(func(state *State) { state.Counter++ }); err != nil {
		return nil, err
	}
	run.left, run.last = run.left[1:], a.options.Now()
	user := next.user
	if user != nil && !run.named { // names are private until the user is verified
		user = &User{ID: user.ID}
	}
	return &assertion{
		Credential: descriptor{Type: publicKey, ID: next.id},
		AuthData:   authData,
		Signature:  signature,
		User:       user,
	}, nil
}
