/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"

#include "app/config.h"
#include "app/jobs/work.h"

#include "t/help/call.h"
#include "t/help/db.h"

/* Turns of the jobs, one after the other in this process. */

static struct err err;
static struct job job;
static int listener, port;

/* A port of which no connection is accepted. */
static void
setup(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	job = (struct job){ .pg = db_pg(), .mem = arena_new(1 << 24),
	    .err = &err, .role = "test" };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	getsockname(listener, (struct sockaddr *)&a, &len);
	port = ntohs(a.sin_port);
	db_exec("UPDATE outbox SET state = 'done', done_at = now()"
	    " WHERE state = 'queued'");
}

static void
teardown(void)
{
	close(listener);
	arena_free(job.mem);
}

/* ---- mail ----------------------------------------------------------- */

START_TEST(no_server_is_no_try)
{
	struct persona p = persona_new(false);
	int64_t id = db_i64("INSERT INTO outbox (kind, topic, user_id,"
	    " created_at) VALUES ('mail', 'user.registered', %lld, now() -"
	    " interval '4 days') RETURNING id", (long long)p.id);

	config.mail_url = pathf("smtp://127.0.0.1:%d", port);
	for (int i = 0; i < 15; i++) {
		db_exec("UPDATE outbox SET run_at = now() WHERE id = %lld",
		    (long long)id);
		mailer_turn(&job);
	}
	ck_assert_str_eq(db_text("SELECT state || ' ' || attempts || ' ' ||"
	    " (run_at BETWEEN now() + interval '20 s' AND now() +"
	    " interval '40 s') || ' ' || (last_error IS NOT NULL) FROM outbox"
	    " WHERE id = %lld", (long long)id), "queued 0 true true");
}
END_TEST

SUITE(jobs)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_server_is_no_try);
}
