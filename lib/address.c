/* SPDX-License-Identifier: MIT */
#include "lib/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct range4 { uint8_t net[4]; unsigned bits; };

static const struct range4 special4[] = {
	{ { 0, 0, 0, 0 }, 8 },		/* this network */
	{ { 10, 0, 0, 0 }, 8 },		/* private */
	{ { 100, 64, 0, 0 }, 10 },	/* shared, carrier NAT */
	{ { 127, 0, 0, 0 }, 8 },	/* loopback */
	{ { 169, 254, 0, 0 }, 16 },	/* link-local, cloud metadata */
	{ { 172, 16, 0, 0 }, 12 },	/* private */
	{ { 192, 0, 0, 0 }, 24 },	/* protocol assignments */
	{ { 192, 0, 2, 0 }, 24 },	/* documentation */
	{ { 192, 88, 99, 0 }, 24 },	/* 6to4 relays */
	{ { 192, 168, 0, 0 }, 16 },	/* private */
	{ { 198, 18, 0, 0 }, 15 },	/* benchmarks */
	{ { 198, 51, 100, 0 }, 24 },	/* documentation */
	{ { 203, 0, 113, 0 }, 24 },	/* documentation */
	{ { 224, 0, 0, 0 }, 4 },	/* multicast */
	{ { 240, 0, 0, 0 }, 4 },	/* reserved, broadcast */
};

struct range6 { uint8_t net[16]; unsigned bits; };

/* Of 2000::/3, the only global unicast there is. */
static const struct range6 special6[] = {
	{ { 0x20, 0x01 }, 23 },			/* protocols, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },	/* documentation */
	{ { 0x3f, 0xff }, 20 },			/* documentation */
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

static bool
inside(const uint8_t *a, const uint8_t *net, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;
	unsigned mask = 0xffu << (8 - rest) & 0xffu;

	return memcmp(a, net, bytes) == 0 &&
	    (rest == 0 || ((a[bytes] ^ net[bytes]) & mask) == 0);
}

static bool
public4(const uint8_t *a)
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(*special4); i++)
		if (inside(a, special4[i].net, special4[i].bits))
			return false;
	return true;
}

static bool
public6(const uint8_t *a)
{
	if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
		return public4(a + 12);
	if (a[0] == 0x20 && a[1] == 0x02)
		return public4(a + 2);
	if ((a[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < sizeof(special6) / sizeof(*special6); i++)
		if (inside(a, special6[i].net, special6[i].bits))
			return false;
	return true;
}

bool
address_public(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		return public4((const uint8_t *)&in.sin_addr);
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		return public6(in6.sin6_addr.s6_addr);
	default:
		return false;
	}
}

static bool
read4(const char *s, uint8_t *a)
{
	struct in_addr in;

	if (inet_aton(s, &in) == 0)
		return false;
	memcpy(a, &in, sizeof(in));
	return true;
}

bool
address_public_text(const char *s)
{
	uint8_t a[16];

	if (read4(s, a))
		return public4(a);
	return inet_pton(AF_INET6, s, a) == 1 && public6(a);
}

bool
address_loopback_text(const char *s)
{
	static const uint8_t one[16] = { [15] = 1 };
	uint8_t a[16];

	if (read4(s, a))
		return a[0] == 127;
	return inet_pton(AF_INET6, s, a) == 1 && (memcmp(a, one, 16) == 0 ||
	    (memcmp(a, mapped, 12) == 0 && a[12] == 127));
}

bool
address_is(const char *s)
{
	uint8_t a[16];

	return read4(s, a) || inet_pton(AF_INET6, s, a) == 1;
}
