/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/password.h"
#include "lib/random.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/account/password_rule.h"
#include "app/account/user.h"
#include "app/command.h"
#include "app/config.h"

#define PATIENCE_MS	10000
#define PAGE		100
#define GENERATED_BYTES	12

/* What one run of the command works with. */
struct job {
	struct arena *mem;
	struct pg *pg;
	struct err err;
	struct tx tx;
};

static void
open_tx(struct job *j, enum tx_mode mode)
{
	err_init(&j->err, j->mem);
	tx_begin(&j->tx, j->pg, mode, j->mem, &j->err,
	    now_ms() + PATIENCE_MS);
	j->tx.admin = true;
}

static void
start(struct job *j, enum tx_mode mode)
{
	*j = (struct job){ .mem = arena_new((size_t)64 << 20),
	    .pg = pg_new(config.database_url) };
	open_tx(j, mode);
}

/* Why it failed, in words, of a fault those of the database; 1. */
static int
complain(struct job *j)
{
	const struct err *e = &j->err;
	bool fault = e->kind->status >= 500 && e->internal != NULL;

	for (const struct err_item *i = e->items; i != NULL; i = i->next)
		die("%s %s", i->field, i->detail);
	if (e->items == NULL)
		die("%s", fault ? e->internal : e->detail != NULL ?
		    e->detail : e->kind->title);
	return 1;
}

static void
finish(struct job *j)
{
	pg_free(j->pg);
	arena_free(j->mem);
}

/* One line from the standard input, without echo if it is a terminal; false
 * if there is none or it is empty. */
static bool
read_line(const char *prompt, char *line, size_t size)
{
	struct termios was, quiet;
	bool tty = tcgetattr(STDIN_FILENO, &was) == 0, got;

	if (tty) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		fputs(prompt, stderr);
	}
	got = fgets(line, (int)size, stdin) != NULL;
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
	if (got)
		line[strcspn(line, "\r\n")] = '\0';
	return got && *line != '\0';
}

/* The same rules as for a registration. */
static int
check(struct job *j, const char *email, const char *password)
{
	size_t n;

	if (!kind_email.check(email, strlen(email)))
		err_add(&j->err, "EMAIL", "invalid_format", "%s",
		    kind_email.message);
	if (!utf8_valid(password, strlen(password)))
		err_add(&j->err, "the password", "invalid_format",
		    "must be UTF-8");
	else if ((n = utf8_chars(password)) < PASSWORD_MIN ||
	    n > PASSWORD_MAX)
		err_add(&j->err, "the password", "out_of_range",
		    "must have 8 to 128 characters");
	if (password_common(password, strlen(password)))
		err_add(&j->err, "the password", "invalid_format", "%s",
		    kind_password.message);
	password_not_own(&j->err, "the password", password, email, NULL);
	return faults(&j->tx);
}

static int
add(struct job *j, const char *email, bool admin, const char *password)
{
	const struct user_new u = { .email = email, .admin = admin };
	const char *hash;
	struct rows rs;

	if (check(j, email, password) == -1)
		return -1;
	password_init((int)config.password_cost);
	if ((hash = password_hash(password, j->mem)) == NULL)
		return fail(&j->tx, E_INTERNAL,
		    "the password cannot be hashed");
	if (user_create(&j->tx, &u, hash, &rs) == -1 ||
	    tx_commit(&j->tx) == -1)
		return -1;
	printf("%lld\t%s\t%s\n", (long long)rows_i64(&rs, 0, "id"),
	    rows_text(&rs, 0, "email"), rows_text(&rs, 0, "role"));
	return 0;
}

static int
user_add(int argc, char **argv)
{
	bool admin = argc == 2 && strcmp(argv[0], "--admin") == 0;
	const char *email = argv[argc - 1], *password;
	char line[1024];
	bool typed = read_line("Password (empty: one is made): ", line,
	    sizeof(line));
	struct job j;
	int rc = 0;

	start(&j, TX_WRITE);
	password = typed ? line : random_hex(GENERATED_BYTES, j.mem);
	if (add(&j, email, admin, password) == -1)
		rc = complain(&j);
	else if (!typed)
		printf("password: %s\n", password);
	explicit_bzero(line, sizeof(line));
	finish(&j);
	return rc;
}

static int
user_print_all(void)
{
	const struct user_filter all = { NULL, NULL, { false, false, false } };
	struct job j;
	struct rows rs;
	int rc = 0;

	start(&j, TX_READ);
	for (int64_t after = 0; ; arena_reset(j.mem)) {
		open_tx(&j, TX_READ);
		if (user_list(&j.tx, &all, after, PAGE, &rs) == -1) {
			rc = complain(&j);
			break;
		}
		for (int i = 0; i < rs.n && i < PAGE; i++) {
			after = rows_i64(&rs, i, "id");
			printf("%lld\t%s\t%s\t%s\n", (long long)after,
			    rows_text(&rs, i, "email"),
			    rows_text(&rs, i, "role"),
			    rows_bool(&rs, i, "is_active") ? "active" :
			    "disabled");
		}
		if (rs.n <= PAGE)
			break;
	}
	finish(&j);
	return rc;
}

int
cmd_user(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return user_print_all();
	if ((argc == 3 || (argc == 4 && strcmp(argv[2], "--admin") == 0)) &&
	    strcmp(argv[1], "add") == 0 && argv[argc - 1][0] != '-')
		return user_add(argc - 2, argv + 2);
	die("usage: shopd user add [--admin] EMAIL | shopd user list");
	return 2;
}
