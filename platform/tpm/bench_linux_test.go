package tpm_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/platform/tpm"
	"latchkey/platform/tpm/swtpmtest"
)

// BenchmarkAssert compares an assertion (the counter on the disk, the key loaded, the
// PIN proven over an encrypted session) with bare tpm2_sign and a loaded key on the
// same TPM. The two take turns, so that whatever else the machine does hits both, and
// medians are compared.
func BenchmarkAssert(b *testing.B) {
	chip, dir, at := swtpmtest.Start(b), b.TempDir(), &person{pin: rightPIN}
	a := tpm.New(tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: filepath.Join(dir, "tpm.json")})
	const rpID = "portal.example.com"
	created, err := a.Create(b.Context(), ceremony.CreateRequest{Options: ceremony.CreationOptions{
		RP: ceremony.RelyingParty{ID: rpID}, User: ceremony.User{ID: []byte("alice")},
		PubKeyCredParams: []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
	}}, at)
	if err != nil {
		b.Fatal(err)
	}
	request := ceremony.AssertRequest{
		Options: ceremony.RequestOptions{RPID: rpID, AllowCredentials: []ceremony.CredentialDescriptor{
			{Type: ceremony.CredentialTypePublicKey, ID: created.CredentialID}}},
		ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, make([]byte, 32), rpID),
	}
	tool := func(args ...string) {
		b.Helper()
		command := exec.CommandContext(b.Context(), args[0], append([]string{"--tcti", "swtpm:path=" + chip.Path()}, args[1:]...)...)
		command.Dir = dir
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "digest"), bytes.Repeat([]byte{7}, 32), 0o600); err != nil {
		b.Fatal(err)
	}
	flush := func() { tool("tpm2_flushcontext", "-t") } // nobody else does, without a resource manager
	tool("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", "primary.ctx")
	flush()
	tool("tpm2_create", "-C", "primary.ctx", "-G", "ecc256:ecdsa", "-p", "123456", "-u", "key.pub", "-r", "key.priv")
	flush()
	tool("tpm2_load", "-C", "primary.ctx", "-u", "key.pub", "-r", "key.priv", "-c", "key.ctx")
	flush()

	var whole, bare []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := a.Assert(b.Context(), request, at); err != nil {
			b.Fatal(err)
		}
		whole = append(whole, time.Since(start))

		start = time.Now()
		tool("tpm2_sign", "-c", "key.ctx", "-p", "123456", "-g", "sha256", "-s", "ecdsa", "-d", "-o", "signature", "digest")
		bare = append(bare, time.Since(start))
		flush()
	}
	b.ReportMetric(0, "ns/op") // the loop does more than it measures
	b.ReportMetric(median(whole).Seconds()*1e3, "assert-ms")
	b.ReportMetric(median(bare).Seconds()*1e3, "tpm2_sign-ms")
	b.ReportMetric(float64(median(whole))/float64(median(bare)), "x-tpm2_sign")
}

func median(spans []time.Duration) time.Duration {
	slices.Sort(spans)
	return spans[len(spans)/2]
}
