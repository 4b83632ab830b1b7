/* SPDX-License-Identifier: MIT */
#include "app/account/erase.h"

#include "lib/tx.h"

#include "app/account/credential.h"
#include "app/sales/order.h"

STMT(erase_sql_cart, "DELETE FROM carts WHERE user_id = $1");
STMT(erase_sql_lock,
    "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE");
STMT(erase_sql_reviews,
    "UPDATE reviews SET user_id = NULL WHERE user_id = $1");
STMT(erase_sql_addresses, "DELETE FROM addresses WHERE user_id = $1");
/* Two indexes: of open sessions, and of those that have ended. */
STMT(erase_sql_sessions, "DELETE FROM sessions WHERE user_id = $1"
    " AND (revoked_at IS NULL OR revoked_at IS NOT NULL)");
STMT(erase_sql_tokens, "DELETE FROM one_time_tokens WHERE user_id = $1");
STMT(erase_sql_answers, "DELETE FROM idempotency_keys WHERE user_id = $1");
/* Given to nobody, who opened the account, or to an admin who acted. */
STMT(erase_sql_answers_about,
    "DELETE FROM idempotency_keys WHERE (location LIKE '/api/v1/users/%'"
    "  OR location LIKE '/api/v1/addresses/%')"
    " AND location = ANY (ARRAY(SELECT '/api/v1/users/' || $1::bigint"
    "  UNION ALL SELECT '/api/v1/addresses/' || id FROM addresses"
    "  WHERE user_id = $1))");
STMT(erase_sql_mail,
    "UPDATE outbox SET payload = '{}', state = 'done',"
    " done_at = coalesce(done_at, now())"
    " WHERE user_id = $1 AND topic LIKE 'user.%'");
/* Without an '@', so that nobody can have registered it. */
STMT(erase_sql_user,
    "UPDATE users SET email = 'erased-' || id,"
    " username = NULL, first_name = NULL, last_name = NULL, phone = NULL,"
    " password_hash = '*', role = 'customer', is_active = false,"
    " email_verified = false, erased_at = now()"
    " WHERE id = $1 AND erased_at IS NULL RETURNING id");

static const struct stmt *const parts[] = {
	&erase_sql_reviews, &erase_sql_answers, &erase_sql_answers_about,
	&erase_sql_addresses, &erase_sql_sessions, &erase_sql_tokens,
	&erase_sql_mail,
};

int
user_erase(struct tx *tx, int64_t id)
{
	struct rows rs;

	tx_queue(tx, &erase_sql_cart, pg_i64(id));
	if (order_cancel_all(tx, id, "account erased") == -1)
		return -1;
	/* The counters go by the names that are about to go; a login takes
	 * the user's row before them, too. */
	tx_queue(tx, &erase_sql_lock, pg_i64(id));
	attempt_forget_address(tx, id);
	if (tx_one(tx, &rs, &erase_sql_user, pg_i64(id)) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		tx_queue(tx, parts[i], pg_i64(id));
	return 0;
}
