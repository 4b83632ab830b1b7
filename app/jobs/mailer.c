/* SPDX-License-Identifier: MIT */
#include "app/jobs/work.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mime.h"
#include "lib/smtp.h"
#include "lib/spool.h"
#include "lib/tx.h"

#include "app/config.h"
#include "app/jobs/letter.h"
#include "app/jobs/queue.h"
#include "app/sales/order_columns.h"

/*
 * Mail: each row of the outbox is one letter to one person. A server that
 * defers a letter gets it again after 1, 2, 4... minutes, at most 6 hours,
 * 12 times in all; one that is away is tried every half minute, with
 * another letter each time, and that counts as no try. A letter that is not
 * taken again while others are is taken for deferred: it holds up nobody.
 */

#define SMTP_MS		30000
#define FIRST_S		60
#define MOST_S		(6 * 3600)
#define MAX_ATTEMPTS	12
#define FILES		100	/* of one turn, without a server */
#define MAX_SKIPPED	100

STMT(mailer_sql_claim,
    "WITH c AS MATERIALIZED (SELECT id, run_at FROM outbox"
    "  WHERE kind = 'mail' AND state = 'queued' AND run_at <= now()"
    "  ORDER BY run_at, id LIMIT $1 OFFSET $2 FOR UPDATE SKIP LOCKED),"
    " q AS (UPDATE outbox q SET attempts = attempts + 1,"
    "  locked_until = now() + interval '60 s',"
    "  run_at = now() + interval '60 s' FROM c WHERE q.id = c.id"
    "  AND q.kind = 'mail'"
    "  RETURNING q.id, q.uuid, q.topic, q.order_id, q.user_id, q.payload,"
    "  q.attempts, q.created_at, q.last_error, c.run_at AS was_due)"
    " SELECT q.id, q.uuid, q.topic, q.payload::text AS payload, q.attempts,"
    "  q.was_due::text AS was_due, q.last_error IS NOT NULL AS failed,"
    "  extract(epoch FROM q.created_at)::bigint AS at_s,"
    "  CASE WHEN u.erased_at IS NULL THEN coalesce(q.payload ->> 'email',"
    "   u.email) END AS address, u.first_name, " ORDER_NUMBER " AS number,"
    "  o.currency, o.discount_cents, o.shipping_cents, o.tax_cents,"
    "  o.total_cents, o.payment_status <> 'unpaid' OR EXISTS ("
    "   SELECT FROM payments p WHERE p.order_id = o.id"
    "   AND p.status = 'pending') AS paid, CASE WHEN o.status = 'pending' THEN"
    "   to_char(o.expires_at, 'YYYY-MM-DD HH24:MI \"UTC\"') END"
    "   AS expires_at,"
    "  (SELECT concat_ws(E'\\n', a.name, a.line1, a.line2,"
    "   nullif(concat_ws(' ', a.postal_code, a.city), ''), a.region,"
    "   a.country) FROM jsonb_to_record(o.shipping_address) a (name text,"
    "   line1 text, line2 text, postal_code text, city text, region text,"
    "   country text)) AS ship_to,"
    "  (SELECT json_agg(json_build_object('title', i.title, 'quantity',"
    "   i.quantity, 'subtotal_cents', i.subtotal_cents) ORDER BY i.id)"
    "   FROM order_items i WHERE i.order_id = o.id)::text AS items"
    " FROM q LEFT JOIN users u ON u.id = q.user_id"
    " LEFT JOIN orders o ON o.id = q.order_id ORDER BY q.id");

/* As it was before the claim: its place in the queue too. */
STMT(mailer_sql_give_back,
    "UPDATE outbox SET attempts = greatest(attempts - 1, 0),"
    " locked_until = NULL, run_at = $2::timestamptz,"
    " last_error = coalesce($3, last_error)"
    " WHERE id = $1 AND kind = 'mail' AND state = 'queued'");

static struct {
	enum { UNTRIED, WELL, AWAY } is;	/* and it has been said */
	int64_t skip;	/* so many mails, which it did not answer to */
} peer;

struct mailing {
	struct rows rows;
	int64_t limit, skip;
	int64_t *sent;		/* ids */
	size_t nsent;
	int row;		/* the one that was not sent */
	enum smtp_end end;
	const char *why;
};

static int
claim(struct tx *tx, void *arg)
{
	struct mailing *m = arg;

	return tx_rows(tx, &m->rows, &mailer_sql_claim, pg_i64(m->limit),
	    pg_i64(m->skip));
}

static int
give_back(struct tx *tx, void *arg)
{
	const struct mailing *m = arg;

	for (int row = m->row; row < m->rows.n; row++)
		tx_queue(tx, &mailer_sql_give_back,
		    pg_i64(rows_i64(&m->rows, row, "id")),
		    pg_text(rows_text(&m->rows, row, "was_due")),
		    pg_text(row == m->row ? m->why : NULL));
	return 0;
}

static int
finish(struct tx *tx, void *arg)
{
	const struct mailing *m = arg;

	queue_done(tx, "mail", m->sent, m->nsent, 0);
	return 0;
}

