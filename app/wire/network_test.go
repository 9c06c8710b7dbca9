package wire

import (
	"errors"
	"net"
	"testing"
)

func TestOnline(t *testing.T) {
	up := net.FlagUp | net.FlagRunning
	for name, test := range map[string]struct {
		interfaces []net.Interface
		err        error
	}{
		"none":           {},
		"unknown":        {err: errors.New("no netlink")},
		"loopback alone": {interfaces: []net.Interface{{Index: 1, Name: "lo", Flags: up | net.FlagLoopback}}},
		"down":           {interfaces: []net.Interface{{Index: 2, Name: "eth0"}}},
		"no address":     {interfaces: []net.Interface{{Index: 1 << 20, Name: "none0", Flags: up}}},
	} {
		t.Run(name, func(t *testing.T) {
			network := hostNetwork{interfaces: func() ([]net.Interface, error) { return test.interfaces, test.err }}
			if network.Online() {
				t.Error("online")
			}
		})
	}
	// Where this machine has an address that reaches beyond its link, it is online.
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	want := false
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			want = true
		}
	}
	if got := (hostNetwork{interfaces: net.Interfaces}).Online(); got != want {
		t.Errorf("online is %v, addresses %v", got, addresses)
	}
}
