/* SPDX-License-Identifier: MIT */
#include "lib/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#define FIRST_BLOCK	(64 * 1024)
#define ALIGN(n)	(((n) + alignof(max_align_t) - 1) & \
			    ~(alignof(max_align_t) - 1))

struct block {
	struct block *prev;
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct defer {
	struct defer *prev;
	void (*fn)(void *);
	void *ptr;
};

struct arena {
	struct block *cur;
	struct defer *defers;
	size_t total, limit;
};

static _Noreturn void
fatal(const char *why, size_t size)
{
	log_msg(LOG_ERROR, "out of memory", LS("why", why),
	    LI("bytes", (int64_t)size), NULL);
	_exit(70);
}

static struct block *
block_new(struct block *prev, size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (b == NULL)
		fatal("malloc", size);
	b->prev = prev;
	b->size = size;
	b->used = 0;
	return b;
}

/* The newest block, which one allocation has for itself: what is big may
 * grow without being there twice. */
static struct block *
block_resize(struct arena *a, size_t size)
{
	struct block *b = realloc(a->cur, sizeof(*b) + size);

	if (b == NULL)
		fatal("realloc", size);
	b->size = size;
	return a->cur = b;
}

static size_t
first_size(size_t limit)
{
#ifdef ARENA_DEBUG
	(void)limit;
	return 0;
#else
	return limit < FIRST_BLOCK ? ALIGN(limit) : FIRST_BLOCK;
#endif
}

static size_t
next_size(const struct block *b, size_t size)
{
#ifdef ARENA_DEBUG
	(void)b;
	return size;
#else
	return b->size * 2 > size ? b->size * 2 : size;
#endif
}

struct arena *
arena_new(size_t limit)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		fatal("malloc", sizeof(*a));
	a->cur = block_new(NULL, first_size(limit));
	a->defers = NULL;
	a->total = 0;
	a->limit = limit;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->cur);
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct block *first = a->cur;

	while (first->prev != NULL)
		first = first->prev;
	arena_rewind(a, (struct arena_mark){ .block = first });
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->cur;
	size_t start = ALIGN(b->used);
	void *p;

	if (size > a->limit - a->total)
		fatal("limit of the arena", size);
	if (start > b->size || size > b->size - start || size == 0) {
		if (size == 0)
			size = 1;
		b = a->cur = block_new(b, next_size(b, size));
		start = 0;
	}
	p = b->data + start;
	b->used = start + size;
	a->total += size;
	return memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		fatal("array size", n);
	return arena_alloc(a, bytes);
}

void *
arena_grow(struct arena *a, void *p, size_t old, size_t size)
{
	struct block *b = a->cur;
	char *at = p;
	size_t more = size - old;
	void *q;

	if (at < b->data || at + old != b->data + b->used ||
	    (more > b->size - b->used && (at > b->data || b->prev == NULL))) {
		q = arena_alloc(a, size);
		if (old > 0)
			memcpy(q, p, old);
		return q;
	}
	if (more > a->limit - a->total)
		fatal("limit of the arena", size);
	if (more > b->size - b->used)
		at = block_resize(a, size)->data;
	memset(at + old, 0, more);
	a->cur->used += more;
	a->total += more;
	return at;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	len = strnlen(s, len);
	p = arena_alloc(a, len + 1);
	memcpy(p, s, len);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		fatal("printf format", 0);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
	struct defer *d = arena_alloc(a, sizeof(*d));

	d->prev = a->defers;
	d->fn = fn;
	d->ptr = ptr;
	a->defers = d;
}

struct arena_mark
arena_mark(struct arena *a)
{
	return (struct arena_mark){ a->cur, a->cur->used, a->defers,
	    a->total };
}

void
arena_rewind(struct arena *a, struct arena_mark m)
{
	struct defer *d;
	struct block *b;

	while ((d = a->defers) != m.defers) {
		a->defers = d->prev;
		d->fn(d->ptr);
	}
	while ((b = a->cur) != m.block) {
		a->cur = b->prev;
		free(b);
	}
	a->cur->used = m.used;
	a->total = m.total;
}

size_t
arena_used(const struct arena *a)
{
	return a->total;
}
