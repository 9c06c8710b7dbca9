// bcryptprimitives.dll, which Go programs need and Wine 8 does not have: its one function
// that they call, done by the older function that Wine has.
#include <windows.h>

BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG size); // RtlGenRandom of advapi32

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
	while (size > 0) {
		ULONG part = size > 0x10000000 ? 0x10000000 : (ULONG)size;
		if (!SystemFunction036(data, part)) return FALSE;
		data += part;
		size -= part;
	}
	return TRUE;
}
