/* SPDX-License-Identifier: MIT */
/*
 * floor SOCKET WORKERS [FILE]: the least that a libfcgi program behind nginx
 * can do: answer "ok", or with FILE what the one query in it gives for the
 * number at the end of the path, prepared, as JSON without escapes: an
 * object of the first row, with a list of the columns named variant_*.  The
 * database is libpq's default (PGHOST, ...).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcgiapp.h>
#include <libpq-fe.h>

static PGconn *
prepare(const char *file)
{
	static char sql[65536];
	PGconn *conn = PQconnectdb("");
	FILE *f = fopen(file, "r");

	if (f == NULL || fread(sql, 1, sizeof(sql) - 1, f) == 0 ||
	    PQresultStatus(PQprepare(conn, "q", sql, 0, NULL)) !=
	    PGRES_COMMAND_OK) {
		fputs(PQerrorMessage(conn), stderr);
		exit(1);
	}
	return conn;
}

/* Columns from on up to below to, as members. */
static void
members(const PGresult *r, int row, int from, int to, FCGX_Stream *out)
{
	for (int i = from; i < to; i++) {
		Oid t = PQftype(r, i);
		const char *q = PQgetisnull(r, row, i) || t == 20 || t == 23 ||
		    t == 3802 || t == 1700 ? "" : "\"";

		FCGX_FPrintF(out, "%s\"%s\":%s", i == from ? "" : ",",
		    PQfname(r, i), q);
		FCGX_PutS(PQgetisnull(r, row, i) ? "null" :
		    PQgetvalue(r, row, i), out);
		FCGX_PutS(q, out);
	}
}

static void
answer(PGconn *conn, const char *id, FCGX_Stream *out)
{
	PGresult *r = PQexecPrepared(conn, "q", 1, &id, NULL, NULL, 0);
	int all = PQnfields(r), own = PQfnumber(r, "variant_id");

	FCGX_PutS("{", out);
	members(r, 0, 0, PQntuples(r) > 0 ? own : 0, out);
	FCGX_PutS(",\"variants\":[", out);
	for (int i = 0; i < PQntuples(r); i++) {
		FCGX_PutS(i == 0 ? "{" : ",{", out);
		members(r, i, own, all, out);
		FCGX_PutS("}", out);
	}
	FCGX_PutS("]}", out);
	PQclear(r);
}

static void
work(int fd, const char *file)
{
	PGconn *conn = file != NULL ? prepare(file) : NULL;
	FCGX_Request rq;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	FCGX_InitRequest(&rq, fd, 0);
	while (FCGX_Accept_r(&rq) == 0) {
		FCGX_PutS("Content-Type: application/json\r\n\r\n", rq.out);
		if (conn == NULL)
			FCGX_PutS("{\"status\":\"ok\"}", rq.out);
		else
			answer(conn, strrchr(FCGX_GetParam("REQUEST_URI",
			    rq.envp), '/') + 1, rq.out);
		FCGX_Finish_r(&rq);
	}
	exit(0);
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc < 3 || FCGX_Init() != 0 ||
	    (fd = FCGX_OpenSocket(argv[1], 1024)) == -1 ||
	    chmod(argv[1], 0666) == -1)
		return 1;
	for (int i = 0; i < (int)strtol(argv[2], NULL, 10); i++)
		if (fork() == 0)
			work(fd, argv[3]);
	wait(NULL);
	return 1;
}
