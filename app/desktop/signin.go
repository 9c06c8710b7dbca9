package desktop

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
)

// signIn is the page that asks for a name and a password. The key comes after it.
type signIn struct {
	*Window
	flow               *flow
	username, password *widgets.Field
	problem            *widgets.Problem
	proceed            *widgets.Button
	page               content
}

// openSignIn opens the page; notice says why, where there is something to say.
func (w *Window) openSignIn(notice string) { w.newSignIn(notice, "") }

// openSignInAs opens the page with the username filled in.
func (w *Window) openSignInAs(username string) { w.newSignIn("", username) }

func (w *Window) newSignIn(notice, username string) {
	f := w.begin()
	w.look(f, func() { w.showSignIn(f, notice, username) })
}

func (w *Window) showSignIn(f *flow, notice, username string) {
	w.overview.Session = nil // whoever comes here wants to sign in
	w.showRail(say("rail.sign_in"))
	s := &signIn{
		Window:   w,
		flow:     f,
		username: w.newField(say("sign_in.username"), "", look.FocusedWidth),
		password: w.newPasswordField(say("sign_in.password"), "", look.FocusedWidth),
		problem:  widgets.NewProblem(look.FocusedWidth),
	}
	s.username.SetText(username)
	s.proceed = widgets.NewPrimary(say("button.continue"), s.submit)
	s.username.OnSubmitted = func() { w.window.Canvas().Focus(s.password.Focusable()) }
	s.password.OnSubmitted = func() { s.proceed.Tapped(nil) }
	s.lay(notice)
	w.show(s.page)
}

func (s *signIn) lay(notice string) {
	column := widgets.VStack(look.SectionGap)
	if notice != "" {
		column.Add(widgets.NewNotice(widgets.Neutral, notice, look.FocusedWidth))
	}
	column.Add(widgets.VStack(look.CardGap, s.username, s.password))
	column.Add(s.problem)
	column.Add(s.proceed)
	if !s.overview.Online {
		column.Add(container.NewCenter(widgets.HStack(look.Gap,
			widgets.NewIcon(look.IconCloudOff, look.IconSmall, look.SecondText),
			widgets.NewText(say("sign_in.offline"), widgets.Caption))))
	}
	organization := ""
	if s.overview.Organization != nil {
		organization = s.overview.Organization.Name
	}
	s.page = content{
		title: say("sign_in.title"),
		page: widgets.NewFocusedPage(widgets.Head{
			Title:    say("sign_in.title"),
			Sentence: say("sign_in.sentence", "organization", organization),
		}, focusedTop, look.FocusedWidth, column),
		focus: s.first(),
	}
}

// first is the field that is to be filled in next.
func (s *signIn) first() fyne.Focusable {
	if s.username.Text() == "" {
		return s.username.Focusable()
	}
	return s.password.Focusable()
}

func (s *signIn) submit() {
	username, password := strings.TrimSpace(s.username.Text()), s.password.Text()
	switch {
	case username == "":
		s.refuse(s.username, say("sign_in.username_missing"))
		return
	case password == "":
		s.refuse(s.password, say("sign_in.password_missing"))
		return
	}
	s.problem.Set("")
	s.proceed.SetBusy(say("button.working"))
	p := s.signingIn(s.flow, username)
	prompted(p, func(ctx context.Context, asker ceremony.Prompter) (companion.SignedIn, error) {
		return s.Companion.SignIn(ctx, companion.SignInRequest{Username: username, Password: password}, asker)
	}, func(signedIn companion.SignedIn, err error) {
		s.proceed.SetBusy("")
		s.password.SetText("")
		s.giveBack()
		s.done(p, signedIn, err)
	})
}

func (s *signIn) done(p *prompter, signedIn companion.SignedIn, err error) {
	switch {
	case signedIn.Session != nil: // home says so where it could not be stored
		p.celebrate(s.openHome)
	case err == nil:
		s.openFirstKey(signedIn)
	default:
		message := ""
		if !gaveUp(err) && !errors.Is(err, companion.ErrNotSignedIn) {
			message = describe(err)
		}
		s.problem.Set(message)
		s.page.focus = s.first()
		s.show(s.page)
	}
}

// refuse says in place what is missing and goes there.
func (s *signIn) refuse(field *widgets.Field, message string) {
	field.SetProblem(message)
	s.window.Canvas().Focus(field.Focusable())
}

// signingIn is the prompter of a sign-in.
func (w *Window) signingIn(f *flow, username string) *prompter {
	return &prompter{
		Window: w, flow: f, title: say("sign_in.title"),
		sentence: func(question ceremony.PINQuestion) string {
			if isBuiltIn(question.Device.Kind) {
				return say("sign_in.pin_sentence_computer")
			}
			return say("sign_in.pin_sentence")
		},
		subject: say("sign_in.subject", "username", username),
	}
}
