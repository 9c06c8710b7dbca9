package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
)

func (r *run) deviceCommand() *cobra.Command {
	return group("device", "Look at the keys that are plugged in", r.deviceListCommand(), r.deviceInfoCommand())
}

func (r *run) deviceListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what this computer can sign in with",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			answer := []deviceJSON{}
			rows := [][]string{}
			var problem error
			var lacking []companion.Message
			for _, probed := range r.Offers(command.Context()) {
				for _, device := range probed.Devices {
					answer = append(answer, newDeviceJSON(device))
					rows = append(rows, []string{device.Path, deviceTitle(device), device.Manufacturer, usbID(device), device.Transport})
				}
				problem = cmp.Or(problem, probed.Problem)
				if probed.Problem != nil {
					lacking = append(lacking, companion.Describe(probed.Problem))
				}
			}
			if len(rows) == 0 && problem != nil {
				for _, message := range lacking[1:] {
					r.advice += " " + message.String()
				}
				return problem
			}
			return r.answer(answer, func() {
				r.table([]string{"path", "name", "made by", "usb id", "transport"}, rows)
				for _, message := range lacking {
					r.say("%s", message)
				}
			})
		},
	}
}

func (r *run) deviceInfoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info [PATH]",
		Short: "Show what a key says of itself",
		Long:  "Show what a key says of itself. The path can be left out when one key is plugged in.",
		Args:  atMostOneArgument("the path of a key"),
		RunE: func(command *cobra.Command, args []string) error {
			path, err := r.onlyDevice(command, args)
			if err != nil {
				return err
			}
			info, err := r.Device(command.Context(), path)
			if err != nil {
				return err
			}
			return r.answer(newInfoJSON(info), func() {
				r.say("%s at %s", deviceTitle(info.Device), info.Path)
				pin := "not set"
				if info.PINSet {
					pin = "set"
					if info.PINRetries >= 0 {
						pin += ", " + countOf(info.PINRetries, "try left", "tries left")
					}
				}
				r.facts(
					[2]string{"Made by", info.Manufacturer},
					[2]string{"USB id", usbID(info.Device)},
					[2]string{"Model id", aaguidText(info.AAGUID)},
					[2]string{"Firmware", fmt.Sprintf("%d.%d.%d", info.FirmwareMajor, info.FirmwareMinor, info.FirmwareBuild)},
					[2]string{"Speaks", strings.Join(info.Versions, ", ")},
					[2]string{"PIN", pin},
					[2]string{"Extensions", strings.Join(info.Extensions, ", ")},
					[2]string{"Options", optionsText(info.Options)},
					[2]string{"Algorithms", strings.Join(info.Algorithms, ", ")},
				)
			})
		},
	}
}

// onlyDevice returns the path given, or that of the one security key there is.
func (r *run) onlyDevice(command *cobra.Command, args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	var paths []string
	var problem error
	for _, probed := range r.Devices(command.Context()) {
		if probed.Kind != ceremony.KindSecurityKey {
			continue
		}
		problem = probed.Problem
		for _, device := range probed.Devices {
			paths = append(paths, device.Path)
		}
	}
	switch {
	case len(paths) == 1:
		return paths[0], nil
	case len(paths) > 1:
		return "", fmt.Errorf("%w: several keys are plugged in; say which: %s", errUsage, strings.Join(paths, ", "))
	case problem != nil:
		return "", problem
	}
	return "", ceremony.ErrNoDevice
}

func deviceTitle(device ceremony.Device) string {
	title := device.Name
	if title == "" {
		title = "Security key"
	}
	if device.Virtual && !strings.Contains(strings.ToLower(title), "virtual") {
		title += " (virtual)"
	}
	return printable(title)
}

func usbID(device ceremony.Device) string {
	if device.VendorID == 0 {
		return ""
	}
	return fmt.Sprintf("%04x:%04x", device.VendorID, device.ProductID)
}

func aaguidText(id [16]byte) string {
	if id == [16]byte{} {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func optionsText(options map[string]bool) string {
	var names []string
	for name, on := range options {
		if on {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
