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
 * Refuses with E_IDEMPOTENCY_*. write: leave a row for other transactions to
 * find, as the answer comes in a later one. Locks: the key, first of all. */
void idempotency_claim(struct req *rq, struct tx *tx, bool write,
    struct rows *rs);

/* Queue the store of the answer, in the transaction of the claim. */
void idempotency_store(struct req *rq, struct tx *tx, const struct resp *rs);

/*
 * For a request of several transactions.  Queue, behind the claim, the
 * question for its lease (column lease); with that a later transaction may
 * settle the key, that is, queue the store of the answer.  It refuses with
 * E_IDEMPOTENCY_IN_PROGRESS or _REPLAY if this request was so slow that
 * another one has taken over.  Release the key instead, and a retry need not
 * wait for the lease to end.
 */
void idempotency_lease(struct req *rq, struct tx *tx, struct rows *rs);
void idempotency_settle(struct req *rq, struct tx *tx, const struct resp *rs,
    const char *lease);
int idempotency_release(struct req *rq, struct tx *tx, const char *lease);

/* Queue a note of what is being done, for idempotency_claim() later. */
void idempotency_note(struct req *rq, struct tx *tx, int64_t id);

/* Fill rs with the stored answer. */
int idempotency_replay(struct req *rq, struct tx *tx, struct resp *rs);

/* Is this answer kept?  2xx, 402, 409 and 422, but not the refusals that
 * are about the key itself. */
bool idempotency_keeps(int status, const char *code);

#endif
