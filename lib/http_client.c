/* SPDX-License-Identifier: MIT */
#include "lib/http_client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "lib/address.h"
#include "lib/arena.h"
#include "lib/http.h"

#define DAY_S 86400

struct http_many { CURLM *multi; };

static void
begin(void)
{
	static bool done;

	if (!done && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	done = true;
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;

	if (c->answer.len + size * n > c->max_answer) {
		c->cut = true;
		return 0;
	}
	buf_add(&c->answer, data, size * n);
	return size * n;
}

/* The address is known, the connection not yet made: a name that resolves
 * to an inner address, now or at the second look, gets no further. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	const struct http_call *c = arg;

	(void)purpose;
	if (c->guarded && !address_public(&a->addr))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static struct curl_slist *
lines_of(const struct http_call *c)
{
	struct curl_slist *l = curl_slist_append(NULL, "Expect:");

	for (size_t i = 0; c->headers != NULL && c->headers[i] != NULL; i++)
		l = curl_slist_append(l, c->headers[i]);
	return l;
}

static void
set_request(CURL *h, struct http_call *c)
{
	curl_easy_setopt(h, CURLOPT_URL, c->url);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, c->method);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->lines);
	if (c->body != NULL) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, c->body);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)c->body_len);
	} else
		curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, c);
	curl_easy_setopt(h, CURLOPT_PRIVATE, c);
}

static void
set_limits(CURL *h, const struct http_call *c)
{
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR,
	    c->guarded ? "https" : "http,https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	/* Else the time-out waits for the resolver to give up, too. */
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
	/* 0 would be for ever. */
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS,
	    c->total_ms > 0 ? (long)c->total_ms : 1L);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "shopd");
}

static void
start(struct http_call *c, CURL *h)
{
	c->handle = h;
	c->status = 0;
	c->why = NULL;
	c->cut = false;
	c->retry_after = 0;
	buf_init(&c->answer, c->mem, 256);
	c->lines = lines_of(c);
	set_request(h, c);
	set_limits(h, c);
}

static void
finish(struct http_call *c, CURLcode rc)
{
	curl_off_t wait = 0;
	long status = 0;

	curl_easy_getinfo(c->handle, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->handle, CURLINFO_RETRY_AFTER, &wait);
	if (rc == CURLE_OK || (rc == CURLE_WRITE_ERROR && c->cut)) {
		c->status = (int)status;
		c->retry_after = wait < 0 ? 0 : wait > DAY_S ? DAY_S :
		    (int)wait;
	} else
		c->why = curl_easy_strerror(rc);
	curl_slist_free_all(c->lines);
	c->lines = NULL;
	c->handle = NULL;
}

void
http_do(struct http_call *c)
{
	static CURL *h;		/* kept for its connections */

	begin();
	if (h == NULL && (h = curl_easy_init()) == NULL)
		abort();
	curl_easy_reset(h);
	start(c, h);
	finish(c, curl_easy_perform(h));
}

struct http_many *
http_many_new(void)
{
	struct http_many *m = calloc(1, sizeof(*m));

	begin();
	if (m == NULL || (m->multi = curl_multi_init()) == NULL)
		abort();
	return m;
}

void
http_many_free(struct http_many *m)
{
	curl_multi_cleanup(m->multi);
	free(m);
}

void
http_many_start(struct http_many *m, struct http_call *c)
{
	CURL *h = curl_easy_init();

	if (h == NULL)
		abort();
	start(c, h);
	curl_multi_add_handle(m->multi, h);
}

