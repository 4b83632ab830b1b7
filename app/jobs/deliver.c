/* SPDX-License-Identifier: MIT */
#include "app/jobs/work.h"

#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/base64.h"
#include "lib/buf.h"
#include "lib/http_client.h"
#include "lib/token.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/config.h"
#include "app/jobs/outbox.h"
#include "app/jobs/queue.h"

/*
 * Webhooks to others, after Standard Webhooks 1.0: at least once, signed,
 * each order's events in their order. Deliveries run side by side, a few of
 * one endpoint at a time, so that one that hangs delays nobody else's.
 */

#define SLOTS		64
#define PER_ENDPOINT	4
#define LOOK_AT		100	/* rows of one endpoint in one look */
#define LOOK_EVERY_MS	500
#define TICK_MS		100
#define CONNECT_MS	3000
#define TOTAL_MS	10000
#define MAX_ANSWER	((size_t)64 << 10)
#define SLOT_MEMORY	((size_t)8 << 20)

/* Pauses after the 1st, 2nd... failure; the next one is the last. */
static const int64_t pauses_s[] = {
	5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600,
	20 * 3600, 24 * 3600
};
#define NPAUSES ((int64_t)(sizeof(pauses_s) / sizeof(pauses_s[0])))

struct slot {
	struct arena *mem;
	bool busy;
	struct http_call call;
	int64_t id, webhook_id, attempts;
};

static struct slot slots[SLOTS];
static struct http_many *many;

/* ---- claiming ------------------------------------------------------- */

/* Rows of an endpoint that are due, the first $2 of them. */
#define DUE								\
	"(SELECT id, webhook_id, order_id, run_at FROM outbox"		\
	" WHERE kind = 'webhook' AND state = 'queued'"			\
	" AND webhook_id = w.id AND run_at <= now()"			\
	" ORDER BY run_at, id LIMIT $2)"
/* Earlier ones of the same order there, which have to be delivered first. */
#define AHEAD								\
	" FROM outbox p WHERE p.kind = 'webhook' AND p.state = 'queued'" \
	" AND p.webhook_id = q.webhook_id AND p.order_id = q.order_id"	\
	" AND p.id < q.id"
/* On, and not busy. */
#define READY "w.is_active AND w.id <> ALL ($1::bigint[])"

/* Who has to wait for another is due with it, or after its lease, so that
 * no look goes through all who wait. */
STMT(deliver_sql_wait,
    "UPDATE outbox b SET run_at = greatest(c.run_at,"
    "  now() + interval '30 s') FROM (SELECT q.id, p.run_at FROM webhooks w"
    "  CROSS JOIN LATERAL " DUE " q CROSS JOIN LATERAL (SELECT p.run_at"
    AHEAD " ORDER BY p.id LIMIT 1) p WHERE " READY ") c"
    " WHERE b.id = c.id AND b.kind = 'webhook' AND b.state = 'queued'"
    " AND b.run_at <= now()");

STMT(deliver_sql_claim,
    "WITH c AS MATERIALIZED (SELECT id FROM outbox WHERE kind = 'webhook'"
    "  AND state = 'queued' AND run_at <= now() AND id = ANY (ARRAY("
    "   SELECT d.id FROM webhooks w CROSS JOIN LATERAL ("
    "    SELECT q.id FROM " DUE " q WHERE NOT EXISTS (SELECT" AHEAD ")"
    "    ORDER BY q.run_at, q.id LIMIT $3) d"
    "   WHERE " READY " LIMIT $4)) FOR UPDATE SKIP LOCKED),"
    " q AS (UPDATE outbox q SET attempts = attempts + 1,"
    "  locked_until = now() + interval '30 s',"
    "  run_at = now() + interval '30 s' FROM c WHERE q.id = c.id"
    "  AND q.kind = 'webhook'"
    "  RETURNING q.id, q.uuid, q.payload, q.attempts, q.webhook_id)"
    " SELECT q.id, q.uuid, q.payload::text AS body, q.attempts,"
    "  q.webhook_id, w.url, w.secret, CASE WHEN w.old_secret_until > now()"
    "  THEN w.old_secret END AS old_secret"
    " FROM q JOIN webhooks w ON w.id = q.webhook_id ORDER BY q.id");

