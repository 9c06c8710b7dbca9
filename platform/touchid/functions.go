package touchid

// ref is a reference to an object of Core Foundation or Objective-C, which are the same
// where both know the type. 0 is none.
type ref uintptr

// functions are those of C that are called, by the names in appleNames. Those that find
// and reach the others are not among them.
type functions struct {
	CFRelease                         func(ref)
	CFGetTypeID                       func(ref) uint
	CFArrayGetTypeID                  func() uint
	CFArrayGetCount                   func(array ref) int
	CFArrayGetValueAtIndex            func(array ref, index int) ref
	CFBooleanGetTypeID                func() uint
	CFBooleanGetValue                 func(boolean ref) bool
	CFDataCreate                      func(allocator ref, bytes *byte, length int) ref
	CFDataGetBytePtr                  func(data ref) *byte
	CFDataGetLength                   func(data ref) int
	CFDictionaryCreateMutable         func(allocator ref, capacity int, keys, values *byte) ref
	CFDictionaryGetValue              func(dictionary, key ref) ref
	CFDictionarySetValue              func(dictionary, key, value ref)
	CFErrorCopyDescription            func(failure ref) ref
	CFErrorCopyUserInfo               func(failure ref) ref
	CFErrorGetCode                    func(failure ref) int
	CFErrorGetDomain                  func(failure ref) ref
	CFNumberCreate                    func(allocator ref, numberType int, value *int64) ref
	CFStringCreateWithCString         func(allocator ref, text string, encoding uint32) ref
	CFStringGetCString                func(text ref, buffer *byte, size int, encoding uint32) bool
	CFStringGetLength                 func(text ref) int
	CFStringGetMaximumSizeForEncoding func(length int, encoding uint32) int
	CFStringGetTypeID                 func() uint

	SecAccessControlCreateWithFlags  func(allocator, protection ref, flags uint, failure *ref) ref
	SecCodeCheckValidity             func(code ref, flags uint32, requirement ref) int32
	SecCodeCopySelf                  func(flags uint32, code *ref) int32
	SecCopyErrorMessageString        func(status int32, reserved ref) ref
	SecItemCopyMatching              func(query ref, result *ref) int32
	SecItemDelete                    func(query ref) int32
	SecKeyCopyExternalRepresentation func(key ref, failure *ref) ref
	SecKeyCopyPublicKey              func(key ref) ref
	SecKeyCreateRandomKey            func(parameters ref, failure *ref) ref
	SecKeyCreateSignature            func(key, algorithm, data ref, failure *ref) ref
	SecTaskCopyValueForEntitlement   func(task, entitlement ref, failure *ref) ref
	SecTaskCreateFromSelf            func(allocator ref) ref

	IOObjectRelease                 func(object uint32) int32
	IORegistryEntryCreateCFProperty func(entry uint32, key, allocator ref, options uint32) ref
	IOServiceGetMatchingService     func(mainPort uint32, matching ref) uint32
	IOServiceMatching               func(name string) ref
}
