package windowshello

import (
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"latchkey/fido/ceremony"
)

// usage is what the process holds.
type usage struct {
	goroutines int
	handles    int
	memory     uintptr // bytes committed
	owed       uintptr // pieces of the stand-in's memory
}

func used(t *testing.T) (u usage) {
	t.Helper()
	runtime.GC()
	var counters struct { // PROCESS_MEMORY_COUNTERS
		size, pageFaults                         uint32
		peakWorkingSet, workingSet               uintptr
		peakPaged, paged, peakNonPaged, nonPaged uintptr
		committed, peakCommitted                 uintptr
	}
	counters.size = uint32(unsafe.Sizeof(counters))
	info := windows.NewLazySystemDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")
	if result, _, err := info.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size)); result == 0 {
		t.Fatal(err)
	}
	return usage{
		goroutines: runtime.NumGoroutine(), handles: handles(t),
		memory: counters.committed, owed: standin(t, "StandinOutstanding"),
	}
}

// handles counts those of this process among all that there are: Wine answers
// GetProcessHandleCount with 0.
func handles(t *testing.T) (count int) {
	t.Helper()
	type entry struct { // SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX
		object, process, handle uintptr
		access                  uint32
		backTrace, kind         uint16
		attributes, reserved    uint32
	}
	table := make([]entry, 1<<16)
	const head = 2 * unsafe.Sizeof(uintptr(0)) // the number of entries and a reserved member
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(&table[0])), len(table)*int(unsafe.Sizeof(entry{})))
	if err := windows.NtQuerySystemInformation(windows.SystemExtendedHandleInformation, unsafe.Pointer(&buffer[0]), uint32(len(buffer)), nil); err != nil {
		t.Fatal(err)
	}
	entries := unsafe.Slice((*entry)(unsafe.Pointer(&buffer[head])), *(*uintptr)(unsafe.Pointer(&buffer[0])))
	for _, e := range entries {
		if e.process == uintptr(windows.GetCurrentProcessId()) {
			count++
		}
	}
	return count
}

func TestHandlesAreCounted(t *testing.T) {
	before := handles(t)
	for range 50 {
		event, err := windows.CreateEvent(nil, 0, 0, nil)
		check(t, err)
		defer windows.CloseHandle(event)
	}
	if after := handles(t); after < before+40 {
		t.Errorf("50 events more made %d handles of %d", after, before)
	}
}

func TestTwoHundredCeremoniesInARowHoldOnToNothing(t *testing.T) {
	hello, keys := open(t)
	rounds := func(count int) {
		for range count {
			enrolAndSignIn(t, hello, ceremony.TransportInternal)
			enrolAndSignIn(t, keys, ceremony.TransportUSB)
		}
	}
	rounds(100) // until both runtimes have the threads and the memory they want
	before := used(t)
	rounds(50) // of four ceremonies each
	after := used(t)
	t.Logf("before %+v, after %+v", before, after)
	if after.goroutines > before.goroutines || after.owed != before.owed {
		t.Errorf("%d goroutines became %d, %d pieces of memory %d", before.goroutines, after.goroutines, before.owed, after.owed)
	}
	// One handle for each ceremony would be 200; a thread more of a runtime is a few.
	if after.handles > before.handles+20 {
		t.Errorf("%d handles became %d", before.handles, after.handles)
	}
	// What 200 ceremonies hand out takes 8 MB.
	if after.memory > before.memory+6<<20 {
		t.Errorf("%d bytes became %d", before.memory, after.memory)
	}
}
