/* SPDX-License-Identifier: MIT */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

/* A subcommand: argv[0] is its own name; returns the exit status (2: wrong
 * usage). The configuration is loaded. */
typedef int command(int argc, char **argv);

command cmd_serve, cmd_work, cmd_migrate, cmd_config, cmd_routes, cmd_check,
    cmd_import, cmd_export,
    cmd_openapi, cmd_user;

/* Print "shopd: ..." on stderr and return 1. */
int die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