struct claiming { struct rows waiting, rows; int64_t room; };

static int
claim(struct tx *tx, void *arg)
{
	struct claiming *c = arg;
	int64_t busy[SLOTS];
	size_t n = 0, same;

	for (size_t i = 0; i < SLOTS; i++) {
		same = 0;
		for (size_t k = 0; slots[i].busy && k < SLOTS; k++)
			same += slots[k].busy &&
			    slots[k].webhook_id == slots[i].webhook_id;
		if (same >= PER_ENDPOINT)
			busy[n++] = slots[i].webhook_id;
	}
	tx_send(tx, &c->waiting, &deliver_sql_wait,
	    pg_i64s(tx->mem, busy, n), pg_i64(LOOK_AT));
	return tx_rows(tx, &c->rows, &deliver_sql_claim,
	    pg_i64s(tx->mem, busy, n), pg_i64(LOOK_AT),
	    pg_i64(PER_ENDPOINT), pg_i64(c->room));
}

/* ---- sending -------------------------------------------------------- */

static void
sign(struct buf *out, const char *secret, const struct buf *text)
{
	unsigned char mac[32];
	size_t len;
	void *key;

	if (secret == NULL || strncmp(secret, "whsec_", 6) != 0 ||
	    (key = base64_decode(out->mem, secret + 6, &len)) == NULL)
		return;
	hmac_sha256(key, len, text->data, text->len, mac);
	buf_str(out, out->data[out->len - 1] == ' ' ? "v1," : " v1,");
	base64_encode(out, mac, sizeof(mac));
}

static const char **
headers_of(struct slot *s, const struct rows *rs, int row)
{
	const char **h = arena_array(s->mem, 5, sizeof(*h));
	const char *id = arena_printf(s->mem, "msg_%s",
	    rows_text(rs, row, "uuid"));
	long long now = (long long)time(NULL);
	struct buf text, sig;

	buf_init(&text, s->mem, s->call.body_len + 128);
	buf_printf(&text, "%s.%lld.", id, now);
	buf_add(&text, s->call.body, s->call.body_len);
	buf_init(&sig, s->mem, 256);
	buf_str(&sig, "webhook-signature: ");
	sign(&sig, rows_text(rs, row, "secret"), &text);
	sign(&sig, rows_text(rs, row, "old_secret"), &text);
	h[0] = "Content-Type: application/json";
	h[1] = arena_printf(s->mem, "webhook-id: %s", id);
	h[2] = arena_printf(s->mem, "webhook-timestamp: %lld", now);
	h[3] = sig.data;
	return h;
}

static struct slot *
free_slot(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (!slots[i].busy)
			return &slots[i];
	return NULL;
}

static void
send_row(const struct rows *rs, int row)
{
	struct slot *s = free_slot();

	if (s == NULL)	/* its lease runs out, and it is taken up again */
		return;
	if (s->mem == NULL)
		s->mem = arena_new(SLOT_MEMORY);
	arena_reset(s->mem);
	s->busy = true;
	s->id = rows_i64(rs, row, "id");
	s->webhook_id = rows_i64(rs, row, "webhook_id");
	s->attempts = rows_i64(rs, row, "attempts");
	s->call = (struct http_call){
		.mem = s->mem, .method = "POST",
		.url = arena_strdup(s->mem, rows_text(rs, row, "url")),
		.body = arena_strdup(s->mem, rows_text(rs, row, "body")),
		.connect_ms = CONNECT_MS, .total_ms = TOTAL_MS,
		.max_answer = MAX_ANSWER,
		.guarded = !config.webhook_insecure, .of = s,
	};
	s->call.body_len = strlen(s->call.body);
	s->call.headers = headers_of(s, rs, row);
	http_many_start(many, &s->call);
}

/* ---- recording ------------------------------------------------------ */

STMT(deliver_sql_well,
    "UPDATE webhooks SET failing_since = NULL"
    " WHERE id = $1 AND failing_since IS NOT NULL");
