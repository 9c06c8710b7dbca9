package touchid

import "syscall"

// openSystem opens the macOS that this program runs on.
func openSystem() (system, error) {
	m, err := load(libraries)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *macOS) version() (string, error) { return syscall.Sysctl(kernOSProductVersion) }
