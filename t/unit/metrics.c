/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/http.h"
#include "lib/log.h"
#include "lib/metrics.h"

static struct arena *mem;
static struct buf out;

static const char *
name(size_t i)
{
	return i == 0 ? "/a\"b" : "/orders/{id}";
}

static void
setup(void)
{
	mem = arena_new(1 << 20);
	buf_init(&out, mem, 0);
	metrics_init(2);
}

static void
teardown(void)
{
	arena_free(mem);
}

static void
render(void)
{
	buf_clear(&out);
	metrics_render(&out, name, 2);
}

#define has(line) \
	ck_assert_msg(strstr(out.data, line "\n") != NULL, "%s", out.data)
#define has_not(text) ck_assert_ptr_null(strstr(out.data, text))

START_TEST(counts_by_route_method_and_status)
{
	metrics_request(1, GET, 200, 900, 2, 1);
	metrics_request(1, GET, 200, 1000, 2, 1);
	metrics_request(1, GET, 404, 1001, 1, 1);
	metrics_request(1, HEAD, 200, 1, 1, 1);
	metrics_request(0, POST, 418, 6000000, 5, 3);
	metrics_request(METRICS_NO_ROUTE, 0, 400, 10, 0, 0);
	metrics_request(77, OPTIONS, 204, 10, 0, 0);
	metrics_db_error();
	render();
	has("shopd_http_requests_total{route=\"/orders/{id}\",method=\"GET\","
	    "status=\"200\"} 2");
	has("shopd_http_requests_total{route=\"/orders/{id}\",method=\"GET\","
	    "status=\"404\"} 1");
	has("shopd_http_requests_total{route=\"/orders/{id}\","
	    "method=\"HEAD\",status=\"200\"} 1");
	has("shopd_http_requests_total{route=\"/a\\\"b\",method=\"POST\","
	    "status=\"other\"} 1");
	has("shopd_http_requests_total{route=\"\",method=\"other\","
	    "status=\"400\"} 1");
	has("shopd_http_requests_total{route=\"\",method=\"OPTIONS\","
	    "status=\"204\"} 1");
	has("shopd_db_statements_total 11");
	has("shopd_db_retries_total 2");
	has("shopd_db_errors_total 1");
	has_not("PATCH");
	has_not("status=\"500\"");
}
END_TEST

START_TEST(lines_that_the_log_did_not_take)
{
	int saved = dup(STDERR_FILENO);

	close(STDERR_FILENO);
	log_msg(LOG_ERROR, "lost", NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	metrics_request(0, GET, 200, 10, 0, 1);
	metrics_request(0, GET, 200, 10, 0, 1);
	render();
	has("shopd_log_lines_dropped_total 1");
}
END_TEST

START_TEST(histograms_add_up)
{
	metrics_request(1, GET, 200, 1000, 0, 1);
	metrics_request(1, GET, 200, 1001, 0, 1);
	metrics_request(1, GET, 500, 7000000, 0, 1);
	render();
	has("shopd_http_request_duration_seconds_bucket"
	    "{route=\"/orders/{id}\",method=\"GET\",le=\"0.001\"} 1");
	has("shopd_http_request_duration_seconds_bucket"
	    "{route=\"/orders/{id}\",method=\"GET\",le=\"0.0025\"} 2");
	has("shopd_http_request_duration_seconds_bucket"
	    "{route=\"/orders/{id}\",method=\"GET\",le=\"5\"} 2");
	has("shopd_http_request_duration_seconds_bucket"
	    "{route=\"/orders/{id}\",method=\"GET\",le=\"+Inf\"} 3");
	has("shopd_http_request_duration_seconds_sum"
	    "{route=\"/orders/{id}\",method=\"GET\"} 7.002001");
	has("shopd_http_request_duration_seconds_count"
	    "{route=\"/orders/{id}\",method=\"GET\"} 3");
}
END_TEST

START_TEST(shared_by_processes)
{
	int i, k, status;

	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			for (k = 0; k < 10000; k++)
				metrics_request(0, PUT, 200, 1, 1, 1);
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	render();
	has("shopd_http_requests_total{route=\"/a\\\"b\",method=\"PUT\","
	    "status=\"200\"} 40000");
	has("shopd_db_statements_total 40000");
}
END_TEST

START_TEST(families_are_named_once)
{
	const char *p = out.data;
	int n = 0;

	metrics_request(0, GET, 200, 1, 1, 1);
	metrics_request(1, GET, 200, 1, 1, 1);
	render();
	for (p = out.data; (p = strstr(p, "# TYPE ")) != NULL; p++)
		n++;
	ck_assert_int_eq(n, 7);
	ck_assert_int_eq(out.data[out.len - 1], '\n');
	ck_assert_int_ge(metrics_uptime(), 0);
}
END_TEST

SUITE(metrics)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_by_route_method_and_status);
	tcase_add_test(tc, lines_that_the_log_did_not_take);
	tcase_add_test(tc, histograms_add_up);
	tcase_add_test(tc, shared_by_processes);
	tcase_add_test(tc, families_are_named_once);
}
