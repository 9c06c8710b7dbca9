package verifier_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier/internal/testkey"
	"latchkey/verifier/memstore"
)

// batch is how many ceremonies are begun before they are finished under the clock.
const batch = 200

// ceremonies begins n sign-ins and signs them.
func ceremonies(f *fixture, key *testkey.Key, n int) (ids []string, responses []ceremony.AuthenticationResponse) {
	for range n {
		answer := f.begin("alice")
		ids = append(ids, answer.CeremonyID)
		responses = append(responses, key.Assert(*answer.Request))
	}
	return ids, responses
}

// finish measures FinishSignIn over n ceremonies, one by one, and signs out again.
func finish(f *fixture, key *testkey.Key, n int) (spans []time.Duration) {
	ids, responses := ceremonies(f, key, n)
	var tokens []string
	for i, id := range ids {
		start := time.Now()
		issued, err := f.FinishSignIn(f.Context(), id, responses[i])
		spans = append(spans, time.Since(start))
		f.ok(err)
		tokens = append(tokens, issued.Token)
	}
	for _, token := range tokens {
		f.ok(f.SignOut(f.Context(), token))
	}
	return spans
}

// bare measures nothing but crypto/ecdsa over the same sort of message.
func bare(f *fixture, key *testkey.Key, n int) (spans []time.Duration) {
	response := key.Assert(ceremony.RequestOptions{Challenge: make([]byte, 32), RPID: rpID})
	clientDataHash := sha256.Sum256(response.Response.ClientDataJSON)
	message := slices.Concat(response.Response.AuthenticatorData, clientDataHash[:])
	public := &key.ECDSA().PublicKey
	for range n {
		start := time.Now()
		digest := sha256.Sum256(message)
		valid := ecdsa.VerifyASN1(public, digest[:], response.Response.Signature)
		spans = append(spans, time.Since(start))
		if !valid {
			f.Fatal("the signature is not valid")
		}
	}
	return spans
}

// quantile sorts spans.
func quantile(spans []time.Duration, q float64) time.Duration {
	slices.Sort(spans)
	return spans[min(int(q*float64(len(spans))), len(spans)-1)]
}

// BenchmarkFinishSignIn compares finishing a sign-in over a store in memory with the
// one ECDSA verification that it cannot do without. The two take turns, so that
// whatever else the machine does hits both, and medians are compared.
func BenchmarkFinishSignIn(b *testing.B) {
	f := newFixtureOver(b, memstore.New())
	key := f.newKey("alice")
	var whole, alone []time.Duration
	for b.Loop() {
		whole = append(whole, finish(f, key, batch)...)
		alone = append(alone, bare(f, key, batch)...)
	}
	median, floor := quantile(whole, 0.5), quantile(alone, 0.5)
	b.ReportMetric(0, "ns/op") // the loop prepares more than it measures
	b.ReportMetric(float64(median.Nanoseconds())/1e3, "finish-µs")
	b.ReportMetric(float64(floor.Nanoseconds())/1e3, "bare-ecdsa-µs")
	b.ReportMetric(float64(median)/float64(floor), "x-bare-ecdsa")
}

// BenchmarkFinishSignInSQLite is the same over a durable database: what an
// acknowledgement costs with the disk in it.
func BenchmarkFinishSignInSQLite(b *testing.B) {
	f := newFixtureOver(b, openSQL(b))
	key := f.newKey("alice")
	var spans []time.Duration
	for b.Loop() {
		spans = append(spans, finish(f, key, 20)...)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(quantile(spans, 0.5).Microseconds())/1e3, "p50-ms")
	b.ReportMetric(float64(quantile(spans, 0.99).Microseconds())/1e3, "p99-ms")
}

// BenchmarkAccessToken is what a script that asks again and again pays.
func BenchmarkAccessToken(b *testing.B) {
	f := newFixtureOver(b, openSQL(b))
	issued := f.signIn("alice", f.newKey("alice"))
	for b.Loop() {
		if _, err := f.AccessToken(b.Context(), issued.Token, ""); err != nil {
			b.Fatal(err)
		}
	}
}
