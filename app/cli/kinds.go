package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
)

// thisComputer stands for whatever this computer has built in.
const thisComputer = "this-computer"

// kindFlags are the values of --with, beside thisComputer.
var kindFlags = []ceremony.Kind{
	ceremony.KindSecurityKey, ceremony.KindWindowsHello, ceremony.KindTouchID, ceremony.KindTPM, ceremony.KindFingerprint,
}

func flagOf(kind ceremony.Kind) string { return strings.ReplaceAll(string(kind), "_", "-") }

func withFlag(command *cobra.Command, with *string, usage string) {
	names := thisComputer
	for _, kind := range kindFlags {
		names += ", " + flagOf(kind)
	}
	command.Flags().StringVar(with, "with", "", usage+": "+names)
}

// kind returns what --with says, "" where it was left out.
func (r *run) kind(ctx context.Context, with string) (ceremony.Kind, error) {
	if with == "" {
		return "", nil
	}
	if with == thisComputer {
		builtIn, ok := companion.ThisComputer(r.Offers(ctx))
		if !ok {
			return "", companion.ErrNotHere
		}
		return builtIn.Kind, nil
	}
	for _, kind := range kindFlags {
		if with == flagOf(kind) {
			return kind, nil
		}
	}
	return "", fmt.Errorf("%w: --with takes no %q; see the list with --help", errUsage, with)
}

// adviseThisComputer tells somebody who has no security key at hand what this computer
// has built in.
func (r *run) adviseThisComputer(ctx context.Context, wanted ceremony.Kind, err error) {
	if wanted.BuiltIn() && wanted != "" || !errors.Is(err, ceremony.ErrNoDevice) {
		return
	}
	if builtIn, ok := companion.ThisComputer(r.Offers(ctx)); ok && builtIn.State == ceremony.StateReady {
		r.tell("%s can be added in its place: latchkey enroll --with %s", companion.BuiltInName(builtIn.Kind), flagOf(builtIn.Kind))
	}
}
