package authenticator

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// Subcommands of authenticatorCredentialManagement (CTAP 2.1 §6.8).
const (
	credsMetadata    = 0x01
	rpsBegin         = 0x02
	rpsNext          = 0x03
	credentialsBegin = 0x04
	credentialsNext  = 0x05
	deleteCredential = 0x06
	updateUserInfo   = 0x07
)

// managementRequest holds the parameters of authenticatorCredentialManagement.
type managementRequest struct {
	Subcommand *uint           `cbor:"1,keyasint"`
	Params     cbor.RawMessage `cbor:"2,keyasint"` // raw: the signature is over these very bytes
	Protocol   *uint           `cbor:"3,keyasint"`
	AuthParam  octets          `cbor:"4,keyasint"`
}

type managementParams struct {
	RPIDHash   octets      `cbor:"1,keyasint"`
	Credential *descriptor `cbor:"2,keyasint"`
	User       *userEntity `cbor:"3,keyasint"`
}

// managementResponse is the response of authenticatorCredentialManagement; each subcommand fills its part.
type managementResponse struct {
	Existing         *int        `cbor:"1,keyasint,omitempty"`
	Remaining        *int        `cbor:"2,keyasint,omitempty"`
	RP               *RP         `cbor:"3,keyasint,omitempty"`
	RPIDHash         []byte      `cbor:"4,keyasint,omitempty"`
	TotalRPs         int         `cbor:"5,keyasint,omitempty"`
	User             *User       `cbor:"6,keyasint,omitempty"`
	Credential       *descriptor `cbor:"7,keyasint,omitempty"`
	PublicKey        *coseKey    `cbor:"8,keyasint,omitempty"`
	TotalCredentials int         `cbor:"9,keyasint,omitempty"`
	CredProtect      protection  `cbor:"10,keyasint,omitempty"`
}

// listing is what the two enumerations still have to tell.
type listing struct {
	rps         []RP
	credentials []Credential
}

// credentialManagement lists and changes the discoverable credentials (authenticatorCredentialManagement, CTAP 2.1 §6.8).
func (a *Authenticator) credentialManagement(params []byte) (any, error) {
	var request managementRequest
	if err := ctap2.decode(params, &request); err != nil {
		return nil, err
	}
	if request.Subcommand == nil {
		return nil, StatusMissingParameter
	}
	switch *request.Subcommand {
	case rpsNext:
		return a.nextRP()
	case credentialsNext:
		return a.nextCredential()
	}
	a.listing = listing{}
	switch *request.Subcommand {
	case credsMetadata, rpsBegin:
		return a.survey(request)
	case credentialsBegin, deleteCredential, updateUserInfo:
		return a.manage(request)
	default:
		return nil, StatusInvalidSubcommand
	}
}

// survey answers the subcommands that are about all relying parties.
func (a *Authenticator) survey(r managementRequest) (any, error) {
	if err := a.authenticateManagement(r, []byte{byte(*r.Subcommand)}); err != nil {
		return nil, err
	}
	if !a.token.manages(nil) {
		return nil, StatusPINAuthInvalid
	}
	if *r.Subcommand == credsMetadata {
		existing := len(a.state.Credentials)
		remaining := maxResident - existing
		return managementResponse{Existing: &existing, Remaining: &remaining}, nil
	}
	for _, c := range a.state.Credentials {
		if !slices.ContainsFunc(a.listing.rps, func(rp RP) bool { return rp.ID == c.RP.ID }) {
			a.listing.rps = append(a.listing.rps, c.RP)
		}
	}
	total := len(a.listing.rps)
	if total == 0 {
		return nil, StatusNoCredentials
	}
	response, err := a.nextRP()
	response.TotalRPs = total
	return response, err
}

// manage answers the subcommands that are about one relying party or one credential.
func (a *Authenticator) manage(r managementRequest) (any, error) {
	if r.Params == nil {
		return nil, StatusMissingParameter
	}
	var params managementParams
	if err := ctap2.decode(r.Params, &params); err != nil {
		return nil, err
	}
	if err := a.authenticateManagement(r, append([]byte{byte(*r.Subcommand)}, r.Params...)); err != nil {
		return nil, err
	}
	switch *r.Subcommand {
	case credentialsBegin:
		return a.credentialsBegin(params)
	case deleteCredential:
		i, err := a.managed(params)
		if err != nil {
			return nil, err
		}
		return nil, a.update(func(s *State) { s.Credentials = slices.Delete(s.Credentials, i, i+1) })
	default:
		return nil, a.updateUser(params)
	}
}

