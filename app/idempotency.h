/* SPDX-License-Identifier: MIT */
#ifndef APP_IDEMPOTENCY_H
#define APP_IDEMPOTENCY_H

/*
 * Idempotency-Key (after draft-ietf-httpapi-idempotency-key-header and
 * Stripe's contract): the first answer to a key is stored in the
 * transaction of its effect and given again for 24 hours.  Keys belong to
 * the token's user, anonymous ones to the peer's address.
 */

#include <stdbool.h>
#include <stdint.h>

struct req;
struct resp;
struct rows;
struct tx;

/* The request carries a key that counts: a POST, and the row allows it. */
bool idempotency_wanted(const struct req *rq);

/* E_INVALID_PARAMETER unless the key is 1..255 printable ASCII bytes. */
int idempotency_check(struct req *rq);

/* Queue the claim; its result (column resume) comes with the flight.
 * Refuses with E_IDEMPOTENCY_*. Locks: the key, first of all. */
void idempotency_claim(struct req *rq, struct tx *tx, struct rows *rs);

/* Queue the store of the answer. */
void idempotency_store(struct req *rq, struct tx *tx, const struct resp *rs);

/* Queue a note of what is being done, for idempotency_claim() later. */
void idempotency_note(struct req *rq, struct tx *tx, int64_t id);

/* Fill rs with the stored answer. */
int idempotency_replay(struct req *rq, struct tx *tx, struct resp *rs);

/* Is this answer kept?  2xx, 402, 409 and 422, but not the refusals that
 * are about the key itself. */
bool idempotency_keeps(int status, const char *code);

#endif