static int
postpone(struct tx *tx, void *arg)
{
	const struct mailing *m = arg;
	int64_t id = rows_i64(&m->rows, m->row, "id");
	int64_t attempts = rows_i64(&m->rows, m->row, "attempts");

	if (m->end == SMTP_REFUSED || attempts >= MAX_ATTEMPTS)
		queue_dead(tx, "mail", id, 0, m->why);
	else
		queue_again(tx, "mail", id, queue_backoff(attempts, FIRST_S,
		    MOST_S), 0, m->why);
	return 0;
}

/* What the end of one mail says of the server, and of the mail. */
static enum smtp_end
judge(enum smtp_end end, bool failed_before, const char *why)
{
	if (end == SMTP_AWAY && work_leaving())
		return end;
	if (end == SMTP_AWAY && peer.is == WELL && failed_before) {
		peer.is = UNTRIED;	/* the next one will tell */
		return SMTP_DEFERRED;
	}
	if (end == SMTP_AWAY && peer.is != AWAY)
		log_msg(LOG_WARN, "mail cannot be sent", LS("error", why),
		    NULL);
	else if (end != SMTP_AWAY && peer.is == AWAY)
		log_msg(LOG_INFO, "mail can be sent again", NULL);
	peer.is = end == SMTP_AWAY ? AWAY : WELL;
	peer.skip = end == SMTP_AWAY && peer.skip < MAX_SKIPPED ?
	    peer.skip + 1 : 0;
	return end;
}

static bool
to_server(void)
{
	return config.mail_url != NULL && *config.mail_url != '\0';
}

static enum smtp_end
hand_over(struct arena *mem, const struct mail *mail, int64_t id,
    const char *topic, const char **why_r)
{
	struct smtp_server server = { config.mail_url, config.mail_user,
	    config.mail_password, SMTP_MS, work_leaving };
	struct buf b;

	buf_init(&b, mem, 8192);
	mail_write(mail, &b);
	if (to_server())
		return smtp_send(&server, mail->from, mail->to, b.data, b.len,
		    why_r);
	return spool_write(config.mail_dir, arena_printf(mem, "%010lld-%s.eml",
	    (long long)id, topic), b.data, b.len, why_r) == 0 ? SMTP_SENT :
	    SMTP_AWAY;
}

static const char *
host_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "localhost";
}

/* One letter. Nobody to write to (an erased account) counts as sent. */
static enum smtp_end
send_one(struct arena *mem, const struct rows *rs, int row,
    const char **why_r)
{
	const char *payload = rows_text(rs, row, "payload"), *why;
	struct letter l = { .mem = mem, .row = rs, .at = row,
	    .topic = rows_text(rs, row, "topic"),
	    .payload = json_parse(payload, strlen(payload), mem, &why) };
	struct mail m = { .from_name = config.shop_name,
	    .from = config.mail_from, .to = rows_text(rs, row, "address"),
	    .date_s = rows_i64(rs, row, "at_s") };
	enum smtp_end end;

	if (m.to == NULL)
		return SMTP_SENT;
	*why_r = "the address cannot be used";
	if (!mail_address_ok(m.to))
		return SMTP_REFUSED;
	*why_r = "there is no such letter";
	if (l.payload == NULL || letter_write(&l) == -1)
		return SMTP_REFUSED;
	m.subject = l.subject;
	m.text = l.text.data;
	m.html = l.html.data;
	m.message_id = arena_printf(mem, "%s@%s", rows_text(rs, row, "uuid"),
	    host_of(config.mail_from));
	end = hand_over(mem, &m, rows_i64(rs, row, "id"), l.topic, why_r);
	return judge(end, rows_bool(rs, row, "failed"), *why_r);
}

static int
claim_some(struct job *j, struct mailing *m)
{
	m->skip = peer.skip;
	if (job_tx(j, claim, m) == -1)
		return -1;
	if (m->rows.n > 0 || m->skip == 0)
		return 0;
	m->skip = peer.skip = 0;
	return job_tx(j, claim, m);
}

static int
send_all(struct job *j, struct mailing *m)
{
	struct arena_mark mark = arena_mark(j->mem);

	/* Of long letters the memory has room for a few. */
	for (m->row = 0; m->row < m->rows.n; m->row++) {
		arena_rewind(j->mem, mark);
		m->end = send_one(j->mem, &m->rows, m->row, &m->why);
		if (m->end == SMTP_SENT)
			m->sent[m->nsent++] = rows_i64(&m->rows, m->row,
			    "id");
		else if (m->end == SMTP_AWAY)
			return job_tx(j, give_back, m);
		else if (job_tx(j, postpone, m) == -1)
			return -1;
	}
	return 0;
}

enum work_next
mailer_turn(struct job *j)
{
	struct mailing m = { .limit = to_server() ? 1 : FILES };

	if (claim_some(j, &m) == -1)
		return WORK_IDLE;
	m.sent = arena_array(j->mem, (size_t)m.rows.n + 1, sizeof(*m.sent));
	if (send_all(j, &m) == -1 ||
	    (m.nsent > 0 && job_tx(j, finish, &m) == -1))
		return WORK_IDLE;
	if (m.end == SMTP_AWAY)
		return WORK_PAUSE;
	if (m.rows.n < m.limit)
		return WORK_IDLE;
	return to_server() ? WORK_MORE : WORK_REST;
}
