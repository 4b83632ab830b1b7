/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_ADDRESS_H
#define APP_ACCOUNT_ADDRESS_H

/* Addresses of the transaction's user; everybody else's are E_NOT_FOUND.
 * The first one is the default; when the default goes, the oldest becomes
 * it.  Writers take turns on the user's row. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/field.h"

#include "app/shapes.h"

struct rows;
struct tx;

/* A whole address; an order may bring one along, without is_default. */
struct address_in {
	const char *name, *line1, *line2, *city, *region, *postal_code,
	    *country, *phone;
	bool is_default;
};
extern const struct table address_in_table, order_address_in_table;

struct address_change {		/* what is not set stays */
	const char *line1, *city, *postal_code, *country;
	struct opt_text name, line2, region, phone;
	struct opt_bool is_default;
};
extern const struct table address_change_table;

extern const struct shape address_shape;

/* Locks the user's row.  E_TOKEN_REVOKED if the account is erased. */
int address_create(struct tx *tx, int64_t user, const struct address_in *a,
    struct rows *rs);
int address_get(struct tx *tx, int64_t id, struct rows *rs);
/* Locks the user's row and the address: _version, _is_default. */
int address_lock(struct tx *tx, int64_t id, struct rows *rs);
/* Of a locked one. */
int address_update(struct tx *tx, int64_t id, const struct address_change *c,
    struct rows *rs);
/* Queue: delete a locked one; was_default as it was locked. */
void address_delete(struct tx *tx, int64_t id, bool was_default);

/* In id order after `after`, up to limit + 1. */
int address_list(struct tx *tx, int64_t after, int64_t limit,
    struct rows *rs);
/* Queue: how many there are, as total. */
void address_count(struct tx *tx, struct rows *rs);

#endif
