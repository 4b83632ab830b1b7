/* SPDX-License-Identifier: MIT */
#include "lib/token_cache.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/arena.h"
#include "lib/token.h"
#include "lib/worker.h"

#define SETS 1024
#define WAYS 4			/* slots of a set; a token may be in any */
#define TEXT_MAX 640

/* Nobody waits for a slot that another process has in its hands, or had
 * when it was killed: the token is read as if it was not there. */
struct slot {
	atomic_flag busy;
	size_t len;		/* 0: empty */
	int64_t used_ms;
	struct token t;
	char jti[64];
	char text[TEXT_MAX];
};

static struct slot (*sets)[WAYS];

void
token_cache_init(void)
{
	if (sets != NULL)
		munmap(sets, SETS * sizeof(*sets));
	sets = mmap(NULL, SETS * sizeof(*sets), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sets == MAP_FAILED)
		sets = NULL;
}

/* The end of a signature is as good as a hash. */
static struct slot *
set_of(const char *text, size_t len)
{
	unsigned int h = 0;

	if (sets == NULL || len > TEXT_MAX)
		return NULL;
	for (size_t i = len - 4; i < len; i++)
		h = h * 37 + (unsigned char)text[i];
	return sets[h % SETS];
}

static bool
take(struct slot *s)
{
	return !atomic_flag_test_and_set_explicit(&s->busy,
	    memory_order_acquire);
}

static void
give_back(struct slot *s)
{
	atomic_flag_clear_explicit(&s->busy, memory_order_release);
}

/* Taken; or NULL if all are in other hands. */
static struct slot *
take_oldest(struct slot *set)
{
	struct slot *old = NULL, *less;

	for (struct slot *s = set; s < set + WAYS; s++) {
		if (!take(s))
			continue;
		less = s;
		if (old == NULL || s->used_ms < old->used_ms) {
			less = old;
			old = s;
		}
		if (less != NULL)
			give_back(less);
	}
	return old;
}

bool
token_cache_get(const char *text, size_t len, struct arena *mem,
    struct token *t_r)
{
	struct slot *set = set_of(text, len);
	bool found = false;

	if (set == NULL)
		return false;
	for (struct slot *s = set; !found && s < set + WAYS; s++) {
		if (!take(s))
			continue;
		found = s->len == len && equal_ct(s->text, text, len);
		if (found) {
			*t_r = s->t;
			t_r->jti = arena_strdup(mem, s->jti);
			s->used_ms = now_ms();
		}
		give_back(s);
	}
	return found;
}

void
token_cache_put(const char *text, size_t len, const struct token *t)
{
	struct slot *set = set_of(text, len);
	struct slot *s = set != NULL ? take_oldest(set) : NULL;

	if (s == NULL)
		return;
	/* Whoever is killed in the middle leaves it taken. */
	s->len = len;
	s->used_ms = now_ms();
	memcpy(s->text, text, len);
	s->t = *t;
	s->t.jti = NULL;
	strncpy(s->jti, t->jti, sizeof(s->jti) - 1);
	give_back(s);
}
