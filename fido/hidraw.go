package fido

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// usagePageFIDO is the HID usage page of security keys, CTAP 2.1 §11.2.8.1.
const usagePageFIDO = 0xf1d0

// hidraw is a HID device node as sysfs describes it. Reading it needs no permission
// on the node itself.
type hidraw struct {
	path                string // device node
	name                string // HID_NAME: manufacturer and product
	vendorID, productID uint16
	report              reportDescriptor
}

// scanHIDRaw lists the security keys among the hidraw nodes. sys is what stands at
// /sys; one without hidraw has none.
func scanHIDRaw(sys fs.FS) []hidraw {
	entries, err := fs.ReadDir(sys, "class/hidraw")
	if err != nil {
		return nil
	}
	var keys []hidraw
	for _, entry := range entries {
		if node, ok := readHIDRaw(sys, entry.Name()); ok && node.report.usagePage == usagePageFIDO {
			keys = append(keys, node)
		}
	}
	return keys
}

// readHIDRaw reads one node, for example "hidraw3". A device that vanishes in the
// middle is none.
func readHIDRaw(sys fs.FS, name string) (hidraw, bool) {
	device := path.Join("class/hidraw", name, "device")
	descriptor, err := fs.ReadFile(sys, path.Join(device, "report_descriptor"))
	if err != nil {
		return hidraw{}, false
	}
	uevent, err := fs.ReadFile(sys, path.Join(device, "uevent"))
	if err != nil {
		return hidraw{}, false
	}
	node := hidraw{path: "/dev/" + name, report: parseReportDescriptor(descriptor)}
	for line := range strings.Lines(string(uevent)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "HID_NAME":
			node.name = value
		case "HID_ID":
			var bus, vendor, product uint32
			if n, _ := fmt.Sscanf(value, "%x:%x:%x", &bus, &vendor, &product); n == 3 {
				node.vendorID, node.productID = uint16(vendor), uint16(product)
			}
		}
	}
	return node, true
}

// reportSizeOf returns the size in bytes of the reports of the hidraw node at path,
// 0 where it is no such node or its input and output reports differ.
func reportSizeOf(sys fs.FS, device string) int {
	target, err := filepath.EvalSymlinks(device)
	if err != nil || !strings.HasPrefix(filepath.Base(target), "hidraw") {
		return 0
	}
	node, ok := readHIDRaw(sys, filepath.Base(target))
	if !ok || node.report.input != node.report.output {
		return 0
	}
	return node.report.input
}

// reportDescriptor is what matters here of a HID report descriptor, HID 1.11 §6.2.2.
type reportDescriptor struct {
	usagePage     uint32 // of the first collection
	input, output int    // bytes in a report
}

// Items of a report descriptor, HID 1.11 §6.2.2: tag and type, without the size.
const (
	itemUsagePage   = 0x04
	itemReportSize  = 0x74
	itemReportCount = 0x94
	itemInput       = 0x80
	itemOutput      = 0x90
	itemCollection  = 0xa0
	itemLong        = 0xfe
)

// maxReportBits keeps a hostile descriptor from overflowing a sum; HID reports have at
// most 64 KiB.
const maxReportBits = 8 << 16

// parseReportDescriptor reads as far as the descriptor is sound.
func parseReportDescriptor(descriptor []byte) reportDescriptor {
	var out reportDescriptor
	var page, size, count uint32
	var input, output uint64 // bits
	for rest := descriptor; len(rest) > 0; {
		head := rest[0]
		if head == itemLong {
			break // reserved, HID 1.11 §6.2.2.3
		}
		length := int(head & 3)
		if length == 3 {
			length = 4
		}
		if len(rest) < 1+length {
			break
		}
		var value uint32
		for i := length; i > 0; i-- {
			value = value<<8 | uint32(rest[i])
		}
		switch head &^ 3 {
		case itemUsagePage:
			page = value
		case itemReportSize:
			size = value
		case itemReportCount:
			count = value
		case itemInput:
			input = min(input+uint64(size)*uint64(count), maxReportBits)
		case itemOutput:
			output = min(output+uint64(size)*uint64(count), maxReportBits)
		case itemCollection:
			if out.usagePage == 0 {
				out.usagePage = page
			}
		}
		rest = rest[1+length:]
	}
	out.input, out.output = int(input/8), int(output/8)
	return out
}
