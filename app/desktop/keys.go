package desktop

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"latchkey/app/companion"
	"latchkey/app/desktop/look"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// openKeys opens the list of a person's own keys; notice says what has just been done, if anything.
func (w *Window) openKeys(notice string) { w.openKeysWith(notice, "") }

func (w *Window) openKeysWith(notice, problem string) {
	w.openSignedIn(say("rail.keys"), func(f *flow) {
		under(f, w.Companion.Keys, func(keys []verifier.Credential, err error) {
			if err != nil {
				over := false
				if problem, over = w.problem(err); over {
					return
				}
			}
			w.showKeys(f, keys, notice, problem)
		})
	})
}

func (w *Window) showKeys(f *flow, keys []verifier.Credential, notice, problem string) {
	trouble := widgets.NewProblem(look.ColumnWidth)
	trouble.Set(problem)
	column := widgets.VStack(look.SectionGap, trouble)
	if notice != "" {
		column.Add(widgets.NewNotice(widgets.Good, notice, look.ColumnWidth))
	}
	for _, section := range []struct {
		head string
		kind verifier.CredentialKind
	}{
		{say("keys.section_security"), verifier.SecurityKey},
		{say("keys.section_device"), verifier.DeviceAuthenticator},
		{say("keys.section_legacy"), verifier.LegacyKey},
	} {
		var rows []fyne.CanvasObject
		for _, key := range keys {
			if key.Kind == section.kind {
				rows = append(rows, w.keyRow(f, keys, key))
			}
		}
		if len(rows) == 0 {
			continue
		}
		if section.kind == verifier.LegacyKey {
			rows = append(rows, widgets.NewFooter(widgets.Advice, say("keys.legacy_lead"), say("keys.legacy_rest"),
				widgets.NewLink(say("keys.legacy_action"), w.openAddKey)))
		}
		column.Add(widgets.NewSection(section.head, widgets.NewRowCard(widgets.TextInset, rows...)))
	}
	if len(keys) == 0 && problem == "" {
		column.Add(widgets.NewEmptyState(look.IconKey, say("keys.empty")))
	}
	add := widgets.NewPrimaryIcon(look.IconAdd, say("button.add_key"), w.openAddKey)
	w.show(content{title: say("keys.title"), page: widgets.NewPage(widgets.Head{
		Title: say("keys.title"), Sentence: say("keys.sentence"), Actions: []fyne.CanvasObject{add},
	}, column)})
}

func (w *Window) keyRow(f *flow, keys []verifier.Credential, key verifier.Credential) fyne.CanvasObject {
	row := widgets.KeyRow{
		Icon: keyIcon(key), Name: key.Name, Second: w.boundTo(key),
		AddedLabel: say("keys.added"), Added: w.when(key.CreatedAt),
		LastUsedLabel: say("keys.last_used"), LastUsedText: w.when(key.LastUsedAt),
		Menu: []*fyne.MenuItem{
			fyne.NewMenuItem(say("keys.rename"), func() { w.askRename(f, key) }),
			fyne.NewMenuItem(say("keys.delete"), func() { w.askDelete(f, keys, key) }),
		},
	}
	if key.Virtual {
		row.Badge = widgets.NewBadge(nil, say("keys.virtual"), widgets.Neutral)
	}
	return widgets.NewKeyRow(row)
}

func (w *Window) when(t time.Time) string {
	if t.IsZero() {
		return say("keys.never")
	}
	return companion.When(t, w.Clock.Now())
}

// whenWithin is a time in the middle of a sentence.
func (w *Window) whenWithin(t time.Time) string {
	text := w.when(t)
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}

// askRename asks for another name for a key. What is wrong with it is said in the dialog.
func (w *Window) askRename(f *flow, key verifier.Credential) {
	name := w.newField(say("rename.label"), "", widgets.DialogBodyWidth)
	name.SetText(key.Name)
	var dialog *widgets.Dialog
	var rename *widgets.Button
	rename = widgets.NewPrimary(say("rename.action"), func() {
		wanted := strings.TrimSpace(name.Text())
		if wanted == "" {
			name.SetProblem(say("rename.missing"))
			return
		}
		rename.SetBusy(say("button.working"))
		under(f, only(func(ctx context.Context) error { return w.Companion.RenameKey(ctx, key.ID, wanted) }),
			func(_ nothing, err error) {
				rename.SetBusy("")
				if err != nil {
					message, _ := w.problem(err)
					name.SetProblem(message)
					return
				}
				dialog.Close()
				w.openKeys(say("keys.renamed", "name", wanted))
			})
	})
	name.OnSubmitted = func() { rename.Tapped(nil) }
	dialog = widgets.ShowDialog(w.window.Canvas(), widgets.Question{
		Title: say("rename.title", "name", key.Name), Body: name,
		Safe: say("rename.safe"), Action: rename, Focus: name.Focusable(),
	})
}

// askDelete asks whether to delete a key. Where that locks the person out, the username has to be typed.
func (w *Window) askDelete(f *flow, keys []verifier.Credential, key verifier.Credential) {
	session := *w.overview.Session
	last := companion.LocksOut(session, keys, key)
	var dialog *widgets.Dialog
	remove := widgets.NewDanger(say("delete.action"), func() {
		dialog.Close()
		w.deleteKey(f, key, last)
	})
	used := say("delete.never_used", "model", w.modelOf(key))
	if !key.LastUsedAt.IsZero() {
		used = say("delete.last_used", "model", w.modelOf(key), "when", w.whenWithin(key.LastUsedAt))
	}
	question := widgets.Question{
		Tone: widgets.Danger, Icon: look.IconWarning,
		Title: say("delete.title", "name", key.Name), Text: say("delete.text"),
		Body: widgets.NewSubject(keyIcon(key), key.Name, used),
		Safe: say("delete.safe"), Action: remove,
	}
	if last {
		username := session.Account.Username
		typed := widgets.NewTypedConfirmation(say("delete.confirm", "username", username), username, remove).Resting(w.Clock, w.OnUI)
		question.Title, question.Text = say("delete.title_last"), say("delete.text_last")
		question.Body = widgets.VStack(20, question.Body, typed)
		question.Focus = typed.Focusable()
	}
	dialog = widgets.ShowDialog(w.window.Canvas(), question)
}

func (w *Window) deleteKey(f *flow, key verifier.Credential, lockOut bool) {
	p := &prompter{
		Window: w, flow: f, title: say("delete.prompt_title"),
		sentence: func(ceremony.PINQuestion) string { return say("confirm.sentence") },
		subject:  say("delete.subject", "name", key.Name),
	}
	prompted(p, func(ctx context.Context, asker ceremony.Prompter) (nothing, error) {
		return nothing{}, w.Companion.DeleteKey(ctx, key.ID, lockOut, asker)
	}, func(_ nothing, err error) {
		switch {
		case err != nil:
			if message, over := w.problem(err); !over {
				w.openKeysWith("", message)
			}
		default:
			p.celebrate(func() { w.openKeys(say("keys.deleted", "name", key.Name)) })
		}
	})
}
