package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"latchkey/verifier"
)

// everything writes to each table.
func everything(tx verifier.Tx) error {
	alice := account("alice")
	return errors.Join(
		tx.InsertOrganization(verifier.Organization{ID: "o", CreatedAt: at(0)}),
		tx.InsertAccount(alice),
		tx.InsertCredential(credential("c", alice, 1)),
		tx.InsertChallenge(challenge("1", alice)),
		tx.InsertSession(session("1", alice, nil)),
		tx.InsertGrant(verifier.Grant{Hash: []byte("g"), AccountID: alice.ID, ExpiresAt: at(9)}),
		tx.PutThrottle(verifier.Throttle{Key: []byte("k"), Failures: 1}),
		tx.InsertSigningKey(verifier.SigningKey{KID: "a", PublicKey: []byte("p"), Sealed: []byte("s"), CreatedAt: at(1)}),
		tx.AppendEvent(event(1)),
	)
}

// empty makes sure that nothing of everything is there.
func (s *suite) empty() {
	s.Helper()
	s.update(func(tx verifier.Tx) {
		_, err := tx.Organization()
		s.missing(err)
		summaries, err := tx.Summaries()
		s.is(err, nil)
		s.equal(len(summaries), 0)
		_, err = tx.Credential([]byte("c"))
		s.missing(err)
		_, err = tx.TakeChallenge("1")
		s.missing(err)
		_, err = tx.Session([]byte("hash 1"))
		s.missing(err)
		_, err = tx.Grant([]byte("g"))
		s.missing(err)
		_, err = tx.Throttle([]byte("k"))
		s.missing(err)
		keys, err := tx.SigningKeys()
		s.is(err, nil)
		s.equal(len(keys), 0)
		_, err = tx.LastEvent()
		s.missing(err)
	})
}

func (s *suite) rollback() {
	failure := errors.New("no")
	s.is(s.store.Update(s.Context(), func(tx verifier.Tx) error {
		s.is(everything(tx), nil)
		return failure
	}), failure)
	s.empty()

	// Deletions and changes come back, too.
	s.is(s.store.Update(s.Context(), everything), nil)
	s.is(s.store.Update(s.Context(), func(tx verifier.Tx) error {
		_, err := tx.TakeChallenge("1")
		s.is(err, nil)
		s.is(tx.DeleteCredential([]byte("c")), nil)
		s.is(tx.DeleteSession("1"), nil)
		changed := account("alice")
		changed.Username = "eve"
		s.is(tx.UpdateAccount(changed), nil)
		return failure
	}), failure)
	s.update(func(tx verifier.Tx) {
		same[verifier.AccountRecord](s)(tx.AccountByUsername("alice"))(account("alice"))
		_, err := tx.AccountByUsername("eve")
		s.missing(err)
		same[verifier.CredentialRecord](s)(tx.Credential([]byte("c")))(credential("c", account("alice"), 1))
		same[verifier.SessionRecord](s)(tx.Session([]byte("hash 1")))(session("1", account("alice"), nil))
		same[verifier.Challenge](s)(tx.TakeChallenge("1"))(challenge("1", account("alice")))
	})
}

func (s *suite) rollbackOnPanic() {
	func() {
		defer func() { s.equal(recover(), "no") }()
		_ = s.store.Update(s.Context(), func(tx verifier.Tx) error {
			s.is(everything(tx), nil)
			panic("no")
		})
	}()
	s.empty()
}

func (s *suite) viewRefusesWrites() {
	s.is(s.store.Update(s.Context(), everything), nil)
	alice := account("alice")
	for name, write := range map[string]func(verifier.Tx) error{
		"InsertOrganization":     func(tx verifier.Tx) error { return tx.InsertOrganization(verifier.Organization{}) },
		"UpdateOrganization":     func(tx verifier.Tx) error { return tx.UpdateOrganization(verifier.Organization{ID: "o"}) },
		"InsertAccount":          func(tx verifier.Tx) error { return tx.InsertAccount(account("bob")) },
		"UpdateAccount":          func(tx verifier.Tx) error { return tx.UpdateAccount(alice) },
		"InsertCredential":       func(tx verifier.Tx) error { return tx.InsertCredential(credential("d", alice, 1)) },
		"UpdateCredential":       func(tx verifier.Tx) error { return tx.UpdateCredential(credential("c", alice, 1)) },
		"DeleteCredential":       func(tx verifier.Tx) error { return tx.DeleteCredential([]byte("c")) },
		"InsertChallenge":        func(tx verifier.Tx) error { return tx.InsertChallenge(challenge("2", alice)) },
		"TakeChallenge":          func(tx verifier.Tx) error { _, err := tx.TakeChallenge("1"); return err },
		"DeleteChallengesBefore": func(tx verifier.Tx) error { return tx.DeleteChallengesBefore(at(50)) },
		"InsertSession":          func(tx verifier.Tx) error { return tx.InsertSession(session("2", alice, nil)) },
		"UpdateSession":          func(tx verifier.Tx) error { return tx.UpdateSession(session("1", alice, nil)) },
		"DeleteSession":          func(tx verifier.Tx) error { return tx.DeleteSession("1") },
		"DeleteSessionsOf":       func(tx verifier.Tx) error { return tx.DeleteSessionsOf([]byte("c"), "") },
		"DeleteSessionsBefore":   func(tx verifier.Tx) error { return tx.DeleteSessionsBefore(at(50)) },
		"InsertGrant": func(tx verifier.Tx) error {
			return tx.InsertGrant(verifier.Grant{Hash: []byte("x"), AccountID: alice.ID})
		},
		"DeleteGrantsOf":        func(tx verifier.Tx) error { return tx.DeleteGrantsOf(alice.ID) },
		"DeleteGrantsBefore":    func(tx verifier.Tx) error { return tx.DeleteGrantsBefore(at(50)) },
		"PutThrottle":           func(tx verifier.Tx) error { return tx.PutThrottle(verifier.Throttle{Key: []byte("x")}) },
		"DeleteThrottle":        func(tx verifier.Tx) error { return tx.DeleteThrottle([]byte("k")) },
		"DeleteThrottlesBefore": func(tx verifier.Tx) error { return tx.DeleteThrottlesBefore(at(50)) },
		"InsertSigningKey":      func(tx verifier.Tx) error { return tx.InsertSigningKey(verifier.SigningKey{KID: "x"}) },
		"RetireSigningKey":      func(tx verifier.Tx) error { return tx.RetireSigningKey("a", at(1)) },
		"AppendEvent":           func(tx verifier.Tx) error { return tx.AppendEvent(event(2)) },
	} {
		err := s.store.View(s.Context(), write)
		if !errors.Is(err, verifier.ErrInternal) {
			s.Errorf("%s in a View: %v", name, err)
		}
	}
}

