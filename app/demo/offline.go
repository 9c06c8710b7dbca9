package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// noNetwork starts a process in a network namespace of its own, where there is no
// interface but a loopback that is down. An ordinary user gets it through a user
// namespace in which they stay who they are.
func noNetwork() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}

// interfacesVariable makes this program print the interfaces that are up and end.
const interfacesVariable = "LATCHKEY_DEMO_INTERFACES"

func init() {
	if os.Getenv(interfacesVariable) == "" {
		return
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, one := range interfaces {
		if one.Flags&net.FlagUp != 0 {
			fmt.Println(one.Name)
		}
	}
	os.Exit(0)
}

// offline proves that such a namespace has no network: no interface is up in it.
func (s *stage) offline(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, self)
	command.Env = append(s.env, interfacesVariable+"=1")
	command.SysProcAttr = noNetwork()
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("no namespace without a network could be made: %w: %s", err, out)
	}
	if up := strings.TrimSpace(string(out)); up != "" {
		return fmt.Errorf("the namespace has a network: %s", up)
	}
	s.ok("In this network namespace no interface is up, not even loopback.")
	return nil
}
