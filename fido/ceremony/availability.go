package ceremony

// Kind names a sort of authenticator.
type Kind string

// The kinds of authenticators that Latchkey knows.
const (
	KindSecurityKey  Kind = "security_key"
	KindWindowsHello Kind = "windows_hello"
	KindTouchID      Kind = "touch_id"
	KindTPM          Kind = "tpm"         // of a Linux computer, behind a PIN that it checks itself
	KindFingerprint  Kind = "fingerprint" // the same TPM, behind the finger that the system's reader recognises
)

// BuiltIn tells whether authenticators of this kind are part of the computer: WebAuthn
// L3 §6.2.1 calls them platform authenticators.
func (k Kind) BuiltIn() bool { return k != KindSecurityKey }

// Transports, WebAuthn L3 §5.8.4.
const (
	TransportUSB      = "usb"
	TransportNFC      = "nfc"
	TransportInternal = "internal"
)

// State says whether an authenticator can be used now.
type State string

// The states of an authenticator.
const (
	StateReady       State = "ready"       // a ceremony can start
	StateAbsent      State = "absent"      // nothing plugged in, or this computer has none
	StateNotSetUp    State = "not_set_up"  // the person has to set it up first
	StateNoAccess    State = "no_access"   // the operating system does not let us at it
	StateUnsupported State = "unsupported" // cannot work on this system at all
)

// Availability is the answer of a probe. It costs no touch and no PIN.
type Availability struct {
	Kind    Kind
	State   State
	Devices []Device
	Problem error // why State is not ready, an *Error; nil when it is ready
}

// Device describes an authenticator as a person would recognise it.
type Device struct {
	Path         string // where the operating system has it; "" for built-in ones
	Name         string // product name, for example "YubiKey 5 NFC"
	Manufacturer string
	VendorID     uint16 // USB; 0 where there is none
	ProductID    uint16
	Kind         Kind
	Transport    string
	AAGUID       [16]byte // model identifier; zero for U2F-only keys and where unknown
	Virtual      bool     // a software key for people without hardware
	OwnDialogue  bool     // the operating system asks the person by itself, for all that is needed
}

// DeviceInfo is what a key says of itself, CTAP 2.1 §6.4 authenticatorGetInfo.
type DeviceInfo struct {
	Device
	Versions      []string        // "FIDO_2_1", "FIDO_2_0", "U2F_V2"
	Extensions    []string        // "credProtect", "hmac-secret"
	Options       map[string]bool // "rk", "up", "clientPin", "credMgmt"
	PINProtocols  []int
	Algorithms    []string
	MinPINLength  int // Unicode code points
	PINSet        bool
	PINRetries    int // -1 where the key does not say or has no PIN
	MaxMsgSize    int // bytes
	FirmwareMajor int
	FirmwareMinor int
	FirmwareBuild int
	ResidentFree  int // discoverable credentials that still fit; -1 unknown
}

// U2FOnly tells whether the key knows nothing but U2F (CTAP1). Such a key signs in
// but cannot verify its user.
func (i DeviceInfo) U2FOnly() bool {
	for _, version := range i.Versions {
		if version != "U2F_V2" {
			return false
		}
	}
	return true
}
