package tpm

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"latchkey/fido/ceremony"
)

// limits is the state of the TPM's dictionary-attack logic, Part 2 §6.13.
type limits struct {
	failed   uint32        // wrong auth values that count
	max      uint32        // how many lock it
	interval time.Duration // until one of them counts no more
}

func readLimits(tpm transport.TPM) (limits, error) {
	failed := func(err error) (limits, error) { return limits{}, fmt.Errorf("read properties: %w", err) }
	answer, err := tpm2.GetCapability{
		Capability: tpm2.TPMCapTPMProperties, Property: uint32(tpm2.TPMPTLockoutCounter), PropertyCount: 3,
	}.Execute(tpm)
	if err != nil {
		return failed(err)
	}
	properties, err := answer.CapabilityData.Data.TPMProperties()
	if err != nil {
		return failed(err)
	}
	var out limits
	for _, property := range properties.TPMProperty {
		switch property.Property {
		case tpm2.TPMPTLockoutCounter:
			out.failed = property.Value
		case tpm2.TPMPTMaxAuthFail:
			out.max = property.Value
		case tpm2.TPMPTLockoutInterval:
			out.interval = time.Duration(property.Value) * time.Second
		}
	}
	return out, nil
}

// left is how many wrong PINs the TPM still takes.
func (l limits) left() int {
	if l.failed >= l.max {
		return 0
	}
	return int(l.max - l.failed)
}

// wait is how long at most until a locked TPM takes a PIN again, while it has power.
func (l limits) wait() time.Duration {
	if l.failed < l.max {
		return 0
	}
	return time.Duration(l.failed-l.max+1) * l.interval
}

// limits asks the TPM for them.
func (c *chip) limits(ctx context.Context) (limits, error) {
	return awaited(ctx, c, func(ctx context.Context) (out limits, err error) {
		err = c.use(ctx, func(tpm transport.TPM) error {
			out, err = readLimits(tpm)
			return err
		})
		return out, err
	})
}

// PINRetries implements authenticator.PINCounter. Wrong PINs of other programs count
// too: the TPM has one counter.
func (c *chip) PINRetries(ctx context.Context) (int, error) {
	limits, err := c.limits(ctx)
	if err != nil {
		return 0, err
	}
	if limits.left() == 0 {
		return 0, c.locked(limits.wait(), nil)
	}
	return limits.left(), nil
}

// wrongPIN tells of a PIN that the TPM has refused.
func (c *chip) wrongPIN(tpm transport.TPM, cause error) error {
	failed := c.fail(ceremony.CodePINInvalid, cause)
	if limits, err := readLimits(tpm); err == nil {
		failed.Retries = limits.left()
	}
	return failed
}
