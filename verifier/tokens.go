package verifier

import (
	"context"
	"encoding/json"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"latchkey/fido/ceremony"
)

// Authentication context classes. A key makes sign-in phishing-resistant ("phr" of
// OpenID Connect Extended Authentication Profile ACR Values 1.0); "phrh" would claim
// hardware that no trusted attestation vouches for.
const (
	acrKey      = "phr"
	acrPassword = "urn:latchkey:acr:password"
)

// accessClaims are the claims of an access token.
type accessClaims struct {
	jwt.RegisteredClaims
	PreferredUsername string   `json:"preferred_username"`
	SessionID         string   `json:"sid"`
	AuthTime          int64    `json:"auth_time"`
	AMR               []string `json:"amr"`
	ACR               string   `json:"acr"`
}

// AccessToken makes a token for a local app; audience "" means the organisation's
// RP ID. It is a JWT (RFC 7519) signed with ES256, valid for minutes and never
// beyond its session.
func (v *Verifier) AccessToken(ctx context.Context, token, audience string) (AccessToken, error) {
	if err := checkAudience(audience); err != nil {
		return AccessToken{}, err
	}
	var (
		holds holder
		keys  []SigningKey
	)
	err := v.held(ctx, token, func(tx Tx, holder holder) (err error) {
		holds = holder
		keys, err = tx.SigningKeys()
		return err
	})
	if err != nil {
		return AccessToken{}, err
	}
	kid, key, err := v.signer(ctx, holds.organization.ID, keys)
	if err != nil {
		return AccessToken{}, err
	}
	claims := v.claims(holds, audience)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	unsigned.Header["kid"] = kid
	signed, err := unsigned.SignedString(key)
	if err != nil {
		return AccessToken{}, refuse(CodeInternal, "sign: %w", err)
	}
	return AccessToken{JWT: signed, ExpiresAt: claims.ExpiresAt.Time}, nil
}

func (v *Verifier) claims(holder holder, audience string) accessClaims {
	now := v.now().Truncate(time.Second) // NumericDate in whole seconds
	expires := now.Add(v.options.TokenTTL)
	if holder.session.ExpiresAt.Before(expires) {
		expires = holder.session.ExpiresAt.Truncate(time.Second)
	}
	if audience == "" {
		audience = holder.organization.RPID
	}
	acr := acrPassword
	if holder.session.CredentialID != nil {
		acr = acrKey
	}
	return accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    ceremony.Origin(holder.organization.RPID),
			Subject:   holder.account.ID,
			Audience:  jwt.ClaimStrings{audience},
			ExpiresAt: jwt.NewNumericDate(expires),
			NotBefore: jwt.NewNumericDate(now),
			IssuedAt:  jwt.NewNumericDate(now),
			ID:        randomName(16),
		},
		PreferredUsername: holder.account.Username,
		SessionID:         holder.session.ID,
		AuthTime:          holder.session.AuthenticatedAt.Unix(),
		AMR:               holder.session.AMR,
		ACR:               acr,
	}
}

func checkAudience(audience string) error {
	if len(audience) > maxAudience || !utf8.ValidString(audience) {
		return invalid("audience", "Choose an audience of at most 255 bytes.")
	}
	for _, r := range audience {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return invalid("audience", "The audience may not have spaces or control characters.")
		}
	}
	return nil
}

// jwk is a public key of RFC 7517 §4.
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

// JWKS returns the public keys of access tokens, RFC 7517 §5.
func (v *Verifier) JWKS(ctx context.Context) ([]byte, error) {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	err := v.view(ctx, func(tx Tx) error {
		if _, err := organization(tx); err != nil {
			return err
		}
		keys, err := tx.SigningKeys()
		now := v.now()
		for _, key := range keys {
			if v.published(key, now) {
				x, y := coordinates(key.PublicKey)
				set.Keys = append(set.Keys, jwk{KeyType: "EC", Curve: "P-256", X: x, Y: y,
					KeyID: key.KID, Use: "sig", Algorithm: "ES256"})
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(set)
}
