package desktop

import (
	"bytes"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/verifier"
)

// halfCard is the width of what stands in one of two cards side by side.
const halfCard = (look.ColumnWidth-look.CardGap)/2 - 2*look.CardPad

func (w *Window) openHome() { w.openSignedIn(say("rail.home"), w.loadHome) }

// enterHome opens home for somebody who was found to be signed in.
func (w *Window) enterHome(f *flow) {
	w.showRail(say("rail.home"))
	w.loadHome(f)
}

func (w *Window) loadHome(f *flow) {
	under(f, w.Companion.Keys, func(keys []verifier.Credential, err error) {
		problem := ""
		if err != nil {
			over := false
			if problem, over = w.problem(err); over {
				return
			}
		}
		w.showHome(f, keys, problem)
	})
}

func (w *Window) showHome(f *flow, keys []verifier.Credential, problem string) {
	session := *w.overview.Session
	trouble := widgets.NewProblem(look.ColumnWidth)
	trouble.Set(problem)
	column := widgets.VStack(look.CardGap, trouble)
	if !w.overview.Stored {
		column.Add(widgets.NewNotice(widgets.Advice, describe(companion.ErrNotStored), look.ColumnWidth))
	}
	column.Add(widgets.NewCard(w.sessionCard(f, session, keys, trouble)))
	yours := w.yourKeysCard(keys)
	if w.overview.Stored { // the command finds the session in the keyring only
		column.Add(widgets.Columns(look.CardGap, widgets.NewCard(w.tokensCard()), widgets.NewCard(yours)))
	} else {
		column.Add(widgets.NewCard(yours))
	}
	sentence := say("home.offline")
	if w.overview.Online {
		sentence = say("home.online")
	}
	w.show(content{title: say("rail.home"), page: widgets.NewPage(widgets.Head{
		Title: say("home.title", "name", firstName(session.Account.DisplayName)), Sentence: sentence,
	}, column)})
}

func (w *Window) sessionCard(f *flow, session verifier.Session, keys []verifier.Credential, trouble *widgets.Problem) fyne.CanvasObject {
	var out *widgets.Button
	out = widgets.NewSecondary(say("home.sign_out"), func() {
		out.SetBusy(say("button.working"))
		under(f, w.Companion.SignOut, func(_ verifier.Session, err error) {
			if err == nil {
				w.openSignIn(say("sign_in.signed_out"))
				return
			}
			out.SetBusy("")
			if message, over := w.problem(err); !over {
				trouble.Set(message)
			}
		})
	})
	icon, text, _ := w.network()
	names := widgets.VStack(0,
		widgets.NewText(say("home.signed_in_as", "name", session.Account.DisplayName), widgets.Subtitle),
		widgets.NewText(say("home.at", "username", session.Account.Username, "organization", session.Organization.Name), widgets.Second))
	now := w.Clock.Now()
	return widgets.VStack(look.CardPad,
		widgets.HStack(look.CardGap,
			widgets.Middle(widgets.NewTintedTile(look.IconVerifiedUser, widgets.Accented)), names, layout.NewSpacer(),
			widgets.NewBadge(icon, text, widgets.Neutral), widgets.Middle(out)),
		widgets.NewRule(),
		widgets.SharedColumns([]float32{348, 142},
			widgets.Captioned(say("home.with"), w.factor(session, keys)),
			widgets.Captioned(say("home.since"), companion.When(session.CreatedAt, now)),
			widgets.Captioned(say("home.until"), companion.When(session.Until(), now))))
}

// factor says how the session was made: with what, and from its authentication methods (RFC 8176 §2) how. keys are
// those of its owner.
func (w *Window) factor(session verifier.Session, keys []verifier.Credential) string {
	if session.CredentialID == nil {
		return say("factor.password")
	}
	for _, key := range keys {
		if key.Kind == verifier.DeviceAuthenticator && bytes.Equal(key.ID, session.CredentialID) {
			return w.builtInFactor(key)
		}
	}
	key := w.Companion.Model(session.CredentialModel)
	if key == "" {
		key = session.CredentialName
	}
	if slices.Contains(session.AMR, "pin") {
		return say("factor.pin_touch", "key", key)
	}
	return say("factor.key", "key", key) // whether the key asked for a PIN or a finger is not known
}

func (w *Window) builtInFactor(key verifier.Credential) string {
	if !w.knowsModel(key) {
		return say("factor.key", "key", key.Name)
	}
	switch key.Computer {
	case "":
		return say("factor.key", "key", w.modelOf(key))
	case w.Computer:
		return say("factor.here", "key", w.modelOf(key))
	}
	return say("factor.computer", "key", w.modelOf(key), "computer", key.Computer)
}

func (w *Window) tokensCard() fyne.CanvasObject {
	text := widgets.VStack(4,
		widgets.NewText(say("home.tokens"), widgets.Subtitle),
		widgets.NewParagraph(say("home.tokens_text"), widgets.Second, halfCard))
	command := widgets.VStack(4,
		widgets.NewText(say("home.tokens_command"), widgets.Caption),
		widgets.NewCodeBox("latchkey token", w.app.Clipboard().SetContent))
	return container.NewBorder(text, command, nil, nil)
}

// yourKeysCard shows the keys that were used last, and offers the next step.
func (w *Window) yourKeysCard(keys []verifier.Credential) fyne.CanvasObject {
	const shown = 2
	recent := slices.Clone(keys)
	slices.SortStableFunc(recent, func(a, b verifier.Credential) int { return b.LastUsedAt.Compare(a.LastUsedAt) })
	card := widgets.VStack(look.CardGap, widgets.NewText(say("home.keys"), widgets.Subtitle))
	for _, key := range recent[:min(shown, len(recent))] {
		card.Add(widgets.NewKeyLine(keyIcon(key), key.Name, w.usedLine(key)))
	}
	switch len(keys) {
	case 0:
		card.Add(widgets.NewParagraph(say("home.keys_none"), widgets.Body, halfCard))
	case 1:
		card.Add(widgets.Inset(look.Gap, 0, 0, 0, widgets.NewParagraph(say("home.keys_one"), widgets.Body, halfCard)))
	default:
		card.Add(widgets.HStack(0, widgets.NewLink(say("home.keys_all"), func() { w.openKeys("") })))
		return card
	}
	card.Add(widgets.HStack(0, widgets.NewPrimaryIcon(look.IconAdd, say("button.add_key"), w.openAddKey)))
	return card
}

func (w *Window) usedLine(key verifier.Credential) string {
	if key.LastUsedAt.IsZero() {
		return say("home.unused", "model", w.modelOf(key))
	}
	return say("home.used", "model", w.modelOf(key), "when", w.whenWithin(key.LastUsedAt))
}
