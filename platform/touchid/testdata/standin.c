// A stand-in for the parts of macOS that are called, with the prototypes of Apple's headers.
// It counts what is alive, and aborts where macOS would crash or where memory is handled in
// a way that macOS forbids. It signs nothing: a signature is the digest behind "signed:".

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { STRING = 1, DATA, NUMBER, BOOLEAN, DICTIONARY, ARRAY, FAILURE, OTHER } Type;

typedef struct Object Object;
struct Object {
	Type type;
	int references; // -1 of what is never freed
	long number;    // length, value or error code
	char *bytes;
	Object *list[16], *values[16]; // values of a dictionary, domain and user info of an error
	int count;
	bool silent, invalid; // an LAContext that may not ask, or may no more
	Object *reason;
};
typedef Object *Ref;

// What a test sets.
int standin_unsigned, standin_groups = 2, standin_no_enclave, standin_policy_error, standin_biometry = 1;
int standin_lid, standin_no_bundle, standin_wait, standin_sign_error, standin_fail_export;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int alive, waiting;

int standin_alive(void) { return alive; }
int standin_waiting(void) { return waiting; }

static void check(bool holds, const char *what) {
	if (!holds) {
		fprintf(stderr, "stand-in: %s\n", what);
		abort();
	}
}

static Ref make(Type type) {
	Ref o = calloc(1, sizeof *o);
	o->type = type, o->references = 1;
	__atomic_add_fetch(&alive, 1, __ATOMIC_SEQ_CST);
	return o;
}

static Ref retain(Ref o) {
	check(o && o->references, "retained what is gone");
	if (o->references > 0) o->references++;
	return o;
}

void CFRelease(Ref o) {
	check(o && o->references, "released what is gone, or nothing");
	if (o->references < 0 || --o->references) return;
	for (int i = 0; i < o->count; i++) {
		CFRelease(o->list[i]);
		if (o->values[i]) CFRelease(o->values[i]);
	}
	if (o->reason) CFRelease(o->reason);
	free(o->bytes);
	o->bytes = NULL; // the object itself stays, so that its further use is seen
	__atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST);
}

#define CONSTANT(name, text) \
	static Object name##_object = {STRING, -1, sizeof text - 1, text}; \
	Ref name = &name##_object;
#define NAMED(name) CONSTANT(name, #name)
NAMED(kSecAttrAccessControl) NAMED(kSecAttrAccessGroup) NAMED(kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly)
NAMED(kSecAttrAccessibleWhenUnlockedThisDeviceOnly) NAMED(kSecAttrApplicationTag) NAMED(kSecAttrIsPermanent)
NAMED(kSecAttrKeyClass) NAMED(kSecAttrKeyClassPrivate) NAMED(kSecAttrKeySizeInBits) NAMED(kSecAttrKeyType)
NAMED(kSecAttrKeyTypeECSECPrimeRandom) NAMED(kSecAttrLabel) NAMED(kSecAttrTokenID) NAMED(kSecAttrTokenIDSecureEnclave)
NAMED(kSecClass) NAMED(kSecClassKey) NAMED(kSecPrivateKeyAttrs) NAMED(kSecReturnRef) NAMED(kSecUseAuthenticationContext)
NAMED(kSecUseDataProtectionKeychain) NAMED(kSecKeyAlgorithmECDSASignatureDigestX962SHA256) NAMED(kCFErrorUnderlyingErrorKey)
CONSTANT(laDomain, "com.apple.LocalAuthentication") CONSTANT(statusDomain, "NSOSStatusErrorDomain")
CONSTANT(tokenDomain, "CryptoTokenKit") CONSTANT(bundleName, "app.latchkey.desktop")
static Object true_object = {BOOLEAN, -1, 1}, false_object = {BOOLEAN, -1, 0};
Ref kCFBooleanTrue = &true_object;
char kCFTypeDictionaryKeyCallBacks[48], kCFTypeDictionaryValueCallBacks[40];

