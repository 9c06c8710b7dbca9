package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// HomeVariable is the environment variable that moves everything Latchkey keeps in
// files to one folder.
const HomeVariable = "LATCHKEY_HOME"

// DataDir returns the folder for Latchkey's files: LATCHKEY_HOME, else the place
// where the operating system wants an application's data (the XDG base directories
// on Linux). It does not make it.
func DataDir() (string, error) {
	if home := os.Getenv(HomeVariable); home != "" {
		path, err := filepath.Abs(home)
		if err != nil {
			return "", fmt.Errorf("%s: %w", HomeVariable, err)
		}
		return path, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		base, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("no place for Latchkey's files: %w. Set %s", err, HomeVariable)
		}
		return filepath.Join(base, "Latchkey"), nil
	}
	// A relative XDG path is to be ignored (XDG Base Directory Specification 0.8).
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "latchkey"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for Latchkey's files: %w. Set %s", err, HomeVariable)
	}
	return filepath.Join(home, ".local", "share", "latchkey"), nil
}
