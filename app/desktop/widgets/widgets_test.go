package widgets

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"latchkey/app/desktop/look"
)

// window shows an object in a window of its own, in a theme.
func window(t *testing.T, choice look.Choice, object fyne.CanvasObject) fyne.Window {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(look.New(choice))
	w := test.NewTempWindow(t, object)
	w.SetPadded(false)
	w.Resize(object.MinSize().Max(fyne.NewSize(100, 60)))
	return w
}

func press(object fyne.Focusable, name fyne.KeyName) { object.TypedKey(&fyne.KeyEvent{Name: name}) }

func TestHeights(t *testing.T) {
	window(t, look.Light, VStack(0))
	for name, tc := range map[string]struct {
		object fyne.CanvasObject
		want   float32
	}{
		"primary":      {NewPrimary("Continue", nil), 40},
		"with an icon": {NewPrimaryIcon(look.IconAdd, "Add a key", nil), 40},
		"secondary":    {NewSecondary("Sign out", nil), 40},
		"danger":       {NewDanger("Delete key", nil), 40},
		"link":         {NewLink("Cancel", nil), 40},
		"small link":   {NewSmallLink("Use another", nil), 24},
		"icon button":  {NewIconButton(look.IconCopy, nil), 40},
		"rail item":    {NewRailItem(look.IconHome, "Home", nil), 40},
		"chips":        {NewChips(0, nil, "Light", "Dark"), 32},
		"badge":        {NewBadge(look.IconUSB, "USB", Neutral), 24},
		"code box":     {NewCodeBox("latchkey token", nil), 40},
		"field":        {NewField("Username", "", 376), 16 + 4 + 40},
		"hinted field": {NewField("Password", "At least 12 characters", 376), 16 + 4 + 40 + 4 + 16},
		"key row":      {NewKeyRow(KeyRow{Icon: look.IconKey, Name: "Work key"}), 64},
		"info row":     {NewInfoRow(look.IconPIN, "PIN", "At least 4 characters"), 56},
		"key card":     {NewKeyCard(look.IconKey, "YubiKey", "", NewLink("Start again", nil)), 64},
		"title":        {NewText("My keys", Title), 32},
		"subtitle":     {NewText("Your keys", Subtitle), 24},
		"body":         {NewText("Body", Body), 20},
		"caption":      {NewText("Caption", Caption), 16},
		"ring":         {NewRing(look.ArtSecurityKey, SystemClock{}, nil, false), 256},
	} {
		if got := tc.object.MinSize().Height; got != tc.want {
			t.Errorf("%s: height %v, want %v", name, got, tc.want)
		}
	}
}

func TestButtonIsPressedByTapEnterAndSpace(t *testing.T) {
	presses := 0
	b := NewPrimary("Continue", func() { presses++ })
	w := window(t, look.Light, b)
	test.Tap(b)
	w.Canvas().Focus(b)
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter} {
		press(b, key)
	}
	if presses != 4 {
		t.Fatalf("pressed %d times, want 4", presses)
	}
	b.SetBusy("One moment…")
	press(b, fyne.KeySpace)
	if presses != 4 || b.Label() != "One moment…" {
		t.Errorf("a busy button was pressed or says %q", b.Label())
	}
	b.SetBusy("")
	b.Disable()
	press(b, fyne.KeySpace)
	test.Tap(b)
	if presses != 4 || b.Cursor() != desktop.DefaultCursor {
		t.Error("a disabled button was pressed or invites to be")
	}
}

// The ring shows for whoever comes by keyboard, in the accent of either theme.
func TestFocusRing(t *testing.T) {
	for _, choice := range []look.Choice{look.Light, look.Dark} {
		b := NewSecondary("Sign out", func() {})
		w := window(t, choice, Inset(8, 8, 8, 8, b))
		accent := color.NRGBAModel.Convert(look.New(choice).Color(look.Accent, 0))
		ringed := func() bool {
			picture := w.Canvas().Capture()
			return color.NRGBAModel.Convert(picture.At(8+int(b.Size().Width)/2, 6)) == accent
		}
		if ringed() {
			t.Errorf("%s: a ring without the focus", choice)
		}
		test.FocusNext(w.Canvas())
		if !ringed() {
			t.Errorf("%s: no ring with the focus", choice)
		}
		w.Canvas().Unfocus()
		test.Tap(b)
		if w.Canvas().Focused() != b || ringed() {
			t.Errorf("%s: a tap has to move the focus and draw no ring", choice)
		}
	}
}