unsigned long CFGetTypeID(Ref o) { check(o && o->references, "asked for the type of nothing"); return o->type; }
unsigned long CFArrayGetTypeID(void) { return ARRAY; }
unsigned long CFBooleanGetTypeID(void) { return BOOLEAN; }
unsigned long CFStringGetTypeID(void) { return STRING; }
long CFArrayGetCount(Ref a) { check(a->type == ARRAY, "no array"); return a->count; }
Ref CFArrayGetValueAtIndex(Ref a, long i) { check(a->type == ARRAY && i < a->count, "out of the array"); return a->list[i]; }
unsigned char CFBooleanGetValue(Ref b) { check(b->type == BOOLEAN, "no boolean"); return b->number; }

static Ref bytes(Type type, const char *from, long length) {
	Ref o = make(type);
	o->bytes = malloc(length + 1), o->number = length;
	memcpy(o->bytes, from, length);
	o->bytes[length] = 0;
	return o;
}

Ref CFDataCreate(Ref allocator, const char *from, long length) { check(!allocator, "allocator"); return bytes(DATA, from, length); }
const char *CFDataGetBytePtr(Ref d) { check(d->type == DATA, "no data"); return d->bytes; }
long CFDataGetLength(Ref d) { check(d->type == DATA, "no data"); return d->number; }
Ref CFStringCreateWithCString(Ref allocator, const char *from, uint32_t encoding) {
	check(!allocator && encoding == 0x08000100, "no UTF-8");
	return bytes(STRING, from, strlen(from));
}
long CFStringGetLength(Ref s) { check(s->type == STRING, "no string"); return s->number; }
long CFStringGetMaximumSizeForEncoding(long length, uint32_t encoding) { check(encoding == 0x08000100, "no UTF-8"); return 3 * length; }
unsigned char CFStringGetCString(Ref s, char *buffer, long size, uint32_t encoding) {
	check(s->type == STRING && encoding == 0x08000100, "no string in UTF-8");
	if (size <= s->number) return false;
	memcpy(buffer, s->bytes, s->number + 1);
	return true;
}
Ref CFNumberCreate(Ref allocator, long type, const void *value) {
	check(!allocator && type == 4, "no 64-bit number");
	Ref n = make(NUMBER);
	n->number = *(const int64_t *)value;
	return n;
}
Ref CFDictionaryCreateMutable(Ref allocator, long capacity, const void *keys, const void *values) {
	check(!allocator && !capacity && keys == kCFTypeDictionaryKeyCallBacks && values == kCFTypeDictionaryValueCallBacks, "dictionary");
	return make(DICTIONARY);
}
void CFDictionarySetValue(Ref d, Ref key, Ref value) {
	check(d->type == DICTIONARY && key && value && d->count < 16, "cannot be set");
	d->list[d->count] = retain(key), d->values[d->count++] = retain(value);
}
Ref CFDictionaryGetValue(Ref d, Ref key) {
	check(d->type == DICTIONARY, "no dictionary");
	for (int i = 0; i < d->count; i++)
		if (d->list[i] == key) return d->values[i];
	return NULL;
}

static Ref failure(Ref domain, long code, Ref cause) {
	Ref e = make(FAILURE), info = make(DICTIONARY);
	if (cause) CFDictionarySetValue(info, kCFErrorUnderlyingErrorKey, cause), CFRelease(cause);
	e->number = code, e->list[0] = retain(domain), e->values[0] = info, e->count = 1;
	return e;
}
Ref CFErrorGetDomain(Ref e) { check(e->type == FAILURE, "no error"); return e->list[0]; }
long CFErrorGetCode(Ref e) { check(e->type == FAILURE, "no error"); return e->number; }
Ref CFErrorCopyUserInfo(Ref e) { check(e->type == FAILURE, "no error"); return retain(e->values[0]); }
Ref CFErrorCopyDescription(Ref e) { check(e->type == FAILURE, "no error"); return bytes(STRING, "it failed", 9); }
Ref SecCopyErrorMessageString(int32_t status, void *reserved) {
	check(status && !reserved, "message");
	return status == -25300 ? NULL : bytes(STRING, "a status", 8);
}

