// Package arch holds the rules of the house: which part may know which. It has tests
// alone.
package arch

// A name is that of a package of this module from its root ("." is the root), or of
// any other. With "/..." it stands for all below it too.

// part says what a part may import beside the standard library, in every file but
// tests and on every operating system. The longest name that fits a package counts.
type part struct {
	name string
	may  []string
}

var parts = []part{
	// The two programs, each with its own user interface.
	{".", []string{"app/wire", "app/desktop/...", "fyne.io/fyne/v2/..."}},
	{"app/latchkey", []string{"app/wire", "app/cli", "app/companion"}},

	// The user interfaces, two skins over the use cases.
	{"app/desktop/...", []string{"app/desktop/...", "app/companion", "verifier", "fido/ceremony", "assets/...", "fyne.io/fyne/v2/..."}},
	{"app/cli", []string{"app/companion", "verifier", "fido/ceremony",
		"github.com/spf13/cobra", "golang.org/x/term", "golang.org/x/sys/..."}},

	// The use cases and what they are put together with. app/wire alone knows how
	// everything is done, and neither of the user interfaces: a command line that
	// linked the window's libraries would not start where there is no display.
	{"app/companion", []string{"verifier", "fido/ceremony"}},
	{"app/wire", []string{"app/companion", "app/keychain", "verifier", "verifier/sqlstore", "fido", "platform/...", "assets/..."}},
	{"app/keychain", []string{"app/companion", "verifier",
		"github.com/zalando/go-keyring", "github.com/godbus/dbus/v5", "golang.org/x/sys/..."}},

	// The authenticators and the relying party, which do not know each other.
	{"fido/ceremony", nil},
	{"fido", []string{"fido/ceremony",
		"github.com/keys-pub/go-libfido2", "github.com/fxamacker/cbor/v2", "golang.org/x/sys/...", "golang.org/x/text/..."}},
	{"platform/...", []string{"platform/...", "fido/ceremony",
		"github.com/fxamacker/cbor/v2", "golang.org/x/sys/...", "golang.org/x/text/..."}},
	{"platform/tpm/...", []string{"platform/authenticator", "platform/records", "fido/ceremony", "github.com/google/go-tpm/..."}},
	{"platform/fprintd/...", []string{"fido/ceremony", "github.com/godbus/dbus/v5/..."}},
	{"platform/touchid", []string{"platform/authenticator", "platform/records", "fido/ceremony", "github.com/ebitengine/purego/..."}},
	{"platform/windowshello", []string{"fido/ceremony", "golang.org/x/sys/..."}},
	{"verifier", []string{"fido/ceremony", "github.com/go-webauthn/webauthn/...",
		"github.com/golang-jwt/jwt/v5", "golang.org/x/crypto/...", "golang.org/x/text/..."}},
	{"verifier/sqlstore", []string{"verifier", "modernc.org/sqlite/..."}},
	{"verifier/memstore", []string{"verifier"}},
	{"verifier/storetest", []string{"verifier"}},
	{"verifier/internal/testkey", []string{"fido/ceremony", "github.com/fxamacker/cbor/v2"}},

	{"assets/...", nil},

	// Tools for tests and demonstrations. No program that is shipped links them.
	{"fido/virtualkey/...", []string{"fido/virtualkey/...", "github.com/fxamacker/cbor/v2", "golang.org/x/sys/...", "golang.org/x/term"}},
	{"platform/windowshello/standin", []string{"fido/virtualkey/authenticator", "github.com/fxamacker/cbor/v2", "golang.org/x/sys/..."}},
	{"platform/windowshello/winetest", nil},
	{"app/windows", nil},
	{"app/keychain/keyringtest", []string{"github.com/godbus/dbus/v5"}},
	{"app/demo", []string{"app/wire", "app/companion", "app/keychain/keyringtest", "verifier", "fido/ceremony", "github.com/godbus/dbus/v5"}},
}

// home says where alone something may be imported, tests included.
type home struct {
	name string
	in   []string
}

var homes = []home{
	{"fyne.io/fyne/v2/...", []string{".", "app/desktop/..."}},
	{"github.com/keys-pub/go-libfido2", []string{"fido"}},
	// fido's tests check with it what keys have made.
	{"github.com/go-webauthn/webauthn/...", []string{"verifier/...", "fido"}},
	{"github.com/zalando/go-keyring", []string{"app/keychain"}},
	{"github.com/google/go-tpm/...", []string{"platform/tpm/..."}},
	{"github.com/ebitengine/purego/...", []string{"platform/touchid"}},
	{"modernc.org/sqlite/...", []string{"verifier/sqlstore"}},
	// Latchkey neither listens nor calls anybody.
	{"net/http/...", nil},
}

// program says what a program must not link.
type program struct {
	name    string
	without []string
}

var programs = []program{
	{".", []string{"fido/virtualkey/...", "platform/softchip", "platform/conformance", "platform/tpm/swtpmtest", "platform/fprintd/fprintdtest", "platform/windowshello/standin", "app/keychain/keyringtest", "app/cli"}},
	{"app/latchkey", []string{"fido/virtualkey/...", "platform/softchip", "platform/conformance", "platform/tpm/swtpmtest", "platform/fprintd/fprintdtest", "platform/windowshello/standin", "app/keychain/keyringtest", "app/desktop/...",
		"fyne.io/fyne/v2/...", "github.com/go-gl/gl/...", "github.com/go-gl/glfw/..."}},
}
