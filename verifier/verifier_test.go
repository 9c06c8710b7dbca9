package verifier_test

import (
	"slices"
	"testing"
	"time"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
	"latchkey/verifier/memstore"
)

var _ companion.RelyingParty = (*verifier.Verifier)(nil)

// TestEnrolAndSignIn walks both of the design's flows over each store.
func TestEnrolAndSignIn(t *testing.T) {
	stores := map[string]func(testing.TB) verifier.Store{
		"memory": func(testing.TB) verifier.Store { return memstore.New() },
		"SQLite": func(t testing.TB) verifier.Store { return openSQL(t) },
	}
	for name, open := range stores {
		for _, algorithm := range []int{ceremony.AlgES256, ceremony.AlgEdDSA} {
			for _, format := range []string{"packed", "none"} {
				t.Run(name+"/"+format, func(t *testing.T) {
					f := newFixtureOver(t, open(t))
					f.expectEvent("alice", "signing_key.created", "ok")

					key := testkey.New(algorithm)
					key.Format = format
					credential := f.enroll(f.grant("alice"), key)
					if credential.Name != "Security key" || credential.Kind != verifier.SecurityKey ||
						credential.AAGUID != key.AAGUID || !slices.Equal(credential.Transports, []string{"usb"}) {
						t.Errorf("enrolled %+v", credential)
					}
					f.expectEvent("alice", "credential.enrolled", "ok")

					f.clock.Turn(time.Minute)
					issued := f.signIn("alice", key)
					f.expectEvent("alice", "sign_in.ok", "ok")
					if want := []string{"pwd", "hwk", "user", "mfa"}; !slices.Equal(issued.Session.AMR, want) {
						t.Errorf("amr is %v, want %v", issued.Session.AMR, want)
					}
					session, err := f.Session(t.Context(), issued.Token)
					f.ok(err)
					if session.Account != f.alice || session.CredentialName != "Security key" || session.CredentialModel != key.AAGUID {
						t.Errorf("session is %+v", session)
					}
					if record := f.record(key.ID); record.SignCount != 2 || !record.LastUsedAt.Equal(f.clock.Now()) {
						t.Errorf("the credential record has counter %d, used %v", record.SignCount, record.LastUsedAt)
					}
					f.ok(f.CheckStore(t.Context()))

					f.ok(f.SignOut(t.Context(), issued.Token))
					_, err = f.Session(t.Context(), issued.Token)
					f.refused(err, verifier.ErrSignedOut)
					f.ok(f.SignOut(t.Context(), issued.Token))
				})
			}
		}
	}
}
