package windowshello

import (
	"context"
	"slices"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/platform/conformance"
)

// helloToo asks Windows Hello as the verifier does, which names RS256 beside ES256: without
// it Windows Hello refuses.
type helloToo struct{ *Hello }

func (h helloToo) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	parameters := request.Options.PubKeyCredParams
	if slices.ContainsFunc(parameters, func(p ceremony.CredentialParameter) bool { return p.Alg == ceremony.AlgES256 }) {
		request.Options.PubKeyCredParams = append(slices.Clone(parameters),
			ceremony.CredentialParameter{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgRS256})
	}
	return h.Hello.Create(ctx, request, prompter)
}

// TestConformance runs webauthn.dll's two kinds through the suite that all authenticators
// pass.
func TestConformance(t *testing.T) {
	t.Setenv("LATCHKEY_STANDIN_PERSON", "touches")
	touch := func() { standin(t, "StandinTouch") }
	for name, of := range map[string]func(*Hello, *SecurityKeys) conformance.Subject{
		"WindowsHello": func(hello *Hello, _ *SecurityKeys) conformance.Subject {
			return conformance.Subject{
				Authenticator: helloToo{hello}, Kind: ceremony.KindWindowsHello, Attachment: ceremony.AttachmentPlatform,
				Transport: ceremony.TransportInternal, AlwaysDiscoverable: true,
			}
		},
		"SecurityKeys": func(_ *Hello, keys *SecurityKeys) conformance.Subject {
			return conformance.Subject{
				Authenticator: keys, Kind: ceremony.KindSecurityKey, Attachment: ceremony.AttachmentCrossPlatform,
				Transport: ceremony.TransportUSB,
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			conformance.Run(t, func(t *testing.T) conformance.Subject {
				standin(t, "StandinForget")
				subject := of(open(t))
				subject.Touched, subject.OwnDialogue, subject.Touch = true, true, touch
				subject.Restart = func() conformance.Authenticator { return of(open(t)).Authenticator }
				return subject
			})
		})
	}
}
