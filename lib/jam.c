/* SPDX-License-Identifier: MIT */
#include "lib/jam.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SLOTS	1024
#define JAM_MS	2000

/* Two rows in one slot: the later one has it, the other is not jammed any
 * more. A process that is killed while it waits has the slot until then. */
struct slot {
	atomic_ullong row;
	atomic_llong until_ms;
	atomic_int waits;	/* the process, or 0 */
};

static struct slot *slots;

void
jam_init(void)
{
	if (slots != NULL)
		munmap(slots, SLOTS * sizeof(*slots));
	slots = mmap(NULL, SLOTS * sizeof(*slots), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		slots = NULL;
}

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static unsigned long long
row_of(enum jam_kind kind, int64_t id)
{
	return (unsigned long long)id * 8 + kind;
}

static struct slot *
slot_of(unsigned long long row)
{
	/* Fibonacci hashing: ids that lie side by side do not collide. */
	return &slots[row * 0x9e3779b97f4a7c15u >> 54];
}

static struct slot *
find(enum jam_kind kind, int64_t id)
{
	unsigned long long row = row_of(kind, id);
	struct slot *s;

	if (slots == NULL)
		return NULL;
	s = slot_of(row);
	return s->row == row && s->until_ms > 0 ? s : NULL;
}

bool
jam_enter(enum jam_kind kind, int64_t id)
{
	struct slot *s = find(kind, id);
	int nobody = 0;

	if (s == NULL || s->until_ms <= now())
		return true;
	if (s->waits == getpid())
		return true;
	if (!atomic_compare_exchange_strong(&s->waits, &nobody, getpid()))
		return false;
	s->until_ms = now() + JAM_MS;
	return true;
}

void
jam_tell(enum jam_kind kind, int64_t id)
{
	unsigned long long row = row_of(kind, id);
	struct slot *s;

	if (slots == NULL)
		return;
	s = slot_of(row);
	s->row = row;
	s->waits = 0;
	s->until_ms = now() + JAM_MS;
}

void
jam_leave(enum jam_kind kind, int64_t id, bool had)
{
	struct slot *s = find(kind, id);
	int me = getpid();

	if (s == NULL)
		return;
	if (had)
		s->until_ms = 0;
	atomic_compare_exchange_strong(&s->waits, &me, 0);
}
