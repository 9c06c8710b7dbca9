//go:build unix

// Command winetest runs a command with a scratch Windows made by Wine, in which the stand-in is
// webauthn.dll:
//
//	go run ./platform/windowshello/winetest env GOOS=windows CGO_ENABLED=0 \
//	    go test -exec wine ./platform/windowshello
//
// It needs Wine, and mingw-w64 to build the stand-in. The scratch Windows is gone when
// the command has ended, or was interrupted with all that it has started; the exit status
// is the command's, whose input is empty. WINEDLLOVERRIDES with webauthn=d makes it one
// for a program that has no webauthn.dll.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

const compiler = "x86_64-w64-mingw32-gcc"

//go:embed testdata/bcryptprimitives.c
var bcryptPrimitives string

func main() {
	command := os.Args[1:]
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "winetest: give the command to run")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, command)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "winetest:", err)
		code = 1
	}
	os.Exit(code)
}

// run returns the exit code of the command.
func run(ctx context.Context, command []string) (code int, err error) {
	scratch, err := os.MkdirTemp("", "winetest")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	environment, err := environment(ctx, scratch)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stopServer(environment)) }()
	if err := prepare(ctx, scratch, environment); err != nil {
		return 0, err
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdout, c.Stderr, c.Env = os.Stdout, os.Stderr, environment
	var ended *exec.ExitError
	if err := runGroup(ctx, c, patience); !errors.As(err, &ended) || ended.ExitCode() < 0 {
		return 0, err
	}
	return ended.ExitCode(), nil
}

// environment returns one that leads Wine to scratch, and Go to where it always is.
func environment(ctx context.Context, scratch string) ([]string, error) {
	names := []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOENV"}
	out, err := exec.CommandContext(ctx, "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	environment := append(os.Environ(),
		"HOME="+filepath.Join(scratch, "home"), // Wine links its folders to those of the home
		"WINEPREFIX="+filepath.Join(scratch, "prefix"),
		"WINEDLLOVERRIDES=mscoree=d;mshtml=d",
		"WINEDEBUG=-all",
		"DISPLAY=", // nothing belongs on the display of whoever runs the tests
		"LC_ALL=", "LANG=C.UTF-8",
	)
	for i, value := range strings.Split(strings.TrimRight(string(out), "\n"), "\n") {
		environment = append(environment, names[i]+"="+value)
	}
	return environment, errors.Join(os.Mkdir(filepath.Join(scratch, "home"), 0o700), os.Mkdir(filepath.Join(scratch, "prefix"), 0o700))
}

// prepare makes the scratch Windows. Each step is over when Wine has ended, or two would
// have services of their own. The last leaves Wine running: the command's programs would
// start it themselves else, and it would hold their output open.
func prepare(ctx context.Context, scratch string, environment []string) error {
	for _, step := range [][]string{
		{"wineboot", "-i"}, {"wineserver", "-w"},
		{"wine", "winecfg", "-v", "win10"}, {"wineserver", "-w"},
		{"wineserver", "-p"}, {"wine", "rundll32", "user32.dll,GetDesktopWindow"},
	} {
		if err := quietly(ctx, environment, step...); err != nil {
			return err
		}
	}
	system := filepath.Join(scratch, "prefix", "drive_c", "windows", "system32")
	source := filepath.Join(scratch, "bcryptprimitives.c")
	if err := os.WriteFile(source, []byte(bcryptPrimitives), 0o600); err != nil {
		return err
	}
	err := quietly(ctx, environment, compiler, "-shared", "-O2", "-o", filepath.Join(system, "bcryptprimitives.dll"), source, "-ladvapi32")
	if err != nil {
		return err
	}
	crossing := append(environment, "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=1", "CC="+compiler)
	return quietly(ctx, crossing, "go", "build", "-buildmode=c-shared", "-o", filepath.Join(system, "webauthn.dll"),
		"latchkey/platform/windowshello/standin")
}

// stopServer ends Wine's server, which outlives its programs and would write into what is
// to be removed.
func stopServer(environment []string) error {
	ctx := context.Background()                       // also when the command was interrupted
	_ = quietly(ctx, environment, "wineserver", "-k") // fails where it has ended by itself
	return quietly(ctx, environment, "wineserver", "-w")
}

// quietly runs a command and tells what it wrote if it fails. It writes into a file: what
// it leaves running has the file open, too, and a pipe would be waited for.
func quietly(ctx context.Context, environment []string, command ...string) (err error) {
	output, err := os.CreateTemp("", "winetest")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, output.Close(), os.Remove(output.Name())) }()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdout, c.Stderr, c.Env = output, output, environment
	if err := runGroup(ctx, c, patience); err != nil {
		said, _ := os.ReadFile(output.Name())
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, said)
	}
	return nil
}
