/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_RECORDS_H
#define T_HELP_RECORDS_H

/* FastCGI 1.0 records of the client's side, well-formed or not. */

#include <stdbool.h>
#include <stddef.h>

enum { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6,
	DATA = 8 };

struct packet { unsigned char data[200000]; size_t len; };

void add_record(struct packet *p, int type, const void *data, size_t len);

/* BEGIN_REQUEST and the parameters: method, URI, CONTENT_LENGTH, and if more
 * is not NULL that one with the value "v". */
void add_head(struct packet *p, const char *method, const char *uri,
    const char *length, const char *more);

/* STDIN records, with the empty one. */
void add_body(struct packet *p, const char *body, size_t len);

void put(int fd, const struct packet *p);

/* Read to the end and close; the STDOUT bytes to out.  True if END_REQUEST
 * came last. */
bool records_get(int fd, char *out, size_t size);

#endif
