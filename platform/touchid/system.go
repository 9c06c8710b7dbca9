package touchid

// system is macOS: one method for each thing that is asked of it. Its errors are
// *appleError where macOS gives a reason. It is safe for concurrent use.
type system interface {
	// version is that of macOS, as "14.5".
	version() (string, error)

	// signature checks the code signature of this program.
	signature() error

	// accessGroups are the keychain access groups that this program is entitled to.
	accessGroups() ([]string, error)

	// bundle is the identifier of the app bundle that this program runs from, "" for none.
	bundle() string

	// enclave makes a key in the Secure Enclave, for nobody's finger, and drops it.
	enclave() error

	// fingers tells why no finger can be asked for, nil where one can. sensor is false
	// where there is nothing to put it on.
	fingers() (sensor bool, err error)

	// lidClosed is false also where there is no lid, and where macOS does not say.
	lidClosed() bool

	// generate makes a key that signs for a finger and keeps it. The point is the public
	// key in the uncompressed form of SEC 1 §2.3.3.
	generate(keyName) (point []byte, err error)

	// find tells whether there is a key of that name, without asking for a finger.
	find(keyName) error

	// remove destroys a key.
	remove(keyName) error

	// ask prepares a dialogue that shows reason. The caller closes it.
	ask(reason string) (dialogue, error)
}

// dialogue asks for one finger.
type dialogue interface {
	// sign shows the dialogue and waits for the finger. The signature is in the ASN.1
	// form of WebAuthn L3 §6.5.5.
	sign(keyName, [32]byte) ([]byte, error)

	// cancel ends sign, from another goroutine. Before sign it lets it fail.
	cancel()

	// close frees it. Neither sign nor cancel may run then or later.
	close()
}

// keyName is how the keychain knows a key.
type keyName struct {
	group string // access group, with the team's prefix
	tag   string // application tag
}
