/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

static int saved, ends[2];
static char line[8192];

/* The log goes to fd 2: put a pipe there. */
static void
setup(void)
{
	saved = dup(STDERR_FILENO);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	log_init("test", LOG_INFO);
}

static void
teardown(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
}

static const char *
logged(void)
{
	ssize_t n = read(ends[0], line, sizeof(line) - 1);

	ck_assert_int_gt(n, 0);
	line[n] = '\0';
	ck_assert_int_eq(line[n - 1], '\n');
	ck_assert_ptr_eq(strchr(line, '\n'), &line[n - 1]);
	return line;
}

START_TEST(one_object_a_line)
{
	log_msg(LOG_WARN, "worker \"ended\"\n", LS("why", "a\nb\x1b[2J"),
	    LI("n", -5), LF("ms", 1234), LF("neg", -7), LS("none", NULL),
	    NULL);
	logged();
	ck_assert_int_eq(strncmp(line, "{\"ts\":\"20", 9), 0);
	ck_assert_str_eq(strchr(line, 'Z'), "Z\",\"level\":\"warn\","
	    "\"service\":\"test\",\"msg\":\"worker \\\"ended\\\"\\n\","
	    "\"why\":\"a\\nb\\u001b[2J\",\"n\":-5,\"ms\":1.234,"
	    "\"neg\":-0.007,\"none\":null}\n");
}
END_TEST

START_TEST(below_the_level_nothing)
{
	log_msg(LOG_DEBUG, "no", NULL);
	log_msg(LOG_INFO, "yes", NULL);
	ck_assert_ptr_nonnull(strstr(logged(), "\"msg\":\"yes\""));
}
END_TEST

START_TEST(the_journal_knows_priorities)
{
	struct stat st;
	char stream[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init("test", LOG_DEBUG);
	log_msg(LOG_ERROR, "bad", NULL);
	ck_assert_int_eq(strncmp(logged(), "<3>{\"ts\":", 9), 0);
	log_msg(LOG_INFO, "good", NULL);
	ck_assert_int_eq(strncmp(logged(), "<6>{\"ts\":", 9), 0);
	setenv("JOURNAL_STREAM", "1:2", 1);	/* as a service's child has */
	log_init("test", LOG_DEBUG);
	log_msg(LOG_ERROR, "bad", NULL);
	ck_assert_int_eq(*logged(), '{');
	unsetenv("JOURNAL_STREAM");
}
END_TEST

START_TEST(too_long_is_left_out)
{
	static char big[6000];

	memset(big, 'x', sizeof(big) - 1);
	log_msg(LOG_INFO, "m", LS("big", big), LI("n", 1), NULL);
	ck_assert_ptr_nonnull(strstr(logged(), "\"msg\":\"m\",\"n\":1}\n"));
	big[3000] = '\0';
	log_msg(LOG_INFO, "m", LS("a", big), LS("b", big), NULL);
	logged();
	ck_assert_uint_le(strlen(line), 4096);
	ck_assert_ptr_null(strstr(line, "\"b\":"));
	ck_assert_str_eq(line + strlen(line) - 4, "x\"}\n");
}
END_TEST

START_TEST(a_stopped_reader_never_blocks)
{
	uint64_t before = log_dropped();
	int i;

	for (i = 0; i < 5000; i++)
		log_msg(LOG_INFO, "filling up", NULL);
	ck_assert_uint_gt(log_dropped(), before);
}
END_TEST

SUITE(log)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_object_a_line);
	tcase_add_test(tc, below_the_level_nothing);
	tcase_add_test(tc, the_journal_knows_priorities);
	tcase_add_test(tc, too_long_is_left_out);
	tcase_add_test(tc, a_stopped_reader_never_blocks);
}
