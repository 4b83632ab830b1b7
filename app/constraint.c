/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/arena.h"
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
	{ "products_sku_key", &E_SKU_TAKEN, "The SKU is taken" },
	{ "product_variants_sku_key", &E_SKU_TAKEN, "The SKU is taken" },
	{ "products_slug_key", &E_SLUG_TAKEN, "The slug exists" },
	{ "categories_slug_key", &E_SLUG_TAKEN, "The slug exists" },
	{ "categories_cycle_check", &E_VALIDATION_FAILED,
	    "A category cannot be below itself" },
	{ "categories_parent_check", &E_VALIDATION_FAILED,
	    "A category cannot be below itself" },
	{ "categories_parent_fkey", &E_IN_USE, "It has child categories" },
	{ "products_category_fkey", &E_IN_USE, "It has products" },
	{ "inventory_sold", &E_IN_USE, "An order names it" },
	{ "reviews_author_key", &E_ALREADY_REVIEWED,
	    "You have reviewed this product" },
	{ "inventory_available_check", &E_INSUFFICIENT_STOCK,
	    "There is not enough stock" },
	/* Deleted for good since the look; the second try says so. */
	{ "order_items_variant", &E_INSUFFICIENT_STOCK,
	    "There is not enough stock" },
	{ "cart_items_variant_fkey", &E_INSUFFICIENT_STOCK,
	    "There is not enough stock" },
	{ "reviews_product_fkey", &E_NOT_FOUND, "There is no such product" },
	{ "payments_live_key", &E_ALREADY_PAID,
	    "The order is paid, or a payment is under way" },
	{ "payments_refunded_check", &E_REFUND_EXCEEDS_PAYMENT,
	    "More than is left of the payment" },
	{ "orders_status_transition", &E_INVALID_TRANSITION,
	    "The order's status does not allow this" },
	/* Not within reach of a request. */
	{ "addresses_default_key", NULL, NULL },
	{ "addresses_user_fkey", NULL, NULL },
	{ "cart_items_cart_fkey", NULL, NULL },
	{ "cart_items_quantity_check", NULL, NULL },
	{ "cart_items_variant_key", NULL, NULL },
	{ "carts_user_fkey", NULL, NULL },
	{ "carts_user_key", NULL, NULL },
	{ "categories_name_check", NULL, NULL },
	{ "idempotency_keys_key_check", NULL, NULL },
	{ "inventory_movements_fits_check", NULL, NULL },
	{ "inventory_reserved_check", NULL, NULL },
	{ "inventory_variant_fkey", NULL, NULL },
	{ "login_attempts_failures_check", NULL, NULL },
	{ "one_time_tokens_purpose_check", NULL, NULL },
	{ "one_time_tokens_user_fkey", NULL, NULL },
	{ "order_events_first_check", NULL, NULL },
	{ "order_events_order_fkey", NULL, NULL },
	{ "order_events_transition_fkey", NULL, NULL },
	{ "order_items_order_fkey", NULL, NULL },
	{ "order_items_price_check", NULL, NULL },
	{ "order_items_quantity_check", NULL, NULL },
	{ "order_items_subtotal_check", NULL, NULL },
	{ "orders_currency_check", NULL, NULL },
	{ "orders_discount_check", NULL, NULL },
	{ "orders_fit_check", NULL, NULL },
	{ "orders_note_check", NULL, NULL },
	{ "orders_paid_check", NULL, NULL },
	{ "orders_payment_status_check", NULL, NULL },
	{ "orders_refunded_check", NULL, NULL },
	{ "orders_shipping_check", NULL, NULL },
	{ "orders_status_check", NULL, NULL },
	{ "orders_tax_check", NULL, NULL },
	{ "orders_total_check", NULL, NULL },
	{ "orders_user_fkey", NULL, NULL },
	{ "orders_uuid_key", NULL, NULL },
	{ "outbox_fit_check", NULL, NULL },
	{ "outbox_state_check", NULL, NULL },
	{ "outbox_webhook_check", NULL, NULL },
	{ "outbox_webhook_fkey", NULL, NULL },
	{ "payments_amount_check", NULL, NULL },
	{ "payments_order_fkey", NULL, NULL },
	{ "payments_provider_ref_key", NULL, NULL },
	{ "payments_refund_status_check", NULL, NULL },
	{ "payments_status_check", NULL, NULL },
	{ "payments_user_fkey", NULL, NULL },
	{ "payments_uuid_key", NULL, NULL },
	{ "product_variants_attributes_check", NULL, NULL },
	{ "product_variants_compare_check", NULL, NULL },
	{ "product_variants_default_key", NULL, NULL },
	{ "product_variants_price_check", NULL, NULL },
	{ "product_variants_product_fkey", NULL, NULL },
	{ "product_variants_sku_check", NULL, NULL },
	{ "product_variants_stay", NULL, NULL },
	{ "product_variants_title_check", NULL, NULL },
	{ "products_attributes_check", NULL, NULL },
	{ "products_description_check", NULL, NULL },
	{ "products_images_check", NULL, NULL },
	{ "products_rating_check", NULL, NULL },
	{ "products_sku_check", NULL, NULL },
	{ "products_status_check", NULL, NULL },
	{ "products_title_check", NULL, NULL },
	{ "provider_events_payment_fkey", NULL, NULL },
	{ "refunds_amount_check", NULL, NULL },
	{ "refunds_payment_fkey", NULL, NULL },
	{ "refunds_provider_ref_key", NULL, NULL },
	{ "refunds_reason_check", NULL, NULL },
	{ "refunds_status_check", NULL, NULL },
	{ "refunds_uuid_key", NULL, NULL },
	{ "reviews_comment_check", NULL, NULL },
	{ "reviews_rating_check", NULL, NULL },
	{ "reviews_title_check", NULL, NULL },
	{ "reviews_user_fkey", NULL, NULL },
	{ "sessions_user_fkey", NULL, NULL },
	{ "stock_alerts_variant_fkey", NULL, NULL },
	{ "users_email_check", NULL, NULL },
	{ "users_role_check", NULL, NULL },
	{ "users_username_check", NULL, NULL },
	{ "webhooks_description_check", NULL, NULL },
	{ "webhooks_events_check", NULL, NULL },
	{ "webhooks_rotation_check", NULL, NULL },
	{ "webhooks_url_check", NULL, NULL },
	{ NULL, NULL, NULL }
};

/* The one fault of input that the database judges. */
#define CYCLE "\"errors\":[{\"field\":\"parent_id\",\"code\":"	\
	"\"invalid_value\",\"detail\":"				\
	"\"must not be the category or one below it\"}]"

const struct constraint_row *
constraint_rows(void)
{
	return rows;
}

/* Which of many SKUs it was: "Key (sku)=(A-1) already exists.", in whatever
 * language. */
static const char *
name_sku(const struct pg_error *e, struct arena *mem, const char *detail)
{
	const char *from = e->detail != NULL ? strstr(e->detail, ")=(") : NULL;
	const char *to = from != NULL ? strrchr(from, ')') : NULL;

	if (from == to)
		return detail;
	from += 3;
	return arena_printf(mem, "%s: %.*s", detail, (int)(to - from), from);
}

const struct err_kind *
constraint_map(const struct pg_error *e, struct arena *mem,
    const char **detail_r, const char **members_r)
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
			if (r->kind == &E_SKU_TAKEN)
				*detail_r = name_sku(e, mem, r->detail);
			if (r->kind == &E_VALIDATION_FAILED)
				*members_r = CYCLE;
			return r->kind;
		}
	return NULL;
}
