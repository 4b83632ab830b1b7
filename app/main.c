/* SPDX-License-Identifier: MIT */
#include "app/command.h"

#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/errors.h"

#include "lib/pg.h"

static const struct {
	const char *name;
	command *run;
	const char *args, *help;
} commands[] = {
	{ "serve", cmd_serve, "[--listen unix:PATH] [--workers N]"
	    " [--listen-writes unix:PATH] [--write-workers N]"
	    " [--listen-auth unix:PATH] [--auth-workers N]"
	    " [--listen-pay unix:PATH] [--pay-workers N]",
	    "the prefork master and its workers" },
	{ "work", cmd_work, "", "the jobs: mail, webhooks, expiry, pruning" },
	{ "migrate", cmd_migrate, "up|status", "bring the schema up to date" },
	{ "user", cmd_user, "add [--admin] EMAIL|list",
	    "open an account (password on standard input), or list them" },
	{ "check", cmd_check, "", "verify all invariants, exit 1 on any" },
	{ "import", cmd_import, "[--dry-run] FILE", "products from JSON or CSV"
	    " (- is stdin), matched by SKU" },
	{ "export", cmd_export, "[--csv]",
	    "all products, as import takes them" },
	{ "config", cmd_config, "", "print the effective settings" },
	{ "routes", cmd_routes, "", "print the route table" },
	{ "openapi", cmd_openapi, "", "print the API document" },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	fprintf(out, "usage: shopd COMMAND ...\n\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(out, "  shopd %s %s\n\t%s\n", commands[i].name,
		    commands[i].args, commands[i].help);
	fprintf(out, "  shopd --version\n\nSettings come from the "
	    "environment: see `shopd config`.\n");
}

static int
complain(void)
{
	usage(stderr);
	return 2;
}

/* A full disk must not look like the whole of what was asked for. */
static int
run(size_t i, int argc, char **argv)
{
	int rc;

	if (commands[i].args[0] == '\0' && argc > 1)
		return complain();
	rc = commands[i].run(argc, argv);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		return die("%s: cannot write", argv[0]);
	return rc;
}

int
main(int argc, char **argv)
{
	const char *why;

	if (argc < 2)
		return complain();
	if (strcmp(argv[1], "--version") == 0) {
		puts("shopd " SHOPD_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return 0;
	}
	if (config_load(&why) == -1)
		return die("%s", why);
	pg_set_error_map(constraint_map);
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(i, argc - 1, argv + 1);
	return complain();
}