int32_t SecCodeCopySelf(uint32_t flags, Ref *code) { check(!flags && code, "code"); *code = make(OTHER); return 0; }
int32_t SecCodeCheckValidity(Ref code, uint32_t flags, Ref requirement) {
	check(code->type == OTHER && !flags && !requirement, "code");
	return standin_unsigned;
}
Ref SecTaskCreateFromSelf(Ref allocator) { check(!allocator, "task"); return make(OTHER); }
Ref SecTaskCopyValueForEntitlement(Ref task, Ref name, Ref *error) {
	check(task->type == OTHER && !strcmp(name->bytes, "keychain-access-groups") && error, "entitlement");
	if (standin_groups < 0) { *error = failure(statusDomain, standin_groups, NULL); return NULL; }
	if (!standin_groups) return NULL;
	Ref groups = make(ARRAY);
	for (; groups->count < standin_groups; groups->count++)
		groups->list[groups->count] = groups->count ? bytes(STRING, "TEAM.app.latchkey.desktop", 25) : bytes(STRING, "TEAM.else", 9);
	return groups;
}

Ref SecAccessControlCreateWithFlags(Ref allocator, Ref protection, unsigned long flags, Ref *error) {
	check(!allocator && error, "access control");
	bool finger = protection == kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly && flags == (1u << 30 | 1u << 3);
	check(finger || (protection == kSecAttrAccessibleWhenUnlockedThisDeviceOnly && flags == 1u << 30), "access control flags");
	Ref access = make(OTHER);
	access->number = finger;
	return access;
}

static Ref keychain; // the one key in it, by its tag and group
static Ref keyTag, keyGroup;

Ref SecKeyCreateRandomKey(Ref parameters, Ref *error) {
	Ref private = CFDictionaryGetValue(parameters, kSecPrivateKeyAttrs);
	check(error && private && CFDictionaryGetValue(private, kSecAttrAccessControl), "no access control");
	check(CFDictionaryGetValue(parameters, kSecAttrKeyType) == kSecAttrKeyTypeECSECPrimeRandom &&
		CFDictionaryGetValue(parameters, kSecAttrKeySizeInBits)->number == 256 &&
		CFDictionaryGetValue(parameters, kSecAttrTokenID) == kSecAttrTokenIDSecureEnclave &&
		CFDictionaryGetValue(parameters, kSecUseDataProtectionKeychain) == kCFBooleanTrue, "not a key of the Enclave");
	if (standin_no_enclave) { *error = failure(statusDomain, -50, failure(tokenDomain, standin_no_enclave, NULL)); return NULL; }
	Ref key = make(OTHER);
	if (CFDictionaryGetValue(private, kSecAttrIsPermanent) == kCFBooleanTrue) {
		check(CFDictionaryGetValue(private, kSecAttrAccessControl)->number, "a key for nobody's finger is kept");
		check(CFDictionaryGetValue(private, kSecAttrLabel) && !keychain, "a second key");
		keychain = retain(key);
		keyTag = retain(CFDictionaryGetValue(private, kSecAttrApplicationTag));
		keyGroup = retain(CFDictionaryGetValue(private, kSecAttrAccessGroup));
	}
	return key;
}
Ref SecKeyCopyPublicKey(Ref key) { check(key->type == OTHER, "no key"); return standin_fail_export == 1 ? NULL : make(OTHER); }
Ref SecKeyCopyExternalRepresentation(Ref key, Ref *error) {
	check(key->type == OTHER && error, "no key");
	if (standin_fail_export) { *error = failure(statusDomain, -4, NULL); return NULL; }
	return bytes(DATA, "\x04 a point", 9);
}