static struct http_call *
ended(struct http_many *m)
{
	struct http_call *c;
	CURLMsg *msg;
	CURLcode rc;
	CURL *h;
	int left;

	while ((msg = curl_multi_info_read(m->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		h = msg->easy_handle;
		rc = msg->data.result;
		curl_easy_getinfo(h, CURLINFO_PRIVATE, &c);
		finish(c, rc);
		curl_multi_remove_handle(m->multi, h);
		curl_easy_cleanup(h);
		return c;
	}
	return NULL;
}

struct http_call *
http_many_next(struct http_many *m, int ms)
{
	struct http_call *c;
	int running;

	curl_multi_perform(m->multi, &running);
	if ((c = ended(m)) != NULL || ms == 0)
		return c;
	curl_multi_poll(m->multi, NULL, 0, ms, NULL);
	curl_multi_perform(m->multi, &running);
	return ended(m);
}

/* ---- URLs --------------------------------------------------------------- */

static bool
ends_in(const char *host, const char *suffix)
{
	size_t h = strlen(host), s = strlen(suffix);

	return h >= s && strcasecmp(host + h - s, suffix) == 0;
}

static const char *
bad_host(char *host)
{
	static const char *const inner[] = {
		".localhost", ".local", ".internal", ".intranet", ".lan",
		".home", ".corp", ".private", ".home.arpa", ".test",
		".example", ".invalid", ".onion"
	};
	size_t len = strlen(host);

	if (host[0] == '[' && len > 2) {
		host[len - 1] = '\0';
		return address_public_text(host + 1) ? NULL :
		    "is not a public address";
	}
	if (len > 1 && host[len - 1] == '.')
		host[len - 1] = '\0';
	/* curl has made one notation of all numbers, but not of 127%2e1. */
	if (address_is(host))
		return address_public_text(host) ? NULL :
		    "is not a public address";
	if (strchr(host, '.') == NULL)
		return "has no public host name";
	for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++)
		if (ends_in(host, inner[i]))
			return "has no public host name";
	return NULL;
}

static const char *
url_part(CURLU *u, CURLUPart part, struct arena *mem)
{
	char *s = NULL;
	const char *copy;

	if (curl_url_get(u, part, &s, part == CURLUPART_PORT ?
	    CURLU_DEFAULT_PORT : 0) != CURLUE_OK || s == NULL)
		return NULL;
	copy = arena_strdup(mem, s);
	curl_free(s);
	return copy;
}

static const char *
bad_url(CURLU *u, const char *url, bool guarded, struct arena *mem)
{
	const char *scheme, *host, *port;

	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    (scheme = url_part(u, CURLUPART_SCHEME, mem)) == NULL ||
	    (host = url_part(u, CURLUPART_HOST, mem)) == NULL ||
	    (port = url_part(u, CURLUPART_PORT, mem)) == NULL)
		return "is not a URL";
	if (strcmp(scheme, "https") != 0 &&
	    (guarded || strcmp(scheme, "http") != 0))
		return "must begin with https://";
	/* curl takes one slash, or three, for two. */
	if (strncmp(url + strlen(scheme), "://", 3) != 0 ||
	    url[strlen(scheme) + 3] == '/')
		return "is not a URL";
	if (url_part(u, CURLUPART_USER, mem) != NULL ||
	    url_part(u, CURLUPART_PASSWORD, mem) != NULL)
		return "must not name a user";
	if (strchr(url, '#') != NULL)
		return "must not have a fragment";
	if (!guarded)
		return NULL;
	if (strcmp(port, "443") != 0 && strcmp(port, "8443") != 0)
		return "must use port 443 or 8443";
	return bad_host(arena_strdup(mem, host));
}

int
http_url_check(const char *url, bool guarded, const char **why_r)
{
	struct arena *mem = arena_new(1 << 20);
	CURLU *u = curl_url();

	if (u == NULL)
		abort();
	*why_r = NULL;
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
		    *p == '\\')
			*why_r = "must be printable ASCII, percent-encoded";
	if (*why_r == NULL)
		*why_r = bad_url(u, url, guarded, mem);
	curl_url_cleanup(u);
	arena_free(mem);
	return *why_r == NULL ? 0 : -1;
}

void
http_form_add(struct buf *form, const char *key, const char *value)
{
	if (form->len > 0)
		buf_chr(form, '&');
	url_encode(form, key);
	buf_chr(form, '=');
	url_encode(form, value);
}
