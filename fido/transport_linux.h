#ifndef LATCHKEY_TRANSPORT_H
#define LATCHKEY_TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <fido.h>

/* struct transport carries the frames of one key. */
struct transport {
	uintptr_t owner;      /* names the Go side to latchkeyTouchNeeded */
	int       fd;         /* the device, -1 while closed */
	int       wake;       /* eventfd; readable once the transport is aborted */
	bool      tty;        /* a pseudo-terminal: a stream, not packets */
	int       open_errno; /* why opening failed */
	atomic_bool stopped;  /* nothing may be written any more */
	atomic_bool gone;     /* the device went away; a cancel may find out first */
	uint8_t   hid_error;  /* code of the last CTAPHID_ERROR frame */
};

/* transport_new returns NULL where memory or descriptors are short. */
struct transport *transport_new(uintptr_t owner);
void transport_free(struct transport *);

/* transport_open opens dev at path with t as its input and output. */
int transport_open(struct transport *t, fido_dev_t *dev, const char *path);

/* transport_stop makes the next write fail, and all later ones: the answer to the last
 * one can still be read. Any thread may call it. */
void transport_stop(struct transport *);

/* transport_abort makes the read or write under way fail, and all later ones. Any
 * thread may call it. */
void transport_abort(struct transport *);

/* transport_gone tells whether the device went away. */
bool transport_gone(const struct transport *);

#endif