// authenticateManagement checks that the request was made with the token in use.
func (a *Authenticator) authenticateManagement(r managementRequest, message []byte) error {
	if r.AuthParam == nil {
		return StatusPUATRequired
	}
	p, err := a.protocol(r.Protocol)
	if err != nil {
		return err
	}
	if !a.token.check(p, message, r.AuthParam, a.options.Now()) {
		return StatusPINAuthInvalid
	}
	return nil
}

// managed returns the index of the credential in params, if the token permits managing it.
func (a *Authenticator) managed(params managementParams) (int, error) {
	if params.Credential == nil || params.Credential.ID == nil || params.Credential.Type == "" {
		return 0, StatusMissingParameter
	}
	i := a.state.resident(params.Credential.ID)
	var rpIDHash []byte
	if i >= 0 {
		hash := sha256.Sum256([]byte(a.state.Credentials[i].RP.ID))
		rpIDHash = hash[:]
	}
	if !a.token.manages(rpIDHash) {
		return 0, StatusPINAuthInvalid
	}
	if i < 0 {
		return 0, StatusNoCredentials
	}
	return i, nil
}

// credentialsBegin starts to list the credentials for one relying party.
func (a *Authenticator) credentialsBegin(params managementParams) (any, error) {
	if params.RPIDHash == nil {
		return nil, StatusMissingParameter
	}
	if !a.token.manages(params.RPIDHash) {
		return nil, StatusPINAuthInvalid
	}
	for _, c := range a.state.Credentials {
		if hash := sha256.Sum256([]byte(c.RP.ID)); bytes.Equal(hash[:], params.RPIDHash) {
			a.listing.credentials = append(a.listing.credentials, c)
		}
	}
	total := len(a.listing.credentials)
	if total == 0 {
		return nil, StatusNoCredentials
	}
	response, err := a.nextCredential()
	response.TotalCredentials = total
	return response, err
}

// updateUser replaces the names of the user of a credential; the user ID must stay.
func (a *Authenticator) updateUser(params managementParams) error {
	if params.User == nil || params.User.ID == nil {
		return StatusMissingParameter
	}
	i, err := a.managed(params)
	if err != nil {
		return err
	}
	if !bytes.Equal(a.state.Credentials[i].User.ID, params.User.ID) {
		return StatusInvalidParameter
	}
	return a.update(func(s *State) {
		s.Credentials[i].User.Name = truncate(params.User.Name)
		s.Credentials[i].User.DisplayName = truncate(params.User.DisplayName)
	})
}

// nextRP returns the next relying party of the enumeration.
func (a *Authenticator) nextRP() (managementResponse, error) {
	if len(a.listing.rps) == 0 {
		return managementResponse{}, StatusNotAllowed
	}
	rp := a.listing.rps[0]
	a.listing.rps = a.listing.rps[1:]
	hash := sha256.Sum256([]byte(rp.ID))
	return managementResponse{RP: &rp, RPIDHash: hash[:]}, nil
}

// nextCredential returns the next credential of the enumeration.
func (a *Authenticator) nextCredential() (managementResponse, error) {
	if len(a.listing.credentials) == 0 {
		return managementResponse{}, StatusNotAllowed
	}
	c := a.listing.credentials[0]
	a.listing.credentials = a.listing.credentials[1:]
	s, ok := unwrap(a.state.Secret, c.ID, sha256.Sum256([]byte(c.RP.ID)))
	if !ok {
		return managementResponse{}, StatusOther
	}
	pair, err := s.keyPair()
	if err != nil {
		return managementResponse{}, err
	}
	return managementResponse{
		User:        &c.User,
		Credential:  &descriptor{Type: publicKey, ID: c.ID},
		PublicKey:   &pair.public,
		CredProtect: s.protect,
	}, nil
}
