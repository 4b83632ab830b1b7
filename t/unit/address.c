/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "lib/address.h"
#include "lib/http_client.h"

static const char *const inner[] = {
	"0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1",
	"100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
	"172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
	"192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
	"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
	"240.0.0.1", "255.255.255.255",
	"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
	"::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::127.0.0.1",
	"64:ff9b::10.1.2.3", "64:ff9b:1::8.8.8.8", "100::1", "2001::1",
	"2001:db8::1", "2002:7f00:1::1", "2002:0a00:1::", "3fff::1",
	"fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
	"4000::1"
};

static const char *const outer[] = {
	"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
	"100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255",
	"172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255",
	"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
	"2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
	"64:ff9b::8.8.8.8", "2002:0808:0808::1"
};

START_TEST(inner_addresses)
{
	for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++)
		ck_assert_msg(!address_public_text(inner[i]), "%s", inner[i]);
	ck_assert(!address_public_text("not an address"));
}
END_TEST

START_TEST(outer_addresses)
{
	for (size_t i = 0; i < sizeof(outer) / sizeof(*outer); i++)
		ck_assert_msg(address_public_text(outer[i]), "%s", outer[i]);
}
END_TEST

START_TEST(loopback_addresses)
{
	static const char *const here[] = { "127.0.0.1", "127.255.255.255",
	    "::1", "::ffff:127.0.0.1" };
	static const char *const there[] = { "", "unix:", "0.0.0.0",
	    "126.255.255.255", "128.0.0.1", "8.8.8.8", "10.0.0.1",
	    "127.0.0.1, 8.8.8.8", "::", "::2", "::127.0.0.1",
	    "::ffff:8.8.8.8", "fe80::1" };

	for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++)
		ck_assert_msg(address_loopback_text(here[i]), "%s", here[i]);
	for (size_t i = 0; i < sizeof(there) / sizeof(*there); i++)
		ck_assert_msg(!address_loopback_text(there[i]), "%s",
		    there[i]);
}
END_TEST

/* As curl shows it to the guard of the socket. */
START_TEST(socket_addresses)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr_in6 b = { .sin6_family = AF_INET6 };
	struct sockaddr_un c = { .sun_family = AF_UNIX };

	inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
	ck_assert(!address_public((const struct sockaddr *)&a));
	inet_pton(AF_INET, "8.8.8.8", &a.sin_addr);
	ck_assert(address_public((const struct sockaddr *)&a));
	inet_pton(AF_INET6, "::1", &b.sin6_addr);
	ck_assert(!address_public((const struct sockaddr *)&b));
	inet_pton(AF_INET6, "2606:4700::1111", &b.sin6_addr);
	ck_assert(address_public((const struct sockaddr *)&b));
	ck_assert(!address_public((const struct sockaddr *)&c));
}
END_TEST

static const char *const bad_urls[] = {
	"https:/example.org/", "https:///example.org/", "https:example.org",
	"", "x", "/hooks", "http://example.com/", "ftp://example.com/",
	"a.com/https://example.com/",
	"file:///etc/passwd", "gopher://example.com/",
	"https://127.0.0.1/", "https://localhost/", "https://LOCALHOST/",
	"https://localhost./", "https://a.localhost/", "https://0/",
	"https://0x7f.1/", "https://0x7f000001/", "https://2130706433/",
	"https://017700000001/", "https://127.1/", "https://[::1]/",
	"https://[::ffff:127.0.0.1]/", "https://[fe80::1]/",
	"https://[fd00::1]/", "https://169.254.169.254/latest/meta-data/",
	"https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
	"https://100.64.0.1/", "https://metadata.google.internal/",
	"https://db.internal/", "https://printer.local/", "https://host/",
	"https://user@example.com/", "https://user:pw@example.com/",
	"https://@127.0.0.1/", "https://example.com:22/",
	"https://example.com:5432/", "https://example.com:80/",
	"https://example.com/#x", "https://example.com\\@127.0.0.1/",
	"https://exa mple.com/", "https://example.com/\r\nX: y",
	"https://example.com/\xc3\xa4"
};

START_TEST(urls_refused)
{
	const char *why;

	for (size_t i = 0; i < sizeof(bad_urls) / sizeof(*bad_urls); i++) {
		ck_assert_msg(http_url_check(bad_urls[i], true, &why) == -1,
		    "%s", bad_urls[i]);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

START_TEST(urls_taken)
{
	static const char *const good[] = {
		"https://example.com", "https://example.com/a?b=c",
		"HTTPS://Example.COM:443/", "https://hooks.example.com:8443/x",
		"https://8.8.8.8/", "https://[2606:4700::1111]/"
	};
	const char *why;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(http_url_check(good[i], true, &why) == 0,
		    "%s: %s", good[i], why);
	/* For tests and inner networks the guard can be switched off. */
	ck_assert_int_eq(http_url_check("http://127.0.0.1:9/", false, &why),
	    0);
	ck_assert_int_eq(http_url_check("file:///x", false, &why), -1);
	ck_assert_int_eq(http_url_check("http://a@b/", false, &why), -1);
}
END_TEST

SUITE(address)
{
	tcase_add_test(tc, inner_addresses);
	tcase_add_test(tc, outer_addresses);
	tcase_add_test(tc, loopback_addresses);
	tcase_add_test(tc, socket_addresses);
	tcase_add_test(tc, urls_refused);
	tcase_add_test(tc, urls_taken);
}
