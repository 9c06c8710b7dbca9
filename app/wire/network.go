package wire

import "net"

// hostNetwork tells from the interfaces alone whether there is a network: one that
// is up, is not loopback and has an address that reaches beyond its own link.
// Nothing is sent.
type hostNetwork struct {
	interfaces func() ([]net.Interface, error)
}

func (n hostNetwork) Online() bool {
	interfaces, err := n.interfaces()
	if err != nil {
		return false
	}
	for _, one := range interfaces {
		if one.Flags&net.FlagUp == 0 || one.Flags&net.FlagRunning == 0 || one.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := one.Addrs()
		if err != nil {
			continue
		}
		for _, address := range addresses {
			if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
				return true
			}
		}
	}
	return false
}
