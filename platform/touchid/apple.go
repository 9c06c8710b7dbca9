package touchid

// appleName is something of Apple's that this package uses.
type appleName struct {
	kind      nameKind
	framework string // that has it
	name      string // in C or Objective-C
	page      string // of developer.apple.com/documentation, or the header or manual page where it has none
	domain    string // of an error's number, "" for other numbers
	value     int    // of a number
	text      string // of a text
}

// nameKind says how a name is used.
type nameKind string

const (
	cFunction  nameKind = "function"  // of C, a field of functions
	cObject    nameKind = "object"    // a reference that a library exports
	cStructure nameKind = "structure" // one that a library exports, used by its address
	class      nameKind = "class"     // of Objective-C
	selector   nameKind = "selector"  // of Objective-C
	number     nameKind = "number"    // of a header, a constant below
	text       nameKind = "text"      // of a header, a constant below
)

// Where names come from.
const (
	coreFoundation      = "CoreFoundation"
	cryptoTokenKit      = "CryptoTokenKit" // its errors alone: Security reaches the Enclave through it
	foundation          = "Foundation"
	ioKit               = "IOKit"
	libObjC             = "libobjc"
	libSystem           = "libSystem"
	localAuthentication = "LocalAuthentication"
	security            = "Security"
)

// libraries are where those that are loaded have their code.
var libraries = map[string]string{
	coreFoundation:      "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation",
	foundation:          "/System/Library/Frameworks/Foundation.framework/Foundation",
	ioKit:               "/System/Library/Frameworks/IOKit.framework/IOKit",
	libObjC:             "/usr/lib/libobjc.A.dylib",
	libSystem:           "/usr/lib/libSystem.B.dylib",
	localAuthentication: "/System/Library/Frameworks/LocalAuthentication.framework/LocalAuthentication",
	security:            "/System/Library/Frameworks/Security.framework/Security",
}

// Numbers and texts of Apple's headers, under their names there.
const (
	kCFNumberSInt64Type                             = 4
	kCFStringEncodingUTF8                           = 0x08000100
	laBiometryTypeNone                              = 0
	laPolicyDeviceOwnerAuthenticationWithBiometrics = 1
	kIOMainPortDefault                              = 0
	kSecAccessControlBiometryCurrentSet             = 1 << 3
	kSecAccessControlPrivateKeyUsage                = 1 << 30
	kSecCSDefaultFlags                              = 0

	kAppleClamshellStateKey = "AppleClamshellState"
	ioPMRootDomain          = "IOPMrootDomain"
	kernOSProductVersion    = "kern.osproductversion"
	laErrorDomain           = "com.apple.LocalAuthentication"
	nsOSStatusErrorDomain   = "NSOSStatusErrorDomain"
	tkErrorDomain           = "CryptoTokenKit"
	keychainAccessGroups    = "keychain-access-groups"

	// LAError.h
	laErrorAuthenticationFailed = -1
	laErrorUserCancel           = -2
	laErrorUserFallback         = -3
	laErrorSystemCancel         = -4
	laErrorPasscodeNotSet       = -5
	laErrorBiometryNotAvailable = -6
	laErrorBiometryNotEnrolled  = -7
	laErrorBiometryLockout      = -8
	laErrorAppCancel            = -9
	laErrorInvalidContext       = -10
	laErrorBiometryNotPaired    = -12
	laErrorBiometryDisconnected = -13
	laErrorNotInteractive       = -1004

	// SecBase.h and CSCommon.h
	errSecUnimplemented         = -4
	errSecParam                 = -50
	errSecUserCanceled          = -128
	errSecNotAvailable          = -25291
	errSecAuthFailed            = -25293
	errSecItemNotFound          = -25300
	errSecInvalidItemRef        = -25304
	errSecInteractionNotAllowed = -25308
	errSecInteractionRequired   = -25315
	errSecInDarkWake            = -25320
	errSecMissingEntitlement    = -34018
	errSecCSUnsigned            = -67062

	// TKError.h
	tkErrorCodeNotImplemented       = -1
	tkErrorCodeCommunicationError   = -2
	tkErrorCodeCorruptedData        = -3
	tkErrorCodeCanceledByUser       = -4
	tkErrorCodeAuthenticationFailed = -5
	tkErrorCodeObjectNotFound       = -6
	tkErrorCodeTokenNotFound        = -7
	tkErrorCodeBadParameter         = -8
	tkErrorCodeAuthenticationNeeded = -9
)

