// Package storetest is the suite that every implementation of verifier.Store has to
// pass. It checks the MUST clauses of the interface's comments.
package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"strconv"
	"testing"
	"time"

	"latchkey/verifier"
)

// Run runs the suite. open returns an empty store that lasts for the test.
func Run(t *testing.T, open func(t *testing.T) verifier.Store) {
	for name, test := range map[string]func(*suite){
		"Organization":        (*suite).organization,
		"Accounts":            (*suite).accounts,
		"Credentials":         (*suite).credentials,
		"Challenges":          (*suite).challenges,
		"Sessions":            (*suite).sessions,
		"Grants":              (*suite).grants,
		"Throttles":           (*suite).throttles,
		"SigningKeys":         (*suite).signingKeys,
		"Events":              (*suite).events,
		"Rollback":            (*suite).rollback,
		"RollbackOnPanic":     (*suite).rollbackOnPanic,
		"ViewRefusesWrites":   (*suite).viewRefusesWrites,
		"Copies":              (*suite).copies,
		"CanceledBefore":      (*suite).canceledBefore,
		"CanceledInside":      (*suite).canceledInside,
		"ChallengeTakenOnce":  (*suite).challengeTakenOnce,
		"ConcurrentCounting":  (*suite).concurrentCounting,
		"ConcurrentUsernames": (*suite).concurrentUsernames,
		"Check":               (*suite).check,
	} {
		t.Run(name, func(t *testing.T) { test(&suite{t, open(t)}) })
	}
}

type suite struct {
	*testing.T
	store verifier.Store
}

// at is a time with a resolution of microseconds.
func at(minutes int) time.Time {
	return time.Date(2026, 5, 4, 9, minutes, 7, 123456000, time.UTC)
}

func (s *suite) update(fn func(tx verifier.Tx)) {
	s.Helper()
	if err := s.store.Update(s.Context(), func(tx verifier.Tx) error { fn(tx); return nil }); err != nil {
		s.Fatal(err)
	}
}

func (s *suite) view(fn func(tx verifier.Tx)) {
	s.Helper()
	if err := s.store.View(s.Context(), func(tx verifier.Tx) error { fn(tx); return nil }); err != nil {
		s.Fatal(err)
	}
}

// is compares an error with the one that the contract names; nil is none.
func (s *suite) is(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got the error %v, want %v", err, want)
	}
}

