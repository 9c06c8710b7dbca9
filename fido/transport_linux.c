#include "transport_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

extern void latchkeyTouchNeeded(uintptr_t owner);

enum {
	report_len = 64,

	/* CTAP 2.1 §11.2.9: the frame's command, the low byte of its length and its
	 * first byte of data. */
	at_command = 4, at_length = 6, at_data = 7,
	command_msg = 0x83, command_keepalive = 0xbb, command_error = 0xbf,
	status_upneeded = 2,
};

/* libfido2 gives its open function nothing but the path. */
static _Thread_local struct transport *opening;

static int64_t now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* await waits until the device is ready for events, returning false when it is gone,
 * the time is over or the transport aborted. A negative deadline is none. */
static bool await(struct transport *t, short events, int64_t deadline) {
	for (;;) {
		struct pollfd fds[2] = {{t->fd, events, 0}, {t->wake, POLLIN, 0}};
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();
		if (deadline >= 0 && left < 0)
			left = 0;
		int ready = poll(fds, 2, (int)left);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0 || fds[1].revents)
			return false;
		if (fds[0].revents & events)
			return true;
		t->gone = true; /* nothing but POLLHUP, POLLERR or POLLNVAL */
		return false;
	}
}

static void *io_open(const char *path) {
	struct transport *t = opening;
	struct stat s;

	/* O_NOCTTY: a session leader without a terminal would get the virtual key's as
	 * its own and die with it. O_NONBLOCK: a key that reads nothing must not hang us. */
	t->open_errno = 0;
	t->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0) {
		t->open_errno = errno;
		return NULL;
	}
	if (fstat(t->fd, &s) < 0 || !S_ISCHR(s.st_mode)) {
		t->open_errno = ENODEV;
	} else if (flock(t->fd, LOCK_EX | LOCK_NB) < 0) {
		t->open_errno = errno; /* another program has it; libfido2's own open locks, too */
	} else {
		t->tty = isatty(t->fd);
		if (t->tty)
			tcflush(t->fd, TCIFLUSH); /* what the last user left unread */
		return t;
	}
	close(t->fd);
	t->fd = -1;
	return NULL;
}

static void io_close(void *handle) {
	struct transport *t = handle;
	close(t->fd);
	t->fd = -1;
}

/* observe learns from a frame what libfido2 keeps to itself. */
static void observe(struct transport *t, const unsigned char *frame) {
	bool waiting = false;

	switch (frame[at_command]) {
	case command_error:
		t->hid_error = frame[at_data];
		break;
	case command_keepalive:
		waiting = frame[at_data] == status_upneeded;
		break;
	case command_msg: /* U2F: SW_CONDITIONS_NOT_SATISFIED, "test of user presence required" */
		waiting = frame[at_length] == 2 && frame[at_data] == 0x69 && frame[at_data + 1] == 0x85;
		break;
	}
	if (waiting)
		latchkeyTouchNeeded(t->owner);
}

static int io_read(void *handle, unsigned char *buf, size_t len, int ms) {
	struct transport *t = handle;
	int64_t deadline = ms < 0 ? -1 : now_ms() + ms;
	size_t got = 0;

	if (len != report_len)
		return -1;
	while (got < len) {
		if (!await(t, POLLIN, deadline))
			return -1;
		ssize_t n = read(t->fd, buf + got, len - got);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			t->gone = true;
			return -1;
		}
		got += (size_t)n;
		if (!t->tty && got != len)
			return -1; /* a short report; the next read would begin another */
	}
	observe(t, buf);
	return (int)len;
}

static int io_write(void *handle, const unsigned char *buf, size_t len) {
	struct transport *t = handle;
	ssize_t n;

	if (t->stopped)
		return -1;
	do {
		if (!await(t, POLLOUT, now_ms() + 2000))
			return -1;
		n = write(t->fd, buf, len);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n < 0 && (errno == EIO || errno == ENODEV || errno == ENXIO))
		t->gone = true;
	return (int)n;
}

struct transport *transport_new(uintptr_t owner) {
	struct transport *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->owner = owner;
	t->fd = -1;
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->wake < 0) {
		free(t);
		return NULL;
	}
	return t;
}

void transport_free(struct transport *t) {
	close(t->wake);
	free(t);
}

int transport_open(struct transport *t, fido_dev_t *dev, const char *path) {
	static const fido_dev_io_t functions = {io_open, io_close, io_read, io_write};
	int r = fido_dev_set_io_functions(dev, &functions);
	if (r != FIDO_OK)
		return r;
	opening = t;
	r = fido_dev_open(dev, path);
	opening = NULL;
	return r;
}

void transport_stop(struct transport *t) {
	t->stopped = true;
}

void transport_abort(struct transport *t) {
	uint64_t one = 1;
	ssize_t n = write(t->wake, &one, sizeof one);
	(void)n; /* EAGAIN means that it is readable already */
}

bool transport_gone(const struct transport *t) {
	return t->gone;
}