static bool found(Ref query) {
	check(CFDictionaryGetValue(query, kSecClass) == kSecClassKey &&
		CFDictionaryGetValue(query, kSecAttrKeyClass) == kSecAttrKeyClassPrivate &&
		CFDictionaryGetValue(query, kSecUseDataProtectionKeychain) == kCFBooleanTrue, "query");
	Ref tag = CFDictionaryGetValue(query, kSecAttrApplicationTag), group = CFDictionaryGetValue(query, kSecAttrAccessGroup);
	check(tag && tag->type == DATA && group && group->type == STRING, "query");
	return keychain && !strcmp(tag->bytes, keyTag->bytes) && !strcmp(group->bytes, keyGroup->bytes);
}
int32_t SecItemCopyMatching(Ref query, Ref *result) {
	check(result && CFDictionaryGetValue(query, kSecReturnRef) == kCFBooleanTrue, "nothing is asked for");
	Ref context = CFDictionaryGetValue(query, kSecUseAuthenticationContext);
	check(context && context->type == OTHER, "no context");
	if (!found(query)) return -25300;
	*result = make(OTHER);
	(*result)->reason = retain(context);
	return 0;
}
int32_t SecItemDelete(Ref query) {
	if (!found(query)) return -25300;
	CFRelease(keychain), CFRelease(keyTag), CFRelease(keyGroup);
	keychain = NULL;
	return 0;
}
Ref SecKeyCreateSignature(Ref key, Ref algorithm, Ref data, Ref *error) {
	check(algorithm == kSecKeyAlgorithmECDSASignatureDigestX962SHA256 && data->type == DATA && data->number == 32 && error, "signature");
	Ref context = key->reason;
	check(context && !context->silent && context->reason && context->reason->number, "nobody is told what for");
	pthread_mutex_lock(&lock);
	waiting++;
	while (standin_wait && !context->invalid) pthread_cond_wait(&changed, &lock);
	waiting--;
	bool invalid = context->invalid;
	pthread_mutex_unlock(&lock);
	if (invalid) { *error = failure(laDomain, -9, NULL); return NULL; }
	if (standin_sign_error) { *error = failure(tokenDomain, -3, failure(laDomain, standin_sign_error, NULL)); return NULL; }
	char signature[39] = "signed:";
	memcpy(signature + 7, data->bytes, 32);
	return bytes(DATA, signature, 39);
}

// Objective-C, whose classes are numbers below and whose selectors are their names.
static Object pools = {OTHER, -1}, bundles = {OTHER, -1}, contexts = {OTHER, -1}, bundle = {OTHER, -1};
static __thread Ref pool; // of this thread

Ref objc_getClass(const char *name) {
	return !strcmp(name, "NSAutoreleasePool") ? &pools : !strcmp(name, "NSBundle") ? &bundles : !strcmp(name, "LAContext") ? &contexts : NULL;
}
const char *sel_registerName(const char *name) { return strdup(name); }

uintptr_t objc_msgSend(Ref to, const char *selector, uintptr_t argument, Ref *error) {
#define IS(name) (!strcmp(selector, name))
	check(to && to->references, "a message to what is gone, or nothing");
	if (to == &pools && IS("new")) {
		check(!pool, "pools within each other");
		return (uintptr_t)(pool = make(ARRAY));
	}
	check(pool, "no autorelease pool on this thread");
	if (to == pool && IS("drain")) return CFRelease(pool), pool = NULL, 0;
	if (to == &bundles && IS("mainBundle")) return (uintptr_t)&bundle;
	if (to == &bundle && IS("bundleIdentifier")) return (uintptr_t)(standin_no_bundle ? NULL : bundleName);
	if (to == &contexts && IS("new")) return (uintptr_t)make(OTHER);
	if (IS("setInteractionNotAllowed:")) return to->silent = argument, 0;
	if (IS("setLocalizedFallbackTitle:")) return check(!((Ref)argument)->number, "a way round the finger"), 0;
	if (IS("setLocalizedReason:")) return to->reason = retain((Ref)argument), 0;
	if (IS("biometryType")) return check(to->number, "not known yet"), standin_biometry;
	if (IS("invalidate")) {
		pthread_mutex_lock(&lock);
		to->invalid = true;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
		return 0;
	}
	check(IS("canEvaluatePolicy:error:") && argument == 1 && error, selector);
	to->number = 1;
	if (!standin_policy_error) return 0xabcdef00 | true; // of a BOOL only the lowest byte counts
	*error = pool->list[pool->count++] = failure(laDomain, standin_policy_error, NULL);
	return 0xabcdef00;
}

Ref IOServiceMatching(const char *name) { check(!strcmp(name, "IOPMrootDomain"), "service"); return make(DICTIONARY); }
uint32_t IOServiceGetMatchingService(uint32_t port, Ref matching) { check(!port, "port"); CFRelease(matching); return standin_lid ? 4711 : 0; }
int32_t IOObjectRelease(uint32_t object) { check(object == 4711, "no service"); return 0; }
Ref IORegistryEntryCreateCFProperty(uint32_t entry, Ref key, Ref allocator, uint32_t options) {
	check(entry == 4711 && !strcmp(key->bytes, "AppleClamshellState") && !allocator && !options, "property");
	return standin_lid == 1 ? &true_object : standin_lid == 2 ? &false_object : NULL;
}
