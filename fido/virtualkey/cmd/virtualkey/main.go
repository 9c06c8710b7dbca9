// Command virtualkey is a software security key that stock libfido2 and OpenSSH can use: see virtualkey --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

const usage = `virtualkey is a software security key (CTAP 2.1) for people without hardware, and for tests.
It protects nothing: whoever reads its state file has its keys.

Usage:
  virtualkey serve [flags]

serve plugs the key in and prints the path of its device. Give the path to any program that uses libfido2:

  fido2-token -I /dev/pts/4
  ssh-keygen -t ecdsa-sk -O device=/dev/pts/4

It runs until Ctrl-C or SIGTERM. Messages go to standard error.

Flags of serve:
  --state FILE    keep the key's memory in FILE (made with mode 0600); without it, the key forgets all when it stops
  --link PATH     keep a symbolic link to the device at PATH
  --touch WHO     who touches the key: auto (at once), ask (you, on this terminal or by --control), never; default auto
  --u2f           be an old key that knows U2F only
  --control       take commands on standard input, one a line, and end when it ends. Each is answered by a line on
                  standard output: "ok", the path of the device after replug, or "error: ..."
                    touch               touch the key once (with --touch ask): now, or at the next request
                    deny                refuse one request for a touch
                    touch auto|ask|never  change who touches the key
                    wait                answer once a request waits for a touch
                    unplug              take the key out
                    replug              plug it in (again): the same memory, a new path
                    quit                stop

Exit status: 0 stopped as asked, 1 failure, 2 wrong usage.
`

// errUsage marks an error in the arguments.
var errUsage = errors.New("see virtualkey --help")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does what the arguments say and returns the exit status.
func run(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) int {
	err := command(ctx, args, stdin, stdout, slog.New(slog.NewTextHandler(stderr, nil)), stderr)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "virtualkey: %v\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "virtualkey: %v\n", err)
		return 1
	}
}

func command(ctx context.Context, args []string, stdin *os.File, stdout io.Writer, log *slog.Logger, stderr io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("a command is missing: %w", errUsage)
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		_, err := io.WriteString(stdout, usage)
		return err
	case "serve":
	default:
		return fmt.Errorf("command %q is unknown: %w", args[0], errUsage)
	}
	var s settings
	err := s.parse(args[1:])
	if errors.Is(err, flag.ErrHelp) {
		_, err := io.WriteString(stdout, usage)
		return err
	}
	if err != nil {
		return err
	}
	return serve(ctx, s, console{stdin: stdin, stdout: stdout, stderr: stderr, log: log})
}