func (s *suite) equal(got, want any) {
	s.Helper()
	if !reflect.DeepEqual(got, want) {
		s.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// same compares what a lookup returned.
func same[V any](s *suite) func(got V, err error) func(want V) {
	return func(got V, err error) func(V) {
		return func(want V) {
			s.Helper()
			s.is(err, nil)
			s.equal(got, want)
		}
	}
}

// missing makes sure that a lookup found nothing.
func (s *suite) missing(err error) {
	s.Helper()
	s.is(err, verifier.ErrNotFound)
}

func account(name string) verifier.AccountRecord {
	return verifier.AccountRecord{
		Account: verifier.Account{ID: "id-" + name, Username: name, DisplayName: "D " + name,
			Role: verifier.RoleMember, FactorRequired: true, CreatedAt: at(1)},
		UserHandle: []byte("handle-" + name), PasswordHash: "$hash$" + name, EnrollmentOpen: true,
	}
}

func credential(id string, owner verifier.AccountRecord, minute int) verifier.CredentialRecord {
	return verifier.CredentialRecord{
		Credential: verifier.Credential{ID: []byte(id), AccountID: owner.ID, Name: "key " + id, Computer: "falcon", Kind: verifier.SecurityKey,
			AAGUID: [16]byte{1, 2, 3}, Transports: []string{"nfc", "usb"}, Virtual: true, CreatedAt: at(minute)},
		PublicKey: []byte("public " + id), SignCount: 1<<32 - 1, UserVerified: true, BackupEligible: true,
		BackupState: true, AttestationFormat: "packed", AttestationType: "basic_surrogate",
	}
}

func challenge(id string, owner verifier.AccountRecord) verifier.Challenge {
	return verifier.Challenge{ID: id, Purpose: verifier.PurposeStepUp, AccountID: owner.ID, Authority: []byte("authority"),
		Kind: verifier.SecurityKey, Value: []byte("0123456789"), CreatedAt: at(2), ExpiresAt: at(7)}
}

func session(id string, owner verifier.AccountRecord, credentialID []byte) verifier.SessionRecord {
	return verifier.SessionRecord{TokenHash: []byte("hash " + id), ID: id, AccountID: owner.ID, AMR: []string{"pwd", "hwk"},
		CredentialID: credentialID, Model: [16]byte{9}, AuthenticatedAt: at(3), CreatedAt: at(3), IdleExpiresAt: at(10), ExpiresAt: at(20)}
}

func (s *suite) organization() {
	want := verifier.Organization{ID: "o", Name: "Örg", RPID: "example.com", VirtualKeysAllowed: true, CreatedAt: at(0)}
	s.update(func(tx verifier.Tx) {
		_, err := tx.Organization()
		s.is(err, verifier.ErrNotFound)
		s.is(tx.UpdateOrganization(want), verifier.ErrNotFound)
		s.is(tx.InsertOrganization(want), nil)
		other := want
		other.ID = "another"
		s.is(tx.InsertOrganization(other), verifier.ErrExists)
	})
	s.view(func(tx verifier.Tx) { same[verifier.Organization](s)(tx.Organization())(want) })
	want.Name, want.VirtualKeysAllowed, want.FingerprintAllowed = "Other", false, true
	s.update(func(tx verifier.Tx) {
		changed := want
		changed.RPID, changed.CreatedAt = "elsewhere.example.com", at(9) // which never change
		s.is(tx.UpdateOrganization(changed), nil)
		changed.ID = "another"
		s.is(tx.UpdateOrganization(changed), verifier.ErrNotFound)
	})
	s.view(func(tx verifier.Tx) { same[verifier.Organization](s)(tx.Organization())(want) })
}

func (s *suite) accounts() {
	alice, bob := account("alice"), account("bob")
	alice.LastSignIn = at(9)
	s.update(func(tx verifier.Tx) {
		_, err := tx.Account(bob.ID)
		s.missing(err)
		s.is(tx.UpdateAccount(bob), verifier.ErrNotFound)
		s.is(tx.InsertAccount(bob), nil)
		s.is(tx.InsertAccount(alice), nil)
		for _, clash := range []func(*verifier.AccountRecord){
			func(a *verifier.AccountRecord) { a.ID = alice.ID },
			func(a *verifier.AccountRecord) { a.Username = alice.Username },
			func(a *verifier.AccountRecord) { a.UserHandle = alice.UserHandle },
		} {
			other := account("carol")
			clash(&other)
			s.is(tx.InsertAccount(other), verifier.ErrExists)
		}
		s.is(tx.InsertCredential(credential("a", alice, 1)), nil)
		s.is(tx.InsertCredential(credential("b", alice, 2)), nil)
	})
	alice.PasswordHash, alice.EnrollmentOpen, alice.DisplayName = "new", false, "Alice"
	s.update(func(tx verifier.Tx) { s.is(tx.UpdateAccount(alice), nil) })
	s.view(func(tx verifier.Tx) {
		same[verifier.AccountRecord](s)(tx.Account(alice.ID))(alice)
		same[verifier.AccountRecord](s)(tx.AccountByUsername("bob"))(bob)
		_, err := tx.AccountByUsername("carol")
		s.missing(err)
		same[[]verifier.AccountSummary](s)(tx.Summaries())([]verifier.AccountSummary{
			{Account: alice.Account, Keys: 2, LastSignIn: at(9)},
			{Account: bob.Account},
		})
	})
}

func (s *suite) credentials() {
	alice, bob := account("alice"), account("bob")
	younger, older, others := credential("1", alice, 5), credential("2", alice, 4), credential("3", bob, 1)
	older.Transports = nil
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertAccount(alice), nil)
		s.is(tx.InsertAccount(bob), nil)
		_, err := tx.Credential(younger.ID)
		s.missing(err)
		s.is(tx.UpdateCredential(younger), verifier.ErrNotFound)
		s.is(tx.DeleteCredential(younger.ID), verifier.ErrNotFound)
		s.is(tx.InsertCredential(younger), nil)
		s.is(tx.InsertCredential(older), nil)
		s.is(tx.InsertCredential(others), nil)
		s.is(tx.InsertCredential(credential("1", bob, 9)), verifier.ErrExists) // over all accounts
	})
	if err := s.store.Update(s.Context(), func(tx verifier.Tx) error {
		return tx.InsertCredential(credential("4", account("nobody"), 1))
	}); !errors.Is(err, verifier.ErrNotFound) {
		s.Fatalf("a credential of nobody: %v", err)
	}
	changed := younger
	changed.Name, changed.LastUsedAt, changed.SignCount = "new", at(8), 7
	changed.UserVerified, changed.BackupState = false, false
	update := changed // what must not change does not
	update.AccountID, update.Kind, update.PublicKey, update.BackupEligible = bob.ID, verifier.LegacyKey, []byte("x"), false
	s.update(func(tx verifier.Tx) { s.is(tx.UpdateCredential(update), nil) })
	s.view(func(tx verifier.Tx) {
		same[verifier.CredentialRecord](s)(tx.Credential(younger.ID))(changed)
		same[[]verifier.CredentialRecord](s)(tx.CredentialsOf(alice.ID))([]verifier.CredentialRecord{older, changed})
	})
	s.update(func(tx verifier.Tx) {
		s.is(tx.DeleteCredential(younger.ID), nil)
		rare := credential("5", alice, 6)
		rare.AAGUID = [16]byte{7}
		s.is(tx.InsertCredential(rare), nil)
		same[[]verifier.CredentialRecord](s)(tx.CredentialsOfModel(rare.AAGUID))([]verifier.CredentialRecord{rare})
		if of, err := tx.CredentialsOfModel(older.AAGUID); err != nil || len(of) != 2 {
			s.Errorf("%d credentials of the usual model: %v", len(of), err)
		}
		s.is(tx.DeleteCredential(rare.ID), nil)
		if of, err := tx.CredentialsOfModel(rare.AAGUID); err != nil || len(of) != 0 {
			s.Errorf("%d credentials of a model that is gone: %v", len(of), err)
		}
	})
	s.view(func(tx verifier.Tx) {
		same[[]verifier.CredentialRecord](s)(tx.CredentialsOf(alice.ID))([]verifier.CredentialRecord{older})
		same[[]verifier.CredentialRecord](s)(tx.CredentialsOf(bob.ID))([]verifier.CredentialRecord{others})
	})
}

