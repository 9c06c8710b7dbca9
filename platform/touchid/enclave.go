//go:build darwin || standin

package touchid

func (m *macOS) signature() error {
	return m.within(func(s *scope) error {
		var code ref
		if err := s.status(s.SecCodeCopySelf(kSecCSDefaultFlags, &code)); err != nil {
			return err
		}
		return s.status(s.SecCodeCheckValidity(s.own(code), kSecCSDefaultFlags, 0))
	})
}

func (m *macOS) accessGroups() (groups []string, err error) {
	err = m.within(func(s *scope) error {
		task := s.own(s.SecTaskCreateFromSelf(0))
		if task == 0 {
			return s.failure(0)
		}
		var failure ref
		value := s.own(s.SecTaskCopyValueForEntitlement(task, s.string(keychainAccessGroups), &failure))
		if s.own(failure) != 0 {
			return s.failure(failure)
		}
		if value == 0 || s.CFGetTypeID(value) != s.CFArrayGetTypeID() {
			return nil // not entitled to any
		}
		for i := range s.CFArrayGetCount(value) {
			groups = append(groups, s.text(s.CFArrayGetValueAtIndex(value, i)))
		}
		return nil
	})
	return groups, err
}

func (m *macOS) bundle() (identifier string) {
	m.scoped(func(s *scope) {
		bundle := s.send(s.classes["NSBundle"], s.selectors["mainBundle"])
		identifier = s.text(s.send(bundle, s.selectors["bundleIdentifier"]))
	})
	return identifier
}

func (m *macOS) enclave() error {
	return m.within(func(s *scope) error {
		access, err := s.access(s.objects["kSecAttrAccessibleWhenUnlockedThisDeviceOnly"], kSecAccessControlPrivateKeyUsage)
		if err != nil {
			return err
		}
		_, err = s.newKey(map[string]ref{"kSecAttrAccessControl": access})
		return err
	})
}

func (m *macOS) fingers() (sensor bool, err error) {
	err = m.within(func(s *scope) error {
		context := s.own(s.context())
		var failure ref // autoreleased
		able := s.sendPolicy(context, s.selectors["canEvaluatePolicy:error:"],
			laPolicyDeviceOwnerAuthenticationWithBiometrics, &failure)
		// Known only after canEvaluatePolicy.
		sensor = s.sendForNumber(context, s.selectors["biometryType"]) != laBiometryTypeNone
		if able {
			return nil
		}
		return s.failure(failure)
	})
	return sensor, err
}

func (m *macOS) lidClosed() (closed bool) {
	m.scoped(func(s *scope) {
		// The matching dictionary is consumed.
		root := s.IOServiceGetMatchingService(kIOMainPortDefault, s.IOServiceMatching(ioPMRootDomain))
		if root == 0 {
			return
		}
		defer s.IOObjectRelease(root)
		state := s.own(s.IORegistryEntryCreateCFProperty(root, s.string(kAppleClamshellStateKey), 0, 0))
		closed = state != 0 && s.CFGetTypeID(state) == s.CFBooleanGetTypeID() && s.CFBooleanGetValue(state)
	})
	return closed
}

func (m *macOS) generate(key keyName) (point []byte, err error) {
	err = m.within(func(s *scope) error {
		access, err := s.access(s.objects["kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly"],
			kSecAccessControlPrivateKeyUsage|kSecAccessControlBiometryCurrentSet)
		if err != nil {
			return err
		}
		private, err := s.newKey(map[string]ref{
			"kSecAttrAccessControl":  access,
			"kSecAttrIsPermanent":    s.objects["kCFBooleanTrue"],
			"kSecAttrApplicationTag": s.data([]byte(key.tag)),
			"kSecAttrAccessGroup":    s.string(key.group),
			"kSecAttrLabel":          s.string("Latchkey sign-in"),
		})
		if err != nil {
			return err
		}
		public := s.own(s.SecKeyCopyPublicKey(private))
		if public == 0 {
			return s.failure(0)
		}
		var failure ref
		exported := s.own(s.SecKeyCopyExternalRepresentation(public, &failure))
		if exported == 0 {
			return s.failure(s.own(failure))
		}
		point = s.bytes(exported)
		return nil
	})
	return point, err
}

