//go:build cgo && !windows

package fido

/*
#include <stdlib.h>
#include <fido.h>
*/
import "C"

import "unsafe"

func (h *handle) makeCredential(request credentialRequest) (attestation, error) {
	cred := C.fido_cred_new()
	defer C.fido_cred_free(&cred)
	if err := h.describe(cred, request); err != nil {
		return attestation{}, err
	}
	h.announceTouch()
	pin := newSecret(request.pin)
	defer pin.free()
	if err := h.failed("make a credential", C.fido_dev_make_cred(h.dev, cred, pin.ptr)); err != nil {
		return attestation{}, err
	}
	return attestation{
		format:    C.GoString(C.fido_cred_fmt(cred)),
		authData:  goBytes(C.fido_cred_authdata_raw_ptr(cred), C.fido_cred_authdata_raw_len(cred)),
		statement: goBytes(C.fido_cred_attstmt_ptr(cred), C.fido_cred_attstmt_len(cred)),
		id:        goBytes(C.fido_cred_id_ptr(cred), C.fido_cred_id_len(cred)),
	}, nil
}

// describe puts request, but for the PIN, into cred.
func (h *handle) describe(cred *C.fido_cred_t, request credentialRequest) error {
	s := setter{handle: h, operation: "prepare a credential"}
	defer s.free()
	s.check(C.fido_cred_set_clientdata_hash(cred, s.bytes(request.clientDataHash[:]), C.size_t(len(request.clientDataHash))))
	s.check(C.fido_cred_set_rp(cred, s.text(request.rp.ID), s.text(request.rp.Name)))
	s.check(C.fido_cred_set_user(cred, s.bytes(request.user.ID), C.size_t(len(request.user.ID)),
		s.text(request.user.Name), s.text(request.user.DisplayName), nil))
	s.check(C.fido_cred_set_type(cred, C.int(request.algorithm)))
	if request.protection != 0 {
		s.check(C.fido_cred_set_prot(cred, C.int(request.protection))) // switches the extension on, too
	}
	s.check(C.fido_cred_set_rk(cred, request.resident.option()))
	s.check(C.fido_cred_set_uv(cred, request.verify.option()))
	for _, id := range request.exclude {
		s.check(C.fido_cred_exclude(cred, s.bytes(id), C.size_t(len(id))))
	}
	return s.err
}

func (h *handle) getAssertion(request assertionRequest) ([]assertion, error) {
	assert := C.fido_assert_new()
	defer C.fido_assert_free(&assert)
	s := setter{handle: h, operation: "prepare an assertion"}
	defer s.free()
	s.check(C.fido_assert_set_clientdata_hash(assert, s.bytes(request.clientDataHash[:]), C.size_t(len(request.clientDataHash))))
	s.check(C.fido_assert_set_rp(assert, s.text(request.rpID)))
	s.check(C.fido_assert_set_up(assert, request.present.option()))
	s.check(C.fido_assert_set_uv(assert, request.verify.option()))
	for _, id := range request.allow {
		s.check(C.fido_assert_allow_cred(assert, s.bytes(id), C.size_t(len(id))))
	}
	if s.err != nil {
		return nil, s.err
	}
	if request.present != no {
		h.announceTouch()
	}
	pin := newSecret(request.pin)
	defer pin.free()
	if err := h.failed("sign", C.fido_dev_get_assert(h.dev, assert, pin.ptr)); err != nil {
		return nil, err
	}
	var out []assertion
	for i := range C.fido_assert_count(assert) {
		out = append(out, assertion{
			id:        goBytes(C.fido_assert_id_ptr(assert, i), C.fido_assert_id_len(assert, i)),
			authData:  goBytes(C.fido_assert_authdata_ptr(assert, i), C.fido_assert_authdata_len(assert, i)),
			signature: goBytes(C.fido_assert_sig_ptr(assert, i), C.fido_assert_sig_len(assert, i)),
			user:      goBytes(C.fido_assert_user_id_ptr(assert, i), C.fido_assert_user_id_len(assert, i)),
		})
	}
	return out, nil
}

// setter keeps the first failure of a row of fido_*_set_* calls, and the C memory
// of their arguments until it is freed.
type setter struct {
	handle    *handle
	operation string
	memory    []unsafe.Pointer
	err       error
}

func (s *setter) check(r C.int) {
	if s.err == nil {
		s.err = s.handle.failed(s.operation, r)
	}
}

// text copies v; an empty one is NULL, which leaves the member out.
func (s *setter) text(v string) *C.char {
	if v == "" {
		return nil
	}
	text := C.CString(v)
	s.memory = append(s.memory, unsafe.Pointer(text))
	return text
}

func (s *setter) bytes(v []byte) *C.uchar {
	if len(v) == 0 {
		return nil
	}
	bytes := C.CBytes(v)
	s.memory = append(s.memory, bytes)
	return (*C.uchar)(bytes)
}

func (s *setter) free() {
	for _, memory := range s.memory {
		C.free(memory)
	}
}

func (t tristate) option() C.fido_opt_t {
	switch t {
	case yes:
		return C.FIDO_OPT_TRUE
	case no:
		return C.FIDO_OPT_FALSE
	default:
		return C.FIDO_OPT_OMIT
	}
}