STMT(deliver_sql_failing,
    "UPDATE webhooks SET failing_since = now()"
    " WHERE id = $1 AND failing_since IS NULL");

/* Whoever waited for this one, which has ended. */
STMT(deliver_sql_next,
    "UPDATE outbox SET run_at = now() WHERE kind = 'webhook' AND id = ("
    " SELECT q.id FROM outbox d JOIN outbox q ON q.kind = 'webhook'"
    "  AND q.webhook_id = d.webhook_id AND q.order_id = d.order_id"
    "  AND q.state = 'queued' WHERE d.kind = 'webhook' AND d.id = $1"
    " ORDER BY q.id LIMIT 1)");

/* Three days without one success, or the endpoint says it is gone. */
STMT(deliver_sql_disable,
    "UPDATE webhooks SET is_active = false, disabled_reason = $3"
    " WHERE id = $1 AND is_active"
    " AND ($2 OR failing_since < now() - interval '3 days')"
    " RETURNING json_build_object('webhook_id', id, 'url', url,"
    " 'reason', $3::text)::text AS payload");

static int
record_failure(struct tx *tx, struct slot *s, const char *why)
{
	bool gone = s->call.status == 410;
	int64_t pause;
	struct rows rs;

	if (gone || s->attempts > NPAUSES) {
		queue_dead(tx, "webhook", s->id, s->call.status, why);
		tx_queue(tx, &deliver_sql_next, pg_i64(s->id));
	} else {
		pause = pauses_s[s->attempts - 1];
		if (pause < s->call.retry_after)
			pause = s->call.retry_after;
		queue_again(tx, "webhook", s->id, pause, s->call.status,
		    why);
	}
	tx_queue(tx, &deliver_sql_failing, pg_i64(s->webhook_id));
	if (tx_rows(tx, &rs, &deliver_sql_disable, pg_i64(s->webhook_id),
	    pg_bool(gone), pg_text(gone ? "the endpoint is gone (410)" :
	    arena_printf(tx->mem, "3 days without success, last: %s",
	    why))) == -1)
		return -1;
	if (rs.n == 1)
		outbox_event(tx, "webhook.disabled", 0, 0,
		    rows_text(&rs, 0, "payload"));
	return 0;
}

static int
record(struct tx *tx, void *arg)
{
	struct slot *s = arg;
	int status = s->call.status;

	if (status >= 200 && status < 300) {
		queue_done(tx, "webhook", &s->id, 1, status);
		tx_queue(tx, &deliver_sql_next, pg_i64(s->id));
		tx_queue(tx, &deliver_sql_well, pg_i64(s->webhook_id));
		return 0;
	}
	return record_failure(tx, s, status == 0 ? s->call.why :
	    arena_printf(tx->mem, "HTTP %d", status));
}

static bool
collect(struct job *j, int ms)
{
	struct http_call *c = http_many_next(many, ms);
	struct slot *s;

	if (c == NULL)
		return false;
	s = c->of;
	job_tx(j, record, s);	/* failed: the lease runs out */
	s->busy = false;
	return true;
}

static int64_t
count_free(void)
{
	int64_t n = 0;

	for (size_t i = 0; i < SLOTS; i++)
		n += !slots[i].busy;
	return n;
}

enum work_next
deliver_turn(struct job *j)
{
	static int64_t look_due_ms;
	struct claiming c = { .room = count_free() };
	bool some = false, more = false;

	if (many == NULL)
		many = http_many_new();
	if (c.room < SLOTS)
		some = collect(j, TICK_MS);
	c.room = count_free();
	if (c.room > 0 && (some || c.room == SLOTS ||
	    now_ms() >= look_due_ms)) {
		if (job_tx(j, claim, &c) == -1)
			return WORK_IDLE;
		/* So many wait that what can go may be behind them. */
		more = c.waiting.affected >= LOOK_AT;
		look_due_ms = now_ms() + (more ? 0 : LOOK_EVERY_MS);
		for (int i = 0; i < c.rows.n; i++)
			send_row(&c.rows, i);
	}
	return more || count_free() < SLOTS ? WORK_MORE : WORK_IDLE;
}
