package windows

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"image/png"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// programs are those of `make windows`, and what the Task Manager calls them.
var programs = map[string]string{
	"latchkey.exe": "Latchkey command line", "latchkey-desktop.exe": "Latchkey",
}

// each runs test on every program.
func each(t *testing.T, test func(t *testing.T, path, description string)) {
	for name, description := range programs {
		t.Run(name, func(t *testing.T) { test(t, `..\..\bin\windows\`+name, description) })
	}
}

// resource asks Windows for a resource of a program, of which nothing is run.
func resource(t *testing.T, path string, name, kind windows.ResourceIDOrString) []byte {
	t.Helper()
	module, err := windows.LoadLibraryEx(path, 0, windows.LOAD_LIBRARY_AS_DATAFILE|windows.LOAD_LIBRARY_AS_IMAGE_RESOURCE)
	if err != nil {
		t.Fatalf("%s: %v; build it with: make windows", path, err)
	}
	t.Cleanup(func() { _ = windows.FreeLibrary(module) })
	found, err := windows.FindResource(module, name, kind)
	if err != nil {
		t.Fatalf("%s has no resource %v of kind %v: %v", path, name, kind, err)
	}
	data, err := windows.LoadResourceData(module, found)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(data)
}

func TestProgramsHaveTheirVersion(t *testing.T) {
	each(t, func(t *testing.T, path, description string) {
		size, err := windows.GetFileVersionInfoSize(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		info := make([]byte, size)
		if err := windows.GetFileVersionInfo(path, 0, size, unsafe.Pointer(&info[0])); err != nil {
			t.Fatal(err)
		}
		var fixed *windows.VS_FIXEDFILEINFO
		length := uint32(unsafe.Sizeof(fixed))
		if err := windows.VerQueryValue(unsafe.Pointer(&info[0]), `\`, unsafe.Pointer(&fixed), &length); err != nil {
			t.Fatal(err)
		}
		numbers := fmt.Sprintf("%d.%d.%d.%d", fixed.FileVersionMS>>16, fixed.FileVersionMS&0xffff, fixed.FileVersionLS>>16, fixed.FileVersionLS&0xffff)
		if want := detail(t, "Version") + "." + detail(t, "Build"); numbers != want || fixed.ProductVersionMS != fixed.FileVersionMS {
			t.Errorf("version %s, not %s", numbers, want)
		}
		for name, want := range map[string]string{
			"ProductName": detail(t, "Name"), "ProductVersion": detail(t, "Version"), "FileVersion": detail(t, "Version"),
			"FileDescription": description, "OriginalFilename": path[strings.LastIndex(path, `\`)+1:],
		} {
			var text *uint16
			if err := windows.VerQueryValue(unsafe.Pointer(&info[0]), `\StringFileInfo\080904B0\`+name, unsafe.Pointer(&text), &length); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := windows.UTF16PtrToString(text); got != want {
				t.Errorf("%s is %q, not %q", name, got, want)
			}
		}
	})
}

func TestProgramsHaveTheirManifest(t *testing.T) {
	type setting struct {
		XMLName xml.Name
		Value   string `xml:",chardata"`
	}
	each(t, func(t *testing.T, path, _ string) {
		var manifest struct {
			Level struct {
				Is string `xml:"level,attr"`
			} `xml:"urn:schemas-microsoft-com:asm.v3 trustInfo>security>requestedPrivileges>requestedExecutionLevel"`
			System struct {
				ID string `xml:"Id,attr"`
			} `xml:"urn:schemas-microsoft-com:compatibility.v1 compatibility>application>supportedOS"`
			Settings struct {
				All []setting `xml:",any"`
			} `xml:"urn:schemas-microsoft-com:asm.v3 application>windowsSettings"`
		}
		if err := xml.Unmarshal(resource(t, path, windows.CREATEPROCESS_MANIFEST_RESOURCE_ID, windows.RT_MANIFEST), &manifest); err != nil {
			t.Fatal(err)
		}
		const windows10 = "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"
		if manifest.Level.Is != "asInvoker" || manifest.System.ID != windows10 {
			t.Errorf("level %q on %q", manifest.Level.Is, manifest.System.ID)
		}
		for name, want := range map[string]string{
			"2005 dpiAware": "true/pm", "2016 dpiAwareness": "PerMonitorV2, PerMonitor", "2016 longPathAware": "true", "2019 activeCodePage": "UTF-8",
		} {
			year, local, _ := strings.Cut(name, " ")
			i := slices.IndexFunc(manifest.Settings.All, func(s setting) bool {
				return s.XMLName == xml.Name{Space: "http://schemas.microsoft.com/SMI/" + year + "/WindowsSettings", Local: local}
			})
			if i < 0 || manifest.Settings.All[i].Value != want {
				t.Errorf("%s is not %q in %+v", name, want, manifest.Settings.All)
			}
		}
	})
}

func TestProgramsHaveTheirIcon(t *testing.T) {
	each(t, func(t *testing.T, path, _ string) {
		// GRPICONDIR: a head of three words, then an entry of 14 bytes for each size.
		group := resource(t, path, "GLFW_ICON", windows.RT_GROUP_ICON)
		var sizes []int
		for entry := range slices.Chunk(group[6:], 14) {
			size := int(entry[0])
			if size == 0 { // stands for 256
				size = 256
				picture := resource(t, path, windows.ResourceID(binary.LittleEndian.Uint16(entry[12:])), windows.RT_ICON)
				drawn, err := png.DecodeConfig(bytes.NewReader(picture))
				if err != nil || drawn.Width != size || drawn.Height != size {
					t.Errorf("the largest icon is %+v, %v", drawn, err)
				}
			}
			sizes = append(sizes, size)
		}
		if want := []int{256, 128, 64, 48, 32, 24, 16}; !slices.Equal(sizes, want) {
			t.Errorf("sizes %v, not %v", sizes, want)
		}
	})
}