func (s *suite) challenges() {
	alice := account("alice")
	want, bare := challenge("1", alice), challenge("2", alice)
	bare.Authority, bare.Kind = nil, ""
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertAccount(alice), nil)
		s.is(tx.InsertChallenge(want), nil)
		s.is(tx.InsertChallenge(want), verifier.ErrExists)
		s.is(tx.InsertChallenge(bare), nil)
		_, err := tx.TakeChallenge("3")
		s.missing(err)
	})
	s.update(func(tx verifier.Tx) {
		same[verifier.Challenge](s)(tx.TakeChallenge("1"))(want)
		_, err := tx.TakeChallenge("1")
		s.missing(err)
	})
	s.update(func(tx verifier.Tx) { s.is(tx.DeleteChallengesBefore(bare.ExpiresAt), nil) })
	s.update(func(tx verifier.Tx) { same[verifier.Challenge](s)(tx.TakeChallenge("2"))(bare) })
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertChallenge(bare), nil)
		s.is(tx.DeleteChallengesBefore(bare.ExpiresAt.Add(time.Microsecond)), nil)
		_, err := tx.TakeChallenge("2")
		s.missing(err)
	})
}

func (s *suite) sessions() {
	alice := account("alice")
	mine, other, plain := session("1", alice, []byte("c")), session("2", alice, []byte("c")), session("3", alice, nil)
	plain.AMR = []string{"pwd"}
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertAccount(alice), nil)
		s.is(tx.UpdateSession(mine), verifier.ErrNotFound)
		s.is(tx.InsertSession(mine), nil)
		s.is(tx.InsertSession(mine), verifier.ErrExists)
		renamed := mine
		renamed.ID = "4"
		s.is(tx.InsertSession(renamed), verifier.ErrExists)
		s.is(tx.InsertSession(other), nil)
		s.is(tx.InsertSession(plain), nil)
		s.is(tx.DeleteSession("5"), verifier.ErrNotFound)
	})
	mine.AMR, mine.CredentialID, mine.Model = []string{"pwd", "swk", "mfa"}, []byte("d"), [16]byte{8}
	mine.AuthenticatedAt, mine.IdleExpiresAt = at(5), at(15)
	update := mine
	update.ExpiresAt, update.CreatedAt = at(50), at(50)
	s.update(func(tx verifier.Tx) { s.is(tx.UpdateSession(update), nil) })
	s.view(func(tx verifier.Tx) {
		same[verifier.SessionRecord](s)(tx.Session(mine.TokenHash))(mine)
		same[verifier.SessionRecord](s)(tx.Session(plain.TokenHash))(plain)
		_, err := tx.Session([]byte("hash"))
		s.missing(err)
	})
	s.update(func(tx verifier.Tx) {
		mine.CredentialID = []byte("c")
		s.is(tx.UpdateSession(mine), nil)
		s.is(tx.DeleteSessionsOf([]byte("c"), mine.ID), nil)
		_, err := tx.Session(other.TokenHash)
		s.missing(err)
		same[verifier.SessionRecord](s)(tx.Session(mine.TokenHash))(mine)
		s.is(tx.DeleteSessionsBefore(at(15)), nil) // plain idles out at 10, mine at 15
		_, err = tx.Session(plain.TokenHash)
		s.missing(err)
		same[verifier.SessionRecord](s)(tx.Session(mine.TokenHash))(mine)
		s.is(tx.DeleteSession(mine.ID), nil)
		_, err = tx.Session(mine.TokenHash)
		s.missing(err)
	})
}