func TestWidgetsFollowTheTheme(t *testing.T) {
	card := NewCard(NewText("Your keys", Subtitle))
	w := window(t, look.Light, card)
	for _, choice := range []look.Choice{look.Light, look.Dark, look.Light} {
		fyne.CurrentApp().Settings().SetTheme(look.New(choice))
		want := color.NRGBAModel.Convert(look.New(choice).Color(look.Card, 0))
		if got := color.NRGBAModel.Convert(w.Canvas().Capture().At(30, 10)); got != want {
			t.Errorf("%s: the card is %v, want %v", choice, got, want)
		}
	}
}

func TestEscapeReachesTheCanvasFromAnyControl(t *testing.T) {
	field := NewField("Username", "", 376)
	for name, tc := range map[string]struct {
		object fyne.CanvasObject
		focus  fyne.Focusable
	}{
		"button": {VStack(0, NewLink("Cancel", nil)), nil},
		"field":  {field, field.Focusable()},
	} {
		w := window(t, look.Light, tc.object)
		if tc.focus == nil {
			test.FocusNext(w.Canvas())
			tc.focus = w.Canvas().Focused()
		}
		escaped := false
		w.Canvas().SetOnTypedKey(func(key *fyne.KeyEvent) { escaped = key.Name == fyne.KeyEscape })
		press(tc.focus, fyne.KeyEscape)
		if !escaped {
			t.Errorf("%s keeps Escape to itself", name)
		}
	}
}

func TestRailSelectsAndHoldsTheFocus(t *testing.T) {
	opened := ""
	home := NewRailItem(look.IconHome, "Home", func() { opened = "Home" })
	keys := NewRailItem(look.IconKey, "My keys", func() { opened = "My keys" })
	rail := NewRail("Latchkey")
	rail.SetItems(home, keys)
	w := window(t, look.Dark, NewShell(rail, VStack(0)))
	test.FocusNext(w.Canvas())
	test.FocusNext(w.Canvas())
	press(w.Canvas().Focused(), fyne.KeyReturn)
	if opened != "My keys" || !rail.Holds(w.Canvas().Focused()) {
		t.Errorf("opened %q", opened)
	}
	rail.Select("My keys")
	if home.Selected() || !keys.Selected() {
		t.Error("not the item that was selected is")
	}
	rail.SetSteps(1, "Organisation", "Your first key", "Ready")
	if rail.Holds(w.Canvas().Focused()) {
		t.Error("the rail holds the focus on an item that is gone")
	}
}

func TestChipsAndCardsAreChosen(t *testing.T) {
	chosen := -1
	chips := NewChips(0, func(i int) { chosen = i }, "System", "Light", "Dark")
	var card *ChoiceCard
	picked := false
	card = NewChoiceCard(Option{Picture: look.ArtLaptop, Title: "This computer"}, 332, func() { picked = true })
	off := NewChoiceCard(Option{Picture: look.ArtLaptop, Title: "This computer", Unavailable: "Not set up."}, 332, func() { picked = true })
	w := window(t, look.Light, VStack(8, chips, card, off))
	for range 3 {
		test.FocusNext(w.Canvas())
	}
	press(w.Canvas().Focused(), fyne.KeySpace)
	if chosen != 2 || !w.Canvas().Focused().(*Chip).On() {
		t.Errorf("chose %d, want 2", chosen)
	}
	test.Tap(off)
	if picked {
		t.Error("what is unavailable was chosen")
	}
	test.Tap(card)
	card.Select(true)
	if !picked || !card.Selected() {
		t.Error("the card was not chosen")
	}
}
