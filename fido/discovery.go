package fido

import (
	"context"
	"errors"
	"slices"

	"latchkey/fido/ceremony"
)

// Kind returns [ceremony.KindSecurityKey].
func (k *Keys) Kind() ceremony.Kind { return ceremony.KindSecurityKey }

// Probe lists the keys that can be used now. It asks each for its model, which takes
// milliseconds and neither touch nor PIN, and passes over one that is in use.
// Problem says what is wrong when there is none: CodeNoAccess has in Fix what to
// do about the permissions.
func (k *Keys) Probe(ctx context.Context) ceremony.Availability {
	out := ceremony.Availability{Kind: ceremony.KindSecurityKey}
	devices, err := k.locate()
	if err == nil {
		out.Devices, err = k.identify(ctx, devices)
	}
	if len(out.Devices) > 0 {
		out.State = ceremony.StateReady
		return out
	}
	out.Problem = err
	switch {
	case errors.Is(err, ceremony.ErrUnsupported):
		out.State = ceremony.StateUnsupported
	case errors.Is(err, ceremony.ErrNoAccess):
		out.State = ceremony.StateNoAccess
	default:
		out.State = ceremony.StateAbsent
	}
	return out
}

// identify fills in what only an open key tells. Keys that cannot be opened are left
// out, unless somebody uses them: those are there. Without any, it returns why.
func (k *Keys) identify(ctx context.Context, devices []ceremony.Device) ([]ceremony.Device, error) {
	var known []ceremony.Device
	var first error
	for _, device := range devices {
		if used, ok := k.inUse(device.Path); ok {
			known = append(known, used)
			continue
		}
		s, err := k.open(ctx, device)
		switch {
		case err == nil:
			known = append(known, s.device)
			k.close(s)
		case errors.Is(err, ceremony.ErrBusy):
			known = append(known, device)
		case first == nil:
			first = err
		}
	}
	return known, first
}

// locate lists the keys to use without opening them. There is at least one, or a
// *ceremony.Error that says why not.
func (k *Keys) locate() ([]ceremony.Device, error) {
	if k.driver == nil {
		return nil, &ceremony.Error{Code: ceremony.CodeUnsupported, Retries: -1,
			Err: errors.New("this build reaches no security keys")}
	}
	var devices []ceremony.Device
	var refused error
	for _, path := range k.options.Paths {
		device, err := k.system.explicit(path)
		if err == nil {
			devices = append(devices, device)
		} else if refused == nil {
			refused = err
		}
	}
	if len(k.options.Paths) == 0 || k.options.Discover {
		found, err := k.discover(devices)
		if err != nil && refused == nil {
			refused = err
		}
		devices = append(devices, found...)
	} else if refused != nil {
		return nil, refused // whoever names a key means that key
	}
	if len(devices) > 0 {
		return devices, nil
	}
	if refused == nil {
		refused = &ceremony.Error{Code: ceremony.CodeNoDevice, Retries: -1}
	}
	return nil, refused
}

// discover lists the plugged-in keys that are not among known. Without any, the
// error tells of one that may not be opened.
func (k *Keys) discover(known []ceremony.Device) ([]ceremony.Device, error) {
	found, err := k.driver.discover()
	if err != nil {
		return nil, &ceremony.Error{Code: ceremony.CodeDevice, Retries: -1, Err: err}
	}
	found = slices.DeleteFunc(found, func(device ceremony.Device) bool {
		return slices.ContainsFunc(known, func(other ceremony.Device) bool {
			return k.system.same(other.Path) == k.system.same(device.Path)
		})
	})
	for i := range found {
		found[i].Kind, found[i].Transport = ceremony.KindSecurityKey, ceremony.TransportUSB
	}
	if len(found) == 0 {
		if locked := k.system.locked(); locked != nil {
			return nil, locked
		}
	}
	return found, nil
}
