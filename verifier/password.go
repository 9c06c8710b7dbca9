package verifier

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// PasswordParams are the costs of argon2id, RFC 9106 §4.
type PasswordParams struct {
	Passes    uint32 // t
	MemoryKiB uint32 // m
	Lanes     uint8  // p
}

// DefaultPasswordParams is the second recommended option of RFC 9106 §4: 64 MiB,
// three passes, four lanes.
var DefaultPasswordParams = PasswordParams{Passes: 3, MemoryKiB: 64 << 10, Lanes: 4}

const (
	saltSize = 16 // RFC 9106 §4
	hashSize = 32

	minPasswordRunes = 12
	maxPasswordBytes = 1024
)

// check holds the parameters within what RFC 9106 §3.1 allows and a desktop can do.
func (p PasswordParams) check() error {
	if p.Passes < 1 || p.Passes > 64 || p.Lanes < 1 ||
		p.MemoryKiB < 8*uint32(p.Lanes) || p.MemoryKiB > 1<<20 {
		return errors.New("verifier: argon2id takes 1 to 64 passes, 1 to 255 lanes and 8 KiB per lane to 1 GiB of memory")
	}
	return nil
}

// passwordHash is a parsed PHC string.
type passwordHash struct {
	params PasswordParams
	salt   []byte
	sum    []byte
}

// newPasswordHash hashes a password with a fresh salt.
func newPasswordHash(params PasswordParams, password string) passwordHash {
	salt := randomBytes(saltSize)
	return passwordHash{params, salt, params.derive(password, salt)}
}

// decoyHash costs as much to verify as a new hash and matches no password: the
// stand-in for people who do not exist.
func decoyHash(params PasswordParams) passwordHash {
	return passwordHash{params, randomBytes(saltSize), randomBytes(hashSize)}
}

// derive is argon2id over the password in Unicode's form C (RFC 8265 §4.2), so that
// one password is the same from every keyboard.
func (p PasswordParams) derive(password string, salt []byte) []byte {
	normal := norm.NFC.Bytes([]byte(password))
	defer clear(normal)
	return argon2.IDKey(normal, salt, p.Passes, p.MemoryKiB, p.Lanes, hashSize)
}

// matches does the full work whatever the password is.
func (h passwordHash) matches(password string) bool {
	usable := len(password) <= maxPasswordBytes
	if !usable {
		password = ""
	}
	same := subtle.ConstantTimeCompare(h.params.derive(password, h.salt), h.sum) == 1
	return same && usable
}

// String is the PHC string: $argon2id$v=19$m=65536,t=3,p=4$salt$hash.
func (h passwordHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.MemoryKiB, h.params.Passes, h.params.Lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

// parsePasswordHash reads what String wrote and nothing else.
func parsePasswordHash(phc string) (passwordHash, error) {
	damaged := refuse(CodeStoreCorrupt, "password hash is damaged")
	parts := strings.Split(phc, "$")
	if len(parts) != 6 {
		return passwordHash{}, damaged
	}
	var (
		h   passwordHash
		err error
	)
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.params.MemoryKiB, &h.params.Passes, &h.params.Lanes); err != nil {
		return passwordHash{}, damaged
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return passwordHash{}, damaged
	}
	if h.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return passwordHash{}, damaged
	}
	if h.params.check() != nil || len(h.salt) != saltSize || len(h.sum) != hashSize || h.String() != phc {
		return passwordHash{}, damaged
	}
	return h, nil
}

// checkNewPassword holds a new password to NIST SP 800-63B §5.1.1: long enough, of
// anything at all.
func checkNewPassword(password, username string) error {
	switch {
	case !utf8.ValidString(password):
		return invalid("password", "The password is not valid text.")
	case len(password) > maxPasswordBytes:
		return invalid("password", fmt.Sprintf("Choose a password of at most %d bytes.", maxPasswordBytes))
	case utf8.RuneCountInString(norm.NFC.String(password)) < minPasswordRunes:
		return invalid("password", fmt.Sprintf("Choose a password of at least %d characters.", minPasswordRunes))
	case strings.EqualFold(password, username):
		return invalid("password", "Choose a password that is not the username.")
	}
	return nil
}
