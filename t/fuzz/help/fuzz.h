/* SPDX-License-Identifier: MIT */
#ifndef T_FUZZ_HELP_FUZZ_H
#define T_FUZZ_HELP_FUZZ_H

/*
 * What the fuzz targets share.  A target is one file in t/fuzz: libFuzzer
 * calls its LLVMFuzzerTestOneInput() with bytes, and whatever must() refuses,
 * or ASan or UBSan sees, is a finding.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct table;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(x) ((x) ? (void)0 : broken(#x, __FILE__, __LINE__))
_Noreturn void broken(const char *what, const char *file, int line);

/* A new arena, and the log and the token secret set up, once. */
struct arena *fuzz_arena(void);

/* The bytes up to a NUL or to the end, as a string of exactly that size. */
char *fuzz_text(const uint8_t *data, size_t size, struct arena *mem);

/* Cut the next line off *text; NULL at the end. */
char *fuzz_line(char **text);

/* Every member of a struct of input is inside the bounds of its row. */
void fuzz_input(const struct table *t, const void *in);

/* The error is one with a status from 400 on, and its problem document is
 * JSON. */
void fuzz_problem(const struct err *e, struct arena *mem);

/* The same as a text by another program's JSON (jansson): 1 if it is, 0 if
 * it is not, -1 if it cannot say (numbers out of its range). */
int other_json(const char *text, size_t len);
/* True if both texts mean the same to it. */
bool other_json_equal(const char *a, const char *b);

#endif
