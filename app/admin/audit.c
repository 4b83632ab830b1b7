/* SPDX-License-Identifier: MIT */
#include "app/admin/audit.h"

#include "app/shapes.h"

STMT(audit_insert,
    "INSERT INTO audit_log (actor_id, acting_for, action, target_type,"
    " target_id, before, after, ip, request_id)"
    " VALUES (nullif($1::bigint, 0), nullif($2::bigint, 0), $3, $4,"
    " nullif($5::bigint, 0), $6, $7, $8, $9)");

void
audit_put(struct tx *tx, const char *action, const char *target_type,
    int64_t target_id, const char *before, const char *after)
{
	tx_queue(tx, &audit_insert, pg_i64(tx->actor), pg_i64(tx->acting_for),
	    pg_text(action), pg_text(target_type), pg_i64(target_id),
	    pg_text(before), pg_text(after), pg_text(tx->ip),
	    pg_text(tx->request_id));
}

SHAPE(audit_entry, "id int", "at time", "actor_id int?", "acting_for int?",
    "action string", "target_type string?", "target_id int?",
    "before object?", "after object?", "ip string?", "request_id string?");

#define OPTIONAL_ONES							\
	" AND ($1::bigint = 0 OR actor_id = $1)"			\
	" AND ($2::bigint = 0 OR target_id = $2)"			\
	" AND ($3::text IS NULL OR action = $3)"			\
	" AND ($4::text IS NULL OR target_type = $4)"

/* For each index that can lead a list and its count; the other filters are
 * checked on the way. */
#define LED(tag, lead)							\
	STMT(audit_sql_list_##tag, "SELECT id, at, actor_id, acting_for," \
	    "  action, target_type, target_id, before, after, ip,"	\
	    "  request_id FROM audit_log WHERE " lead OPTIONAL_ONES	\
	    " AND id > $5 ORDER BY id LIMIT $6::bigint + 1");		\
	STMT(audit_sql_count_##tag, "SELECT count(*) AS total"		\
	    " FROM audit_log WHERE " lead OPTIONAL_ONES);		\
	static const struct led by_##tag = { &audit_sql_list_##tag,	\
	    &audit_sql_count_##tag }

struct led { const struct stmt *list, *count; };
LED(target, "target_type = $4 AND target_id = $2");
LED(actor, "actor_id = $1");
LED(all, "true");

static const struct led *
leading(const struct audit_filter *f)
{
	if (f->target_id != 0 && f->target_type != NULL)
		return &by_target;
	return f->actor_id != 0 ? &by_actor : &by_all;
}

#define FILTER(f) pg_i64((f)->actor_id), pg_i64((f)->target_id),	\
	pg_text((f)->action), pg_text((f)->target_type)

int
audit_list(struct tx *tx, const struct audit_filter *f, int64_t after,
    int64_t limit, struct rows *rs, struct rows *total)
{
	const struct led *by = leading(f);

	if (total != NULL)
		tx_send(tx, total, by->count, FILTER(f));
	return tx_rows(tx, rs, by->list, FILTER(f), pg_i64(after),
	    pg_i64(limit));
}
