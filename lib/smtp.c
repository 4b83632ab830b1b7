/* SPDX-License-Identifier: MIT */
#include "lib/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define CONNECT_MS	5000L
#define TICK_MS		100

struct source { const char *data; size_t len, at; };

static size_t
on_read(char *out, size_t size, size_t n, void *arg)
{
	struct source *s = arg;
	size_t left = s->len - s->at, take = size * n;

	if (take > left)
		take = left;
	memcpy(out, s->data + s->at, take);
	s->at += take;
	return take;
}

/* Drive one transfer to its end, looking at stop() in between. */
static CURLcode
drive(CURLM *m, CURL *h, bool (*stop)(void))
{
	CURLcode rc = CURLE_ABORTED_BY_CALLBACK;
	int running = 1, left;
	CURLMsg *msg;

	curl_multi_add_handle(m, h);
	while (running > 0 && (stop == NULL || !stop())) {
		curl_multi_perform(m, &running);
		if (running > 0)
			curl_multi_poll(m, NULL, 0, TICK_MS, NULL);
	}
	while ((msg = curl_multi_info_read(m, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			rc = msg->data.result;
	curl_multi_remove_handle(m, h);
	return rc;
}

static void
configure(CURL *h, const struct smtp_server *s, struct source *src)
{
	bool secret = s->user != NULL && *s->user != '\0';

	curl_easy_setopt(h, CURLOPT_URL, s->url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_USE_SSL,
	    secret ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
	/* What may go out in the clear is no worse off with a certificate
	 * that nobody knows (RFC 7435), as relays next door have one. */
	if (!secret && strncasecmp(s->url, "smtp://", 7) == 0) {
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (secret) {
		curl_easy_setopt(h, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(h, CURLOPT_PASSWORD,
		    s->password != NULL ? s->password : "");
	}
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(h, CURLOPT_READDATA, src);
}

/* A 5yz or 4yz to the greeting or the login is about the server and us, not
 * about the mail: libcurl tells them from those to MAIL, RCPT and DATA by
 * its own code, and from one to the message by what it has read of it. */
static enum smtp_end
end_of(CURLcode rc, long code, const struct source *src)
{
	bool about_mail = rc == CURLE_SEND_ERROR ||
	    (rc == CURLE_WEIRD_SERVER_REPLY && src->at == src->len);

	if (rc == CURLE_OK)
		return SMTP_SENT;
	if (!about_mail || code < 400 || code > 599)
		return SMTP_AWAY;
	return code >= 500 ? SMTP_REFUSED : SMTP_DEFERRED;
}

enum smtp_end
smtp_send(const struct smtp_server *s, const char *from, const char *to,
    const char *message, size_t len, const char **why_r)
{
	static char why[160];
	static CURLM *multi;	/* kept for its connection */
	static CURL *h;
	struct source src = { message, len, 0 };
	struct curl_slist *rcpt;
	long code = 0;
	CURLcode rc;

	if (multi == NULL && (multi = curl_multi_init()) == NULL)
		abort();
	if (h == NULL && (h = curl_easy_init()) == NULL)
		abort();
	curl_easy_reset(h);
	configure(h, s, &src);
	/* Without one libcurl asks for something else, and that succeeds. */
	if ((rcpt = curl_slist_append(NULL, to)) == NULL)
		abort();
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, rcpt);
	rc = drive(multi, h, s->stop);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &code);
	curl_slist_free_all(rcpt);
	if (rc != CURLE_OK) {
		snprintf(why, sizeof(why), "%s (SMTP %ld)",
		    curl_easy_strerror(rc), code);
		*why_r = why;
	}
	return end_of(rc, code, &src);
}
