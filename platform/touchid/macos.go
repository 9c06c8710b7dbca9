//go:build darwin || standin

package touchid

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// macOS is the system of a Mac.
type macOS struct {
	functions
	objects    map[string]ref
	structures map[string]*byte
	classes    map[string]ref
	selectors  map[string]ref

	// As a function that returns pointers, dlsym says itself that they are such.
	dlsym           func(handle uintptr, name string) *ref
	objcGetClass    func(name string) ref
	selRegisterName func(name string) ref

	// objc_msgSend, which takes and gives whatever the method does.
	send          func(to, selector ref) ref
	sendBool      func(to, selector ref, yes bool)
	sendObject    func(to, selector, object ref)
	sendPolicy    func(to, selector ref, policy int, failure *ref) bool
	sendForNumber func(to, selector ref) int
}

// bound are the functions of Go that call one of C.
func (m *macOS) bound(name string) []any {
	switch name {
	case "dlsym":
		return []any{&m.dlsym}
	case "objc_getClass":
		return []any{&m.objcGetClass}
	case "sel_registerName":
		return []any{&m.selRegisterName}
	case "objc_msgSend":
		return []any{&m.send, &m.sendBool, &m.sendObject, &m.sendPolicy, &m.sendForNumber}
	default:
		return []any{reflect.ValueOf(&m.functions).Elem().FieldByName(name).Addr().Interface()}
	}
}

// load loads all of appleNames, in which functions come first, from libraries. What is not
// there says that this macOS is too old.
func load(libraries map[string]string) (*macOS, error) {
	handles := make(map[string]uintptr, len(libraries))
	for name, path := range libraries {
		handle, err := purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
		handles[name] = handle
	}
	m := &macOS{
		objects: map[string]ref{}, structures: map[string]*byte{}, classes: map[string]ref{}, selectors: map[string]ref{},
	}
	for _, name := range appleNames {
		if !m.resolve(name, handles[name.framework]) {
			return nil, fmt.Errorf("%s has no %s %s", name.framework, name.kind, name.name)
		}
	}
	return m, nil
}

// resolve looks a name up and tells whether it is there.
func (m *macOS) resolve(name appleName, handle uintptr) bool {
	switch name.kind {
	case cFunction:
		address, err := purego.Dlsym(handle, name.name)
		if err != nil {
			return false
		}
		for _, function := range m.bound(name.name) {
			purego.RegisterFunc(function, address)
		}
	case cObject:
		at := m.dlsym(handle, name.name)
		if at == nil {
			return false
		}
		m.objects[name.name] = *at
		return *at != 0
	case cStructure:
		m.structures[name.name] = (*byte)(unsafe.Pointer(m.dlsym(handle, name.name)))
		return m.structures[name.name] != nil
	case class:
		m.classes[name.name] = m.objcGetClass(name.name)
		return m.classes[name.name] != 0
	case selector:
		m.selectors[name.name] = m.selRegisterName(name.name)
	}
	return true
}

// scope owns what is made in it.
type scope struct {
	*macOS
	owned []ref
}

// within is scoped for work that can fail.
func (m *macOS) within(work func(*scope) error) (err error) {
	m.scoped(func(s *scope) { err = work(s) })
	return err
}

// scoped runs work with a scope and an autorelease pool, which is one thread's, and
// releases what the scope owns.
func (m *macOS) scoped(work func(*scope)) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pool := m.send(m.classes["NSAutoreleasePool"], m.selectors["new"])
	defer m.send(pool, m.selectors["drain"])
	s := &scope{macOS: m}
	defer func() {
		for _, object := range s.owned {
			m.CFRelease(object)
		}
	}()
	work(s)
}

// own takes over a reference that the Create Rule gives; none stays none.
func (s *scope) own(object ref) ref {
	if object != 0 {
		s.owned = append(s.owned, object)
	}
	return object
}

func (s *scope) string(text string) ref {
	return s.own(s.CFStringCreateWithCString(0, text, kCFStringEncodingUTF8))
}

func (s *scope) data(bytes []byte) ref {
	return s.own(s.CFDataCreate(0, unsafe.SliceData(bytes), len(bytes)))
}

func (s *scope) number(value int64) ref {
	return s.own(s.CFNumberCreate(0, kCFNumberSInt64Type, &value))
}

// dictionary retains its keys and values.
func (s *scope) dictionary(content map[string]ref) ref {
	dictionary := s.own(s.CFDictionaryCreateMutable(0, 0,
		s.structures["kCFTypeDictionaryKeyCallBacks"], s.structures["kCFTypeDictionaryValueCallBacks"]))
	for key, value := range content {
		s.CFDictionarySetValue(dictionary, s.objects[key], value)
	}
	return dictionary
}

// text is that of a CFString or NSString, "" for none.
func (s *scope) text(of ref) string {
	if of == 0 || s.CFGetTypeID(of) != s.CFStringGetTypeID() {
		return ""
	}
	buffer := make([]byte, s.CFStringGetMaximumSizeForEncoding(s.CFStringGetLength(of), kCFStringEncodingUTF8)+1)
	if !s.CFStringGetCString(of, &buffer[0], len(buffer), kCFStringEncodingUTF8) {
		return ""
	}
	for i, b := range buffer {
		if b == 0 {
			return string(buffer[:i])
		}
	}
	return ""
}

// bytes is a copy of what a CFData has.
func (s *scope) bytes(of ref) []byte {
	return append([]byte(nil), unsafe.Slice(s.CFDataGetBytePtr(of), s.CFDataGetLength(of))...)
}

// status is the error of an OSStatus, nil for success.
func (s *scope) status(status int32) error {
	if status == 0 {
		return nil
	}
	return &appleError{
		domain: nsOSStatusErrorDomain, code: int(status),
		text: s.text(s.own(s.SecCopyErrorMessageString(status, 0))),
	}
}

// maxCauses is how many errors one may wrap: more would be a ring.
const maxCauses = 8

// failure is a CFError or NSError with all that underlies it, copied.
func (s *scope) failure(failure ref) error { return s.failureWithin(failure, maxCauses) }

func (s *scope) failureWithin(failure ref, depth int) error {
	if failure == 0 {
		return &appleError{text: "macOS gives no reason"}
	}
	out := &appleError{
		domain: s.text(s.CFErrorGetDomain(failure)), code: s.CFErrorGetCode(failure),
		text: s.text(s.own(s.CFErrorCopyDescription(failure))),
	}
	if info := s.own(s.CFErrorCopyUserInfo(failure)); info != 0 && depth > 0 {
		if cause := s.CFDictionaryGetValue(info, s.objects["kCFErrorUnderlyingErrorKey"]); cause != 0 {
			out.cause = s.failureWithin(cause, depth-1)
		}
	}
	return out
}
