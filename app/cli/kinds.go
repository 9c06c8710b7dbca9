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

// kindToEnroll returns what --with says, "" where it was left out.
func (r *run) kindToEnroll(ctx context.Context, with string) (ceremony.Kind, error) {
	if with != thisComputer {
		return kindOfFlag(with)
	}
	builtIn, ok := companion.ThisComputer(r.Offers(ctx))
	if !ok {
		return "", companion.ErrNotHere
	}
	return builtIn.Kind, nil
}

// kindsToUse returns which kinds --with lets sign in, nil where it was left out. What
// this computer has built in can be several; the one that was enrolled is meant.
func kindsToUse(with string) (func(ceremony.Kind) bool, error) {
	if with == thisComputer {
		return ceremony.Kind.BuiltIn, nil
	}
	wanted, err := kindOfFlag(with)
	if err != nil || wanted == "" {
		return nil, err
	}
	return func(kind ceremony.Kind) bool { return kind == wanted }, nil
}

func kindOfFlag(with string) (ceremony.Kind, error) {
	if with == "" {
		return "", nil
	}
	for _, kind := range kindFlags {
		if with == flagOf(kind) {
			return kind, nil
		}
	}
	return "", fmt.Errorf("%w: --with takes no %q; see the list with --help", errUsage, with)
}

// inItsPlace says what this computer has built in to somebody who has no security key at
// hand, "" where there is nothing to say.
func (r *run) inItsPlace(ctx context.Context, wanted ceremony.Kind, err error) string {
	if wanted != "" && wanted != ceremony.KindSecurityKey || !errors.Is(err, ceremony.ErrNoDevice) {
		return ""
	}
	builtIn, ok := companion.ThisComputer(r.Offers(ctx))
	if !ok || builtIn.State != ceremony.StateReady {
		return ""
	}
	return fmt.Sprintf("%s can be added in its place: latchkey enroll --with %s", companion.BuiltInName(builtIn.Kind), flagOf(builtIn.Kind))
}