func (s *suite) grants() {
	alice, bob := account("alice"), account("bob")
	want := verifier.Grant{Hash: []byte("g"), AccountID: alice.ID, ExpiresAt: at(9)}
	bobs := verifier.Grant{Hash: []byte("h"), AccountID: bob.ID, ExpiresAt: at(9)}
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertAccount(alice), nil)
		s.is(tx.InsertAccount(bob), nil)
		s.is(tx.InsertGrant(want), nil)
		s.is(tx.InsertGrant(want), verifier.ErrExists)
		s.is(tx.InsertGrant(bobs), nil)
		same[verifier.Grant](s)(tx.Grant(want.Hash))(want)
		s.is(tx.DeleteGrantsOf(alice.ID), nil)
		_, err := tx.Grant(want.Hash)
		s.missing(err)
		s.is(tx.DeleteGrantsBefore(at(9)), nil)
		same[verifier.Grant](s)(tx.Grant(bobs.Hash))(bobs)
		s.is(tx.DeleteGrantsBefore(at(10)), nil)
		_, err = tx.Grant(bobs.Hash)
		s.missing(err)
	})
}

func (s *suite) throttles() {
	want := verifier.Throttle{Key: []byte("k"), Failures: 4, ForgetAt: at(9)}
	s.update(func(tx verifier.Tx) {
		_, err := tx.Throttle(want.Key)
		s.missing(err)
		s.is(tx.DeleteThrottle(want.Key), nil)
		s.is(tx.PutThrottle(want), nil)
		same[verifier.Throttle](s)(tx.Throttle(want.Key))(want)
		want.Failures, want.LockedUntil, want.ForgetAt = 5, at(8), at(12)
		s.is(tx.PutThrottle(want), nil)
		same[verifier.Throttle](s)(tx.Throttle(want.Key))(want)
		s.is(tx.DeleteThrottlesBefore(at(12)), nil)
		same[verifier.Throttle](s)(tx.Throttle(want.Key))(want)
		s.is(tx.DeleteThrottlesBefore(at(13)), nil)
		_, err = tx.Throttle(want.Key)
		s.missing(err)
		s.is(tx.PutThrottle(want), nil)
		s.is(tx.DeleteThrottle(want.Key), nil)
		_, err = tx.Throttle(want.Key)
		s.missing(err)
	})
}

