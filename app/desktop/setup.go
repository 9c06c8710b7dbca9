package desktop

import (
	"context"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2/container"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/verifier"
)

// setupTop is how far down the title of the first page stands.
const setupTop = 80

// leastPassword is what verifier.NewAccount asks of a password, in code points.
const leastPassword = 12

// setup is the first page of the first run: the organisation and its first administrator.
type setup struct {
	*Window
	flow                                              *flow
	organization, domain, name, username, pass, pass2 *widgets.Field
	problem                                           *widgets.Problem
	create                                            *widgets.Button
}

func (w *Window) openSetup() {
	const half = (look.SetupWidth - look.CardGap) / 2
	w.showSteps(0)
	s := &setup{
		Window:       w,
		flow:         w.begin(),
		organization: w.newField(say("setup.organization"), "", look.SetupWidth),
		domain:       w.newField(say("setup.domain"), say("setup.domain_rule"), look.SetupWidth),
		name:         w.newField(say("setup.name"), "", half),
		username:     w.newField(say("setup.username"), "", half),
		pass:         w.newPasswordField(say("setup.password"), say("setup.password_rule"), half),
		pass2:        w.newPasswordField(say("setup.password_again"), "", half),
		problem:      widgets.NewProblem(look.SetupWidth),
	}
	s.create = widgets.NewPrimary(say("setup.create"), s.submit)
	s.domain.Hide()
	other := widgets.NewSmallLink(say("setup.domain_other"), func() {
		s.organization.SetHint(nil)
		s.domain.Show()
		w.place.Refresh()
		w.window.Canvas().Focus(s.domain.Focusable())
	})
	s.organization.SetHint(widgets.HStack(4, widgets.NewText(say("setup.domain_hint"), widgets.Caption), other))
	s.chain(s.organization, s.domain, s.name, s.username, s.pass, s.pass2)

	next := say("setup.next")
	if w.AllowVirtualKeys {
		next = say("setup.virtual")
	}
	form := widgets.VStack(look.SectionGap,
		s.organization, s.domain,
		widgets.Columns(look.CardGap, s.name, s.username),
		widgets.Columns(look.CardGap, s.pass, s.pass2),
		s.problem,
		widgets.Inset(look.Gap, 0, 0, 0, widgets.HStack(look.CardGap,
			widgets.AtLeast(200, 0, s.create), widgets.NewText(next, widgets.Caption))))
	w.show(content{
		title: say("setup.title"),
		page: widgets.NewFocusedPage(widgets.Head{Title: say("setup.title"), Sentence: say("setup.sentence")},
			setupTop, look.SetupWidth, form),
		focus: s.organization.Focusable(),
	})
}

// chain makes Enter go from field to field, and from the last one on.
func (s *setup) chain(fields ...*widgets.Field) {
	for i, field := range fields {
		field.OnSubmitted = func() {
			for _, next := range fields[i+1:] {
				if next.Visible() {
					s.window.Canvas().Focus(next.Focusable())
					return
				}
			}
			s.create.Tapped(nil)
		}
	}
}

// wrong says what is missing, in the field where it is, and which field that is; nil when nothing is.
func (s *setup) wrong() *widgets.Field {
	for _, check := range []struct {
		field *widgets.Field
		bad   bool
		text  string
	}{
		{s.organization, strings.TrimSpace(s.organization.Text()) == "", "setup.name_missing"},
		{s.username, strings.TrimSpace(s.username.Text()) == "", "setup.username_missing"},
		{s.pass, utf8.RuneCountInString(s.pass.Text()) < leastPassword, "setup.password_short"},
		{s.pass2, s.pass.Text() != s.pass2.Text(), "setup.password_differs"},
	} {
		if check.bad {
			check.field.SetProblem(say(check.text))
			return check.field
		}
	}
	return nil
}

func (s *setup) submit() {
	s.problem.Set("")
	if field := s.wrong(); field != nil {
		s.window.Canvas().Focus(field.Focusable())
		return
	}
	s.create.SetBusy(say("button.working"))
	request := verifier.NewOrganization{
		Name:               strings.TrimSpace(s.organization.Text()),
		RPID:               strings.TrimSpace(s.domain.Text()),
		VirtualKeysAllowed: s.AllowVirtualKeys,
		Administrator: verifier.NewAccount{
			Username: strings.TrimSpace(s.username.Text()), DisplayName: strings.TrimSpace(s.name.Text()), Password: s.pass.Text(),
		},
	}
	administrator := request.Administrator
	created := false // written by the work before it ends, read after
	under(s.flow, func(ctx context.Context) (companion.SignedIn, error) {
		if _, _, err := s.Companion.CreateOrganization(ctx, request); err != nil {
			return companion.SignedIn{}, err
		}
		created = true
		// The password has just been typed: it need not be typed again for leave to enrol the first key.
		return s.Companion.SignIn(ctx, companion.SignInRequest{Username: administrator.Username, Password: administrator.Password},
			s.signingIn(s.flow, administrator.Username))
	}, func(signedIn companion.SignedIn, err error) {
		s.giveBack()
		switch {
		case signedIn.Session != nil: // no key is asked of this account
			s.openHome()
		case err == nil:
			s.openFirstKey(signedIn)
		case created:
			s.newSignIn(describe(err), administrator.Username)
		default:
			s.create.SetBusy("")
			s.problem.Set(describe(err))
		}
	})
}

// openFirstKey opens the wizard for the key that somebody will sign in with: in the first run, and whenever the password
// of an account without a key was right.
func (w *Window) openFirstKey(signedIn companion.SignedIn) {
	w.showSteps(1)
	username := signedIn.Account.Username
	z := &wizard{
		Window: w, username: username, authority: signedIn.Authority, first: true,
		title: say("first_key.title"), sentence: say("first_key.sentence"),
		leave: func() { w.openSignInAs(username) },
		done:  func(key verifier.Credential) { w.openReady(key.Name, username) },
	}
	z.choose()
}

// openReady closes the first run.
func (w *Window) openReady(key, username string) {
	w.begin()
	w.showSteps(2)
	proceed := widgets.NewPrimary(say("ready.go"), func() { w.openSignInAs(username) })
	done := container.NewHBox(widgets.NewTintedTile(look.IconVerifiedUser, widgets.Good))
	w.show(content{
		title: say("ready.title"),
		page: widgets.NewFocusedPage(widgets.Head{Title: say("ready.title"), Sentence: say("ready.sentence", "key", key)},
			focusedTop, look.FocusedWidth, widgets.VStack(look.SectionGap,
				done, widgets.NewNotice(widgets.Neutral, say("ready.advice"), look.FocusedWidth), proceed)),
		focus: proceed,
	})
}
