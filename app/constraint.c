/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/pg.h"

#include "app/errors.h"

/* Every named constraint of db/migrations that a request can run into, and
 * what it means to the client. A constraint that no request can reach (input
 * tables or statements rule it out first) stands here with no kind; a test
 * compares the list with the schema. */
static const struct constraint_row rows[] = {
	{ "users_email_key", &E_EMAIL_TAKEN,
	    "An account with this e-mail address exists" },
	{ "users_username_key", &E_USERNAME_TAKEN,
	    "An account with this username exists" },
	{ "products_sku_key", &E_SKU_TAKEN, "The SKU exists" },
	{ "product_variants_sku_key", &E_SKU_TAKEN, "The SKU exists" },
	{ "products_slug_key", &E_SLUG_TAKEN, "The slug exists" },
	{ "categories_slug_key", &E_SLUG_TAKEN, "The slug exists" },
	{ "categories_cycle_check", &E_VALIDATION_FAILED,
	    "A category cannot be below itself" },
	{ "categories_parent_check", &E_VALIDATION_FAILED,
	    "A category cannot be below itself" },
	{ "categories_parent_fkey", &E_IN_USE, "It has child categories" },
	{ "products_category_fkey", &E_IN_USE, "It has products" },
	{ "reviews_author_key", &E_ALREADY_REVIEWED,
	    "You have reviewed this product" },
	{ "inventory_available_check", &E_INSUFFICIENT_STOCK,
	    "There is not enough stock" },
	{ "payments_live_key", &E_ALREADY_PAID,
	    "The order is paid, or a payment is under way" },
	{ "payments_refunded_check", &E_REFUND_EXCEEDS_PAYMENT,
	    "More than is left of the payment" },
	{ "orders_status_transition", &E_INVALID_TRANSITION,
	    "The order's status does not allow this" },
	{ NULL, NULL, NULL }
};

const struct constraint_row *
constraint_rows(void)
{
	return rows;
}

const struct err_kind *
constraint_map(const struct pg_error *e, const char **detail_r,
    const char **members_r)
{
	if (strcmp(e->sqlstate, "SHOPD") == 0) {
		*detail_r = e->detail;
		*members_r = e->hint;
		return err_kind_by_code(e->message);
	}
	if (e->constraint == NULL)
		return NULL;
	for (const struct constraint_row *r = rows; r->name != NULL; r++)
		if (strcmp(r->name, e->constraint) == 0) {
			*detail_r = r->detail;
			return r->kind;
		}
	return NULL;
}