func (s *suite) signingKeys() {
	older := verifier.SigningKey{KID: "a", PublicKey: []byte("p"), Sealed: []byte("s"), CreatedAt: at(1)}
	newer := verifier.SigningKey{KID: "b", PublicKey: []byte("q"), Sealed: []byte("t"), CreatedAt: at(2)}
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertSigningKey(older), nil)
		s.is(tx.InsertSigningKey(newer), nil)
		s.is(tx.InsertSigningKey(newer), verifier.ErrExists)
		s.is(tx.RetireSigningKey("c", at(3)), verifier.ErrNotFound)
		s.is(tx.RetireSigningKey("a", at(3)), nil)
	})
	older.RetiredAt = at(3)
	s.view(func(tx verifier.Tx) {
		same[[]verifier.SigningKey](s)(tx.SigningKeys())([]verifier.SigningKey{newer, older})
	})
}

func event(sequence int64) verifier.EventRecord {
	return verifier.EventRecord{
		Event: verifier.Event{Sequence: sequence, At: at(int(sequence)), Actor: "alice", Action: "a.b", Subject: "ünï",
			Outcome: "ok", Detail: strconv.FormatInt(sequence, 10)},
		Hash: bytes.Repeat([]byte{byte(sequence)}, 32),
	}
}

func (s *suite) events() {
	s.update(func(tx verifier.Tx) {
		_, err := tx.LastEvent()
		s.missing(err)
		_, err = tx.LatestSince("a.b")
		s.missing(err)
		s.is(tx.AppendEvent(event(2)), verifier.ErrExists)
		for n := range int64(5) {
			s.is(tx.AppendEvent(event(n+1)), nil)
		}
		s.is(tx.AppendEvent(event(5)), verifier.ErrExists)
		s.is(tx.AppendEvent(event(7)), verifier.ErrExists)
	})
	s.view(func(tx verifier.Tx) {
		same[verifier.EventRecord](s)(tx.LastEvent())(event(5))
		same[[]verifier.EventRecord](s)(tx.Events(1, 3))([]verifier.EventRecord{event(2), event(3), event(4)})
		same[[]verifier.EventRecord](s)(tx.Events(4, 3))([]verifier.EventRecord{event(5)})
		none, err := tx.Events(5, 3)
		s.is(err, nil)
		s.equal(len(none), 0)
		same[time.Time](s)(tx.LatestSince("a.b"))(at(5)) // the last one itself counts
		same[time.Time](s)(tx.LatestSince("another"))(at(5))
	})
	// Times need not grow, and an event with the action makes those before it void.
	s.update(func(tx verifier.Tx) {
		for i, n := range []int{900, 3, 4, 2} {
			next := event(int64(6 + i))
			if next.At = at(n); n == 3 {
				next.Action = "c.d"
			}
			s.is(tx.AppendEvent(next), nil)
		}
	})
	s.view(func(tx verifier.Tx) {
		same[time.Time](s)(tx.LatestSince("c.d"))(at(4))
		same[time.Time](s)(tx.LatestSince("a.b"))(at(2))
		same[time.Time](s)(tx.LatestSince("another"))(at(900))
	})
}
