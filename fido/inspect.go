package fido

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"latchkey/fido/ceremony"
)

// Inspect reads what the key at path says of itself. An empty path means the only
// key there is. The error is a *ceremony.Error or ctx's.
func (k *Keys) Inspect(ctx context.Context, path string) (ceremony.DeviceInfo, error) {
	device, err := k.find(path)
	if err != nil {
		return ceremony.DeviceInfo{}, err
	}
	s, err := k.open(ctx, device)
	if err != nil {
		return ceremony.DeviceInfo{}, err
	}
	defer k.close(s)
	return s.describe(ctx)
}

// find returns the key at path, or the only one for "".
func (k *Keys) find(path string) (ceremony.Device, error) {
	devices, err := k.locate()
	if path == "" {
		if err != nil {
			return ceremony.Device{}, err
		}
		if len(devices) > 1 {
			return ceremony.Device{}, &ceremony.Error{Code: ceremony.CodeUnsupported, Retries: -1,
				Err: fmt.Errorf("%d keys are plugged in and none is named", len(devices))}
		}
		return devices[0], nil
	}
	if errors.Is(err, ceremony.ErrUnsupported) {
		return ceremony.Device{}, err
	}
	for _, device := range devices {
		if device.Path == path {
			return device, nil
		}
	}
	return k.system.explicit(path)
}

// describe puts what the key says into the shared vocabulary.
func (s *session) describe(ctx context.Context) (ceremony.DeviceInfo, error) {
	out := ceremony.DeviceInfo{
		Device: s.device, Versions: s.info.versions, Extensions: s.info.extensions,
		Options: maps.Clone(s.info.options), PINProtocols: s.info.protocols,
		MinPINLength: s.minPINLength(), PINSet: s.info.options["clientPin"], PINRetries: -1,
		MaxMsgSize:    s.info.maxMsgSize,
		FirmwareMajor: s.info.firmware[0], FirmwareMinor: s.info.firmware[1], FirmwareBuild: s.info.firmware[2],
		ResidentFree: s.info.residentFree,
	}
	for _, algorithm := range s.info.algorithms {
		out.Algorithms = append(out.Algorithms, algorithmName(algorithm))
	}
	if !out.PINSet {
		return out, nil
	}
	retries, err := s.retries(ctx)
	out.PINRetries = retries
	return out, err
}

func algorithmName(algorithm int) string {
	switch algorithm {
	case ceremony.AlgES256:
		return "ES256"
	case ceremony.AlgEdDSA:
		return "EdDSA"
	case ceremony.AlgRS256:
		return "RS256"
	default:
		return fmt.Sprintf("COSE %d", algorithm)
	}
}
