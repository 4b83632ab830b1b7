/* SPDX-License-Identifier: MIT */
#include "lib/token_cache.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/arena.h"
#include "lib/token.h"

#define SLOTS 4096
#define TEXT_MAX 640

/* Nobody waits for a slot that another process has in its hands, or had
 * when it was killed: the token is read as if it was not there. */
struct slot {
	atomic_flag busy;
	size_t len;		/* 0: empty */
	struct token t;
	char jti[64];
	char text[TEXT_MAX];
};

static struct slot *slots;

void
token_cache_init(void)
{
	if (slots != NULL)
		munmap(slots, SLOTS * sizeof(*slots));
	slots = mmap(NULL, SLOTS * sizeof(*slots), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		slots = NULL;
}

/* The end of a signature is as good as a hash. */
static struct slot *
take(const char *text, size_t len)
{
	unsigned int h = 0;
	struct slot *s;

	if (slots == NULL || len > TEXT_MAX)
		return NULL;
	for (size_t i = len - 4; i < len; i++)
		h = h * 37 + (unsigned char)text[i];
	s = &slots[h % SLOTS];
	return atomic_flag_test_and_set_explicit(&s->busy,
	    memory_order_acquire) ? NULL : s;
}

static void
give_back(struct slot *s)
{
	atomic_flag_clear_explicit(&s->busy, memory_order_release);
}

bool
token_cache_get(const char *text, size_t len, struct arena *mem,
    struct token *t_r)
{
	struct slot *s = take(text, len);
	bool found;

	if (s == NULL)
		return false;
	found = s->len == len && equal_ct(s->text, text, len);
	if (found) {
		*t_r = s->t;
		t_r->jti = arena_strdup(mem, s->jti);
	}
	give_back(s);
	return found;
}

void
token_cache_put(const char *text, size_t len, const struct token *t)
{
	struct slot *s = take(text, len);

	if (s == NULL)
		return;
	/* Whoever is killed in the middle leaves it taken. */
	s->len = len;
	memcpy(s->text, text, len);
	s->t = *t;
	s->t.jti = NULL;
	strncpy(s->jti, t->jti, sizeof(s->jti) - 1);
	give_back(s);
}