// appleNames is everything of Apple's that this package uses, and the list that it is
// loaded from: what is not here cannot be called, and a test holds that what is here is.
var appleNames = []appleName{
	// Functions of C.
	{kind: cFunction, framework: coreFoundation, name: "CFRelease", page: "corefoundation/cfrelease"},
	{kind: cFunction, framework: coreFoundation, name: "CFGetTypeID", page: "corefoundation/cfgettypeid(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFArrayGetTypeID", page: "corefoundation/cfarraygettypeid()"},
	{kind: cFunction, framework: coreFoundation, name: "CFArrayGetCount", page: "corefoundation/cfarraygetcount(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFArrayGetValueAtIndex", page: "corefoundation/cfarraygetvalueatindex(_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFBooleanGetTypeID", page: "corefoundation/cfbooleangettypeid()"},
	{kind: cFunction, framework: coreFoundation, name: "CFBooleanGetValue", page: "corefoundation/cfbooleangetvalue(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFDataCreate", page: "corefoundation/cfdatacreate(_:_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFDataGetBytePtr", page: "corefoundation/cfdatagetbyteptr(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFDataGetLength", page: "corefoundation/cfdatagetlength(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFDictionaryCreateMutable", page: "corefoundation/cfdictionarycreatemutable(_:_:_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFDictionaryGetValue", page: "corefoundation/cfdictionarygetvalue(_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFDictionarySetValue", page: "corefoundation/cfdictionarysetvalue(_:_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFErrorCopyDescription", page: "corefoundation/cferrorcopydescription(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFErrorCopyUserInfo", page: "corefoundation/cferrorcopyuserinfo(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFErrorGetCode", page: "corefoundation/cferrorgetcode(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFErrorGetDomain", page: "corefoundation/cferrorgetdomain(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFNumberCreate", page: "corefoundation/cfnumbercreate(_:_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFStringCreateWithCString", page: "corefoundation/cfstringcreatewithcstring(_:_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFStringGetCString", page: "corefoundation/cfstringgetcstring(_:_:_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFStringGetLength", page: "corefoundation/cfstringgetlength(_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFStringGetMaximumSizeForEncoding", page: "corefoundation/cfstringgetmaximumsizeforencoding(_:_:)"},
	{kind: cFunction, framework: coreFoundation, name: "CFStringGetTypeID", page: "corefoundation/cfstringgettypeid()"},
	{kind: cFunction, framework: security, name: "SecAccessControlCreateWithFlags", page: "security/secaccesscontrolcreatewithflags(_:_:_:_:)"},
	{kind: cFunction, framework: security, name: "SecCodeCheckValidity", page: "security/seccodecheckvalidity(_:_:_:)"},
	{kind: cFunction, framework: security, name: "SecCodeCopySelf", page: "security/seccodecopyself(_:_:)"},
	{kind: cFunction, framework: security, name: "SecCopyErrorMessageString", page: "security/seccopyerrormessagestring(_:_:)"},
	{kind: cFunction, framework: security, name: "SecItemCopyMatching", page: "security/secitemcopymatching(_:_:)"},
	{kind: cFunction, framework: security, name: "SecItemDelete", page: "security/secitemdelete(_:)"},
	{kind: cFunction, framework: security, name: "SecKeyCopyExternalRepresentation", page: "security/seckeycopyexternalrepresentation(_:_:)"},
	{kind: cFunction, framework: security, name: "SecKeyCopyPublicKey", page: "security/seckeycopypublickey(_:)"},
	{kind: cFunction, framework: security, name: "SecKeyCreateRandomKey", page: "security/seckeycreaterandomkey(_:_:)"},
	{kind: cFunction, framework: security, name: "SecKeyCreateSignature", page: "security/seckeycreatesignature(_:_:_:_:)"},
	{kind: cFunction, framework: security, name: "SecTaskCopyValueForEntitlement", page: "security/sectaskcopyvalueforentitlement(_:_:_:)"},
	{kind: cFunction, framework: security, name: "SecTaskCreateFromSelf", page: "security/sectaskcreatefromself(_:)"},
	{kind: cFunction, framework: ioKit, name: "IOObjectRelease", page: "header IOKit/IOKitLib.h"},
	{kind: cFunction, framework: ioKit, name: "IORegistryEntryCreateCFProperty", page: "header IOKit/IOKitLib.h"},
	{kind: cFunction, framework: ioKit, name: "IOServiceGetMatchingService", page: "header IOKit/IOKitLib.h"},
	{kind: cFunction, framework: ioKit, name: "IOServiceMatching", page: "header IOKit/IOKitLib.h"},
	{kind: cFunction, framework: libObjC, name: "objc_getClass", page: "objectivec/objc_getclass"},
	{kind: cFunction, framework: libObjC, name: "objc_msgSend", page: "objectivec/objc_msgsend"},
	{kind: cFunction, framework: libObjC, name: "sel_registerName", page: "objectivec/sel_registername"},
	{kind: cFunction, framework: libSystem, name: "dlsym", page: "man dlsym(3)"},

	// Objects and structures that libraries export by name.
	{kind: cObject, framework: coreFoundation, name: "kCFBooleanTrue", page: "corefoundation/kcfbooleantrue"},
	{kind: cObject, framework: coreFoundation, name: "kCFErrorUnderlyingErrorKey", page: "corefoundation/kcferrorunderlyingerrorkey"},
	{kind: cObject, framework: security, name: "kSecAttrAccessControl", page: "security/ksecattraccesscontrol"},
	{kind: cObject, framework: security, name: "kSecAttrAccessGroup", page: "security/ksecattraccessgroup"},
	{kind: cObject, framework: security, name: "kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly", page: "security/ksecattraccessiblewhenpasscodesetthisdeviceonly"},
	{kind: cObject, framework: security, name: "kSecAttrAccessibleWhenUnlockedThisDeviceOnly", page: "security/ksecattraccessiblewhenunlockedthisdeviceonly"},
	{kind: cObject, framework: security, name: "kSecAttrApplicationTag", page: "security/ksecattrapplicationtag"},
	{kind: cObject, framework: security, name: "kSecAttrIsPermanent", page: "security/ksecattrispermanent"},
	{kind: cObject, framework: security, name: "kSecAttrKeyClass", page: "security/ksecattrkeyclass"},
	{kind: cObject, framework: security, name: "kSecAttrKeyClassPrivate", page: "security/ksecattrkeyclassprivate"},
	{kind: cObject, framework: security, name: "kSecAttrKeySizeInBits", page: "security/ksecattrkeysizeinbits"},
	{kind: cObject, framework: security, name: "kSecAttrKeyType", page: "security/ksecattrkeytype"},
	{kind: cObject, framework: security, name: "kSecAttrKeyTypeECSECPrimeRandom", page: "security/ksecattrkeytypeecsecprimerandom"},
	{kind: cObject, framework: security, name: "kSecAttrLabel", page: "security/ksecattrlabel"},
	{kind: cObject, framework: security, name: "kSecAttrTokenID", page: "security/ksecattrtokenid"},
	{kind: cObject, framework: security, name: "kSecAttrTokenIDSecureEnclave", page: "security/ksecattrtokenidsecureenclave"},
	{kind: cObject, framework: security, name: "kSecClass", page: "security/ksecclass"},
	{kind: cObject, framework: security, name: "kSecClassKey", page: "security/ksecclasskey"},
	{kind: cObject, framework: security, name: "kSecPrivateKeyAttrs", page: "security/ksecprivatekeyattrs"},
	{kind: cObject, framework: security, name: "kSecReturnRef", page: "security/ksecreturnref"},
	{kind: cObject, framework: security, name: "kSecUseAuthenticationContext", page: "security/ksecuseauthenticationcontext"},
	{kind: cObject, framework: security, name: "kSecUseDataProtectionKeychain", page: "security/ksecusedataprotectionkeychain"},
	{kind: cObject, framework: security, name: "kSecKeyAlgorithmECDSASignatureDigestX962SHA256", page: "security/seckeyalgorithm/ecdsasignaturedigestx962sha256"},
	{kind: cStructure, framework: coreFoundation, name: "kCFTypeDictionaryKeyCallBacks", page: "corefoundation/kcftypedictionarykeycallbacks"},
	{kind: cStructure, framework: coreFoundation, name: "kCFTypeDictionaryValueCallBacks", page: "corefoundation/kcftypedictionaryvaluecallbacks"},

	// Classes of Objective-C and the selectors that they are sent.
	{kind: class, framework: foundation, name: "NSAutoreleasePool", page: "foundation/nsautoreleasepool"},
	{kind: class, framework: foundation, name: "NSBundle", page: "foundation/bundle"},
	{kind: class, framework: localAuthentication, name: "LAContext", page: "localauthentication/lacontext"},
	{kind: selector, framework: foundation, name: "new", page: "objectivec/nsobject/new"},
	{kind: selector, framework: foundation, name: "drain", page: "foundation/nsautoreleasepool/drain"},
	{kind: selector, framework: foundation, name: "mainBundle", page: "foundation/bundle/main"},
	{kind: selector, framework: foundation, name: "bundleIdentifier", page: "foundation/bundle/bundleidentifier"},
	{kind: selector, framework: localAuthentication, name: "biometryType", page: "localauthentication/lacontext/biometrytype"},
	{kind: selector, framework: localAuthentication, name: "canEvaluatePolicy:error:", page: "localauthentication/lacontext/canevaluatepolicy(_:error:)"},
	{kind: selector, framework: localAuthentication, name: "invalidate", page: "localauthentication/lacontext/invalidate()"},
	{kind: selector, framework: localAuthentication, name: "setInteractionNotAllowed:", page: "localauthentication/lacontext/interactionnotallowed"},
	{kind: selector, framework: localAuthentication, name: "setLocalizedFallbackTitle:", page: "localauthentication/lacontext/localizedfallbacktitle"},
	{kind: selector, framework: localAuthentication, name: "setLocalizedReason:", page: "localauthentication/lacontext/localizedreason"},

	// Numbers and texts that headers define.
	{kind: number, framework: coreFoundation, name: "kCFNumberSInt64Type", page: "corefoundation/cfnumbertype/sint64type", value: kCFNumberSInt64Type},
	{kind: number, framework: coreFoundation, name: "kCFStringEncodingUTF8", page: "corefoundation/cfstringbuiltinencodings/utf8", value: kCFStringEncodingUTF8},
	{kind: number, framework: localAuthentication, name: "LABiometryTypeNone", page: "localauthentication/labiometrytype/none", value: laBiometryTypeNone},
	{kind: number, framework: localAuthentication, name: "LAPolicyDeviceOwnerAuthenticationWithBiometrics", page: "localauthentication/lapolicy/deviceownerauthenticationwithbiometrics", value: laPolicyDeviceOwnerAuthenticationWithBiometrics},
	{kind: number, framework: ioKit, name: "kIOMainPortDefault", page: "header IOKit/IOKitLib.h", value: kIOMainPortDefault},
	{kind: number, framework: security, name: "kSecAccessControlBiometryCurrentSet", page: "security/secaccesscontrolcreateflags/biometrycurrentset", value: kSecAccessControlBiometryCurrentSet},
	{kind: number, framework: security, name: "kSecAccessControlPrivateKeyUsage", page: "security/secaccesscontrolcreateflags/privatekeyusage", value: kSecAccessControlPrivateKeyUsage},
	{kind: number, framework: security, name: "kSecCSDefaultFlags", page: "security/seccsflags", value: kSecCSDefaultFlags},
	{kind: text, framework: ioKit, name: "kAppleClamshellStateKey", page: "header IOKit/pwr_mgt/IOPM.h", text: kAppleClamshellStateKey},
	{kind: text, framework: ioKit, name: "IOPMrootDomain", page: "header IOKit/pwr_mgt/RootDomain.h", text: ioPMRootDomain},
	{kind: text, framework: libSystem, name: "kern.osproductversion", page: "man sysctl(3)", text: kernOSProductVersion},
	{kind: text, framework: localAuthentication, name: "LAErrorDomain", page: "localauthentication/laerrordomain", text: laErrorDomain},
	{kind: text, framework: foundation, name: "NSOSStatusErrorDomain", page: "foundation/nsosstatuserrordomain", text: nsOSStatusErrorDomain},
	{kind: text, framework: cryptoTokenKit, name: "TKErrorDomain", page: "cryptotokenkit/tkerrordomain", text: tkErrorDomain},
	{kind: text, framework: security, name: "keychain-access-groups", page: "bundleresources/entitlements/keychain-access-groups", text: keychainAccessGroups},

	// Errors.
	{kind: number, framework: localAuthentication, name: "LAErrorAuthenticationFailed", page: "localauthentication/laerror-swift.struct/authenticationfailed", domain: laErrorDomain, value: laErrorAuthenticationFailed},
	{kind: number, framework: localAuthentication, name: "LAErrorUserCancel", page: "localauthentication/laerror-swift.struct/usercancel", domain: laErrorDomain, value: laErrorUserCancel},
	{kind: number, framework: localAuthentication, name: "LAErrorUserFallback", page: "localauthentication/laerror-swift.struct/userfallback", domain: laErrorDomain, value: laErrorUserFallback},
	{kind: number, framework: localAuthentication, name: "LAErrorSystemCancel", page: "localauthentication/laerror-swift.struct/systemcancel", domain: laErrorDomain, value: laErrorSystemCancel},
	{kind: number, framework: localAuthentication, name: "LAErrorPasscodeNotSet", page: "localauthentication/laerror-swift.struct/passcodenotset", domain: laErrorDomain, value: laErrorPasscodeNotSet},
	{kind: number, framework: localAuthentication, name: "LAErrorBiometryNotAvailable", page: "localauthentication/laerror-swift.struct/biometrynotavailable", domain: laErrorDomain, value: laErrorBiometryNotAvailable},
	{kind: number, framework: localAuthentication, name: "LAErrorBiometryNotEnrolled", page: "localauthentication/laerror-swift.struct/biometrynotenrolled", domain: laErrorDomain, value: laErrorBiometryNotEnrolled},
	{kind: number, framework: localAuthentication, name: "LAErrorBiometryLockout", page: "localauthentication/laerror-swift.struct/biometrylockout", domain: laErrorDomain, value: laErrorBiometryLockout},
	{kind: number, framework: localAuthentication, name: "LAErrorAppCancel", page: "localauthentication/laerror-swift.struct/appcancel", domain: laErrorDomain, value: laErrorAppCancel},
	{kind: number, framework: localAuthentication, name: "LAErrorInvalidContext", page: "localauthentication/laerror-swift.struct/invalidcontext", domain: laErrorDomain, value: laErrorInvalidContext},
	{kind: number, framework: localAuthentication, name: "LAErrorBiometryNotPaired", page: "localauthentication/laerror-swift.struct/biometrynotpaired", domain: laErrorDomain, value: laErrorBiometryNotPaired},
	{kind: number, framework: localAuthentication, name: "LAErrorBiometryDisconnected", page: "localauthentication/laerror-swift.struct/biometrydisconnected", domain: laErrorDomain, value: laErrorBiometryDisconnected},
	{kind: number, framework: localAuthentication, name: "LAErrorNotInteractive", page: "localauthentication/laerror-swift.struct/notinteractive", domain: laErrorDomain, value: laErrorNotInteractive},
	{kind: number, framework: security, name: "errSecUnimplemented", page: "security/errsecunimplemented", domain: nsOSStatusErrorDomain, value: errSecUnimplemented},
	{kind: number, framework: security, name: "errSecParam", page: "security/errsecparam", domain: nsOSStatusErrorDomain, value: errSecParam},
	{kind: number, framework: security, name: "errSecUserCanceled", page: "security/errsecusercanceled", domain: nsOSStatusErrorDomain, value: errSecUserCanceled},
	{kind: number, framework: security, name: "errSecNotAvailable", page: "security/errsecnotavailable", domain: nsOSStatusErrorDomain, value: errSecNotAvailable},
	{kind: number, framework: security, name: "errSecAuthFailed", page: "security/errsecauthfailed", domain: nsOSStatusErrorDomain, value: errSecAuthFailed},
	{kind: number, framework: security, name: "errSecItemNotFound", page: "security/errsecitemnotfound", domain: nsOSStatusErrorDomain, value: errSecItemNotFound},
	{kind: number, framework: security, name: "errSecInvalidItemRef", page: "security/errsecinvaliditemref", domain: nsOSStatusErrorDomain, value: errSecInvalidItemRef},
	{kind: number, framework: security, name: "errSecInteractionNotAllowed", page: "security/errsecinteractionnotallowed", domain: nsOSStatusErrorDomain, value: errSecInteractionNotAllowed},
	{kind: number, framework: security, name: "errSecInteractionRequired", page: "security/errsecinteractionrequired", domain: nsOSStatusErrorDomain, value: errSecInteractionRequired},
	{kind: number, framework: security, name: "errSecInDarkWake", page: "security/errsecindarkwake", domain: nsOSStatusErrorDomain, value: errSecInDarkWake},
	{kind: number, framework: security, name: "errSecMissingEntitlement", page: "security/errsecmissingentitlement", domain: nsOSStatusErrorDomain, value: errSecMissingEntitlement},
	{kind: number, framework: security, name: "errSecCSUnsigned", page: "security/errseccsunsigned", domain: nsOSStatusErrorDomain, value: errSecCSUnsigned},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeNotImplemented", page: "cryptotokenkit/tkerror/code/notimplemented", domain: tkErrorDomain, value: tkErrorCodeNotImplemented},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeCommunicationError", page: "cryptotokenkit/tkerror/code/communicationerror", domain: tkErrorDomain, value: tkErrorCodeCommunicationError},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeCorruptedData", page: "cryptotokenkit/tkerror/code/corrupteddata", domain: tkErrorDomain, value: tkErrorCodeCorruptedData},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeCanceledByUser", page: "cryptotokenkit/tkerror/code/canceledbyuser", domain: tkErrorDomain, value: tkErrorCodeCanceledByUser},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeAuthenticationFailed", page: "cryptotokenkit/tkerror/code/authenticationfailed", domain: tkErrorDomain, value: tkErrorCodeAuthenticationFailed},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeObjectNotFound", page: "cryptotokenkit/tkerror/code/objectnotfound", domain: tkErrorDomain, value: tkErrorCodeObjectNotFound},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeTokenNotFound", page: "cryptotokenkit/tkerror/code/tokennotfound", domain: tkErrorDomain, value: tkErrorCodeTokenNotFound},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeBadParameter", page: "cryptotokenkit/tkerror/code/badparameter", domain: tkErrorDomain, value: tkErrorCodeBadParameter},
	{kind: number, framework: cryptoTokenKit, name: "TKErrorCodeAuthenticationNeeded", page: "cryptotokenkit/tkerror/code/authenticationneeded", domain: tkErrorDomain, value: tkErrorCodeAuthenticationNeeded},
}
