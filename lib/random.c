/* SPDX-License-Identifier: MIT */
#include "lib/random.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"

const char *
random_hex(size_t n, struct arena *mem)
{
	unsigned char *bytes = arena_alloc(mem, n);
	char *out = arena_alloc(mem, n * 2 + 1);
	size_t i, part;

	/* getentropy() gives at most 256 bytes. */
	for (i = 0; i < n; i += part) {
		part = n - i < 256 ? n - i : 256;
		if (getentropy(bytes + i, part) != 0)
			abort();
	}
	*hex_write(out, bytes, n) = '\0';
	return out;
}

static void
fetch16(unsigned char out[16])
{
	static unsigned char store[256];
	static size_t left;
	static pid_t owner;

	if (left == 0 || owner != getpid()) {
		if (getentropy(store, sizeof(store)) != 0)
			abort();
		left = sizeof(store);
		owner = getpid();
	}
	left -= 16;
	memcpy(out, store + left, 16);
}

const char *
random_name(struct arena *mem)
{
	unsigned char bytes[16];
	char *out = arena_alloc(mem, 33);

	fetch16(bytes);
	*hex_write(out, bytes, 16) = '\0';
	return out;
}

const char *
uuid_v7(struct arena *mem)
{
	unsigned char b[16];
	char *out = arena_alloc(mem, 37), *p = out;
	struct timespec now;
	unsigned long long ms;

	clock_gettime(CLOCK_REALTIME, &now);
	ms = (unsigned long long)now.tv_sec * 1000 +
	    (unsigned long long)now.tv_nsec / 1000000;
	fetch16(b);
	for (int i = 5; i >= 0; i--, ms >>= 8)
		b[i] = ms & 0xff;
	b[6] = 0x70 | (b[6] & 0x0f);
	b[8] = 0x80 | (b[8] & 0x3f);
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p = hex_write(p, b + i, 1);
	}
	*p = '\0';
	return out;
}
