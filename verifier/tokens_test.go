package verifier_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"latchkey/verifier"
	"latchkey/verifier/memstore"
)

// jwks returns the published keys by id.
func (f *fixture) jwks() map[string]*ecdsa.PublicKey {
	f.Helper()
	raw, err := f.JWKS(f.Context())
	f.ok(err)
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	f.ok(json.Unmarshal(raw, &set))
	out := map[string]*ecdsa.PublicKey{}
	for _, key := range set.Keys {
		if key["kty"] != "EC" || key["crv"] != "P-256" || key["alg"] != "ES256" || key["use"] != "sig" || key["d"] != "" {
			f.Fatalf("published %v", key)
		}
		x, err := base64.RawURLEncoding.DecodeString(key["x"])
		f.ok(err)
		y, err := base64.RawURLEncoding.DecodeString(key["y"])
		f.ok(err)
		out[key["kid"]], err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		f.ok(err)
	}
	return out
}

// parse checks a token as a local app would, at the fixture's time.
func (f *fixture) parse(token string) (jwt.MapClaims, error) {
	keys := f.jwks()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(token *jwt.Token) (any, error) {
		if key := keys[fmt.Sprint(token.Header["kid"])]; key != nil {
			return key, nil
		}
		return nil, errors.New("no such key")
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(f.clock.Now), jwt.WithIssuer("https://"+rpID),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	return claims, err
}

func TestAccessToken(t *testing.T) {
	f := newFixture(t)
	issued := f.signIn("alice", f.newKey("alice"))
	signedInAt := f.clock.Now()
	f.clock.Turn(time.Hour)
	token, err := f.AccessToken(t.Context(), issued.Token, "")
	f.ok(err)
	claims, err := f.parse(token.JWT)
	f.ok(err)
	if !token.ExpiresAt.Equal(f.clock.Now().Add(5 * time.Minute)) {
		t.Errorf("expires at %v", token.ExpiresAt)
	}
	want := map[string]any{
		"iss": "https://" + rpID, "sub": f.alice.ID, "aud": []any{rpID}, "preferred_username": "alice",
		"sid": issued.Session.ID, "acr": "phr", "amr": []any{"pwd", "hwk", "user", "mfa"},
		"auth_time": float64(signedInAt.Unix()), "iat": float64(f.clock.Now().Unix()),
		"nbf": float64(f.clock.Now().Unix()), "exp": float64(token.ExpiresAt.Unix()),
	}
	if id, ok := claims["jti"].(string); !ok || len(id) < 20 {
		t.Errorf("jti is %v", claims["jti"])
	}
	delete(claims, "jti")
	if got, want := fmt.Sprint(claims), fmt.Sprint(jwt.MapClaims(want)); got != want {
		t.Errorf("claims are %s\nwant %s", got, want)
	}
	f.clock.Turn(5*time.Minute + time.Second)
	if _, err := f.parse(token.JWT); !errors.Is(err, jwt.ErrTokenExpired) {
		t.Errorf("five minutes later: %v", err)
	}
	parts := strings.Split(token.JWT, ".")
	if _, err := f.parse(parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86)); err == nil {
		t.Error("a forged signature passes")
	}
	for audience, want := range map[string]*verifier.Error{"http://localhost:8080/": nil, "a b": verifier.ErrInvalid,
		"\x00": verifier.ErrInvalid, strings.Repeat("x", 256): verifier.ErrInvalid, "\xff": verifier.ErrInvalid} {
		if _, err := f.AccessToken(t.Context(), issued.Token, audience); want != nil {
			f.refused(err, want)
		} else {
			f.ok(err)
		}
	}
}

func TestAccessTokenEndsWithItsSession(t *testing.T) {
	f := newFixture(t)
	f.options.SessionAbsolute = 6 * time.Minute
	f.reopen()
	issued := f.signIn("alice", f.newKey("alice"))
	f.clock.Turn(4 * time.Minute)
	token, err := f.AccessToken(t.Context(), issued.Token, "")
	f.ok(err)
	if !token.ExpiresAt.Equal(issued.Session.ExpiresAt) {
		t.Errorf("expires at %v, the session at %v", token.ExpiresAt, issued.Session.ExpiresAt)
	}
}