// copies makes sure that nobody can reach into the store through a record.
func (s *suite) copies() {
	alice := account("alice")
	mine := credential("c", alice, 1)
	s.update(func(tx verifier.Tx) {
		s.is(tx.InsertAccount(alice), nil)
		s.is(tx.InsertCredential(mine), nil)
		mine.PublicKey[0], mine.Transports[0] = 'X', "X"
		got, err := tx.Credential(mine.ID)
		s.is(err, nil)
		got.PublicKey[1], got.Transports[1] = 'X', "X"
	})
	s.view(func(tx verifier.Tx) {
		same[verifier.CredentialRecord](s)(tx.Credential(mine.ID))(credential("c", alice, 1))
	})
}

func (s *suite) canceledBefore() {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	unreached := func(verifier.Tx) error { s.Error("fn was called"); return nil }
	s.is(s.store.Update(ctx, unreached), context.Canceled)
	s.is(s.store.View(ctx, unreached), context.Canceled)
}

func (s *suite) canceledInside() {
	ctx, cancel := context.WithCancel(s.Context())
	s.is(s.store.Update(ctx, func(tx verifier.Tx) error {
		s.is(everything(tx), nil)
		cancel()
		return nil
	}), context.Canceled)
	s.empty()
}

const workers = 8

// parallel runs fn in several goroutines at once.
func parallel(fn func(worker int)) {
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() { fn(worker) })
	}
	group.Wait()
}

func (s *suite) challengeTakenOnce() {
	alice := account("alice")
	s.update(func(tx verifier.Tx) { s.is(tx.InsertAccount(alice), nil) })
	for round := range 20 {
		id := strconv.Itoa(round)
		s.update(func(tx verifier.Tx) { s.is(tx.InsertChallenge(challenge(id, alice)), nil) })
		var taken atomic.Int32
		parallel(func(int) {
			switch err := s.store.Update(s.Context(), func(tx verifier.Tx) error {
				_, err := tx.TakeChallenge(id)
				return err
			}); {
			case err == nil:
				taken.Add(1)
			case !errors.Is(err, verifier.ErrNotFound):
				s.Error(err)
			}
		})
		s.equal(taken.Load(), int32(1))
	}
}

func (s *suite) concurrentCounting() {
	const each = 10
	key := []byte("k")
	s.update(func(tx verifier.Tx) { s.is(tx.PutThrottle(verifier.Throttle{Key: key}), nil) })
	parallel(func(int) {
		for range each {
			if err := s.store.Update(s.Context(), func(tx verifier.Tx) error {
				throttle, err := tx.Throttle(key)
				if err != nil {
					return err
				}
				throttle.Failures++
				return tx.PutThrottle(throttle)
			}); err != nil {
				s.Error(err)
			}
			if err := s.store.View(s.Context(), func(tx verifier.Tx) error {
				_, err := tx.Throttle(key)
				return err
			}); err != nil {
				s.Error(err)
			}
		}
	})
	s.view(func(tx verifier.Tx) {
		throttle, err := tx.Throttle(key)
		s.is(err, nil)
		s.equal(throttle.Failures, workers*each)
	})
}

func (s *suite) concurrentUsernames() {
	var made atomic.Int32
	parallel(func(worker int) {
		mine := account("id " + strconv.Itoa(worker))
		mine.Username = "wanted"
		switch err := s.store.Update(s.Context(), func(tx verifier.Tx) error { return tx.InsertAccount(mine) }); {
		case err == nil:
			made.Add(1)
		case !errors.Is(err, verifier.ErrExists):
			s.Error(err)
		}
	})
	s.equal(made.Load(), int32(1))
}

func (s *suite) check() {
	s.is(s.store.Update(s.Context(), everything), nil)
	s.is(s.store.Check(s.Context()), nil)
}