func (m *macOS) find(key keyName) error {
	return m.within(func(s *scope) error {
		context := s.own(s.context())
		s.sendBool(context, s.selectors["setInteractionNotAllowed:"], true)
		_, err := s.copyKey(key, context)
		return err
	})
}

func (m *macOS) remove(key keyName) error {
	return m.within(func(s *scope) error {
		return s.status(s.SecItemDelete(s.dictionary(s.query(key))))
	})
}

// ask makes an LAContext for each dialogue, so that no finger counts twice.
func (m *macOS) ask(reason string) (dialogue, error) {
	d := &laContext{macOS: m}
	err := m.within(func(s *scope) error {
		if d.id = s.context(); d.id == 0 {
			return s.failure(0)
		}
		// Without a title there is no button that leads to the password, which could not
		// open the key anyway.
		s.sendObject(d.id, s.selectors["setLocalizedFallbackTitle:"], s.string(""))
		s.sendObject(d.id, s.selectors["setLocalizedReason:"], s.string(reason))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// laContext is the LAContext of one dialogue.
type laContext struct {
	*macOS
	id ref
}

func (c *laContext) sign(key keyName, digest [32]byte) (signature []byte, err error) {
	err = c.within(func(s *scope) error {
		private, err := s.copyKey(key, c.id)
		if err != nil {
			return err
		}
		var failure ref
		made := s.own(s.SecKeyCreateSignature(private, s.objects["kSecKeyAlgorithmECDSASignatureDigestX962SHA256"],
			s.data(digest[:]), &failure))
		if made == 0 {
			return s.failure(s.own(failure))
		}
		signature = s.bytes(made)
		return nil
	})
	return signature, err
}

func (c *laContext) cancel() {
	c.scoped(func(s *scope) { s.send(c.id, s.selectors["invalidate"]) })
}

func (c *laContext) close() { c.CFRelease(c.id) }

// context returns a new LAContext, which the caller owns.
func (s *scope) context() ref {
	return s.send(s.classes["LAContext"], s.selectors["new"])
}

// access says when, and after what, a key can be used.
func (s *scope) access(when ref, flags uint) (ref, error) {
	var failure ref
	access := s.own(s.SecAccessControlCreateWithFlags(0, when, flags, &failure))
	if access == 0 {
		return 0, s.failure(s.own(failure))
	}
	return access, nil
}

// newKey makes a P-256 key in the Secure Enclave, the only kind that it has.
func (s *scope) newKey(private map[string]ref) (ref, error) {
	var failure ref
	key := s.own(s.SecKeyCreateRandomKey(s.dictionary(map[string]ref{
		"kSecAttrKeyType":               s.objects["kSecAttrKeyTypeECSECPrimeRandom"],
		"kSecAttrKeySizeInBits":         s.number(256),
		"kSecAttrTokenID":               s.objects["kSecAttrTokenIDSecureEnclave"],
		"kSecUseDataProtectionKeychain": s.objects["kCFBooleanTrue"],
		"kSecPrivateKeyAttrs":           s.dictionary(private),
	}), &failure))
	if key == 0 {
		return 0, s.failure(s.own(failure))
	}
	return key, nil
}

// query names a key. The keychain of files, which macOS has besides, has no Enclave keys.
func (s *scope) query(key keyName) map[string]ref {
	return map[string]ref{
		"kSecClass":                     s.objects["kSecClassKey"],
		"kSecAttrKeyClass":              s.objects["kSecAttrKeyClassPrivate"],
		"kSecAttrApplicationTag":        s.data([]byte(key.tag)),
		"kSecAttrAccessGroup":           s.string(key.group),
		"kSecUseDataProtectionKeychain": s.objects["kCFBooleanTrue"],
	}
}

// copyKey returns a key whose use asks for a finger in context.
func (s *scope) copyKey(key keyName, context ref) (ref, error) {
	query := s.query(key)
	query["kSecReturnRef"] = s.objects["kCFBooleanTrue"]
	query["kSecUseAuthenticationContext"] = context
	var found ref
	if err := s.status(s.SecItemCopyMatching(s.dictionary(query), &found)); err != nil {
		return 0, err
	}
	return s.own(found), nil
}