func TestSealUnavailable(t *testing.T) {
	f := bareFixture(t, memstore.New())
	locked := errors.New("the keyring is locked")
	f.keyring.fail(locked)
	_, _, err := f.CreateOrganization(t.Context(), verifier.NewOrganization{Name: "x", RPID: rpID,
		Administrator: verifier.NewAccount{Username: "alice", Password: password}})
	f.ok(err) // an organisation does without
	token := f.signIn("alice", f.newKey("alice")).Token
	_, err = f.AccessToken(t.Context(), token, "")
	f.refused(err, verifier.ErrSealUnavailable)
	if !errors.Is(err, locked) {
		t.Errorf("the cause is lost: %v", err)
	}
	if len(f.jwks()) != 0 {
		t.Error("a key was made without a seal")
	}
	f.keyring.fail(nil)
	made, err := f.AccessToken(t.Context(), token, "")
	f.ok(err)
	f.expectEvent("", "signing_key.created", "ok")
	_, err = f.parse(made.JWT)
	f.ok(err)
	// The keyring is asked once by a process, again by the next.
	f.keyring.fail(locked)
	_, err = f.AccessToken(t.Context(), token, "")
	f.ok(err)
	f.reopen()
	_, err = f.AccessToken(t.Context(), token, "")
	f.refused(err, verifier.ErrSealUnavailable)
}

func TestLostKeyring(t *testing.T) {
	f := newFixtureOver(t, openSQL(t))
	token := f.signIn("alice", f.newKey("alice")).Token
	old, err := f.AccessToken(t.Context(), token, "")
	f.ok(err)
	before := slices.Collect(maps.Keys(f.jwks()))
	f.keyring.lose()
	f.reopen()
	young, err := f.AccessToken(t.Context(), token, "")
	f.ok(err)
	f.expectEvent("", "signing_key.replaced", "ok")
	for _, token := range []string{old.JWT, young.JWT} {
		_, err := f.parse(token)
		f.ok(err)
	}
	f.clock.Turn(8 * time.Minute)
	after := f.jwks()
	if len(after) != 1 || after[before[0]] != nil {
		t.Errorf("published are %v after the old key's last token has expired", after)
	}
	// Two processes that find the keyring empty agree on one new key.
	f.keyring.lose()
	f.reopen()
	one := f.Verifier
	f.reopen()
	two := f.Verifier
	for _, process := range []*verifier.Verifier{one, two} {
		made, err := process.AccessToken(t.Context(), token, "")
		f.ok(err)
		_, err = f.parse(made.JWT)
		f.ok(err)
	}
}

// TestSealedKeyIsBoundToItsPlace swaps sealed keys in the store.
func TestSealedKeyIsBoundToItsPlace(t *testing.T) {
	f := newFixture(t)
	token := f.signIn("alice", f.newKey("alice")).Token
	var keys []verifier.SigningKey
	read := func() {
		f.ok(f.store.View(t.Context(), func(tx verifier.Tx) (err error) {
			keys, err = tx.SigningKeys()
			return err
		}))
	}
	read()
	sealed := keys[0]
	// Somebody puts the sealed key under another id: it does not open there.
	f.ok(f.store.Update(t.Context(), func(tx verifier.Tx) error {
		if err := tx.RetireSigningKey(sealed.KID, f.clock.Now()); err != nil {
			return err
		}
		moved := sealed
		moved.KID, moved.CreatedAt = "moved", f.clock.Now()
		return tx.InsertSigningKey(moved)
	}))
	f.reopen()
	made, err := f.AccessToken(t.Context(), token, "")
	f.ok(err)
	f.expectEvent("", "signing_key.replaced", "ok")
	_, err = f.parse(made.JWT)
	f.ok(err)
}
