/* SPDX-License-Identifier: MIT */
#ifndef LIB_BUF_H
#define LIB_BUF_H

/*
 * A byte buffer that grows inside an arena: response bodies, log lines,
 * array parameters.  The bytes are always followed by a NUL that is not
 * counted in len.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf { struct arena *mem; char *data; size_t len, cap; };

void buf_init(struct buf *b, struct arena *mem, size_t cap);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_chr(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A buffer over memory of the caller: what does not fit is cut off.  cap is
 * at least 1. */
void buf_fixed(struct buf *b, char *data, size_t cap);

/* Bytes of the UTF-8 sequence (RFC 3629) that s begins with; 0: invalid, or
 * cut off by len. */
size_t utf8_seq(const char *s, size_t len);

/* n bytes as lower case hex, without a NUL; returns where they end. */
char *hex_write(char *out, const void *data, size_t n);

/* JSON (RFC 8259): a quoted string with control characters, quote and
 * backslash escaped; each byte that is not UTF-8 becomes U+FFFD.  NULL
 * writes null. */
void buf_json_str(struct buf *b, const char *s);
void buf_json_strn(struct buf *b, const char *s, size_t len);

/* `"key":`, with a comma before it unless the last byte opens an object or
 * an array (or the buffer is empty). */
void buf_json_key(struct buf *b, const char *key);

/* A comma unless the last byte opens an object or an array. */
void buf_json_sep(struct buf *b);

#endif
