/* SPDX-License-Identifier: MIT */
#ifndef LIB_ADDRESS_H
#define LIB_ADDRESS_H

/*
 * Which network addresses are somebody else's on the Internet, and not of
 * this machine, its network or its cloud: what a request on behalf of a user
 * may be sent to (server-side request forgery).  And which are this machine.
 */

#include <stdbool.h>

struct sockaddr;

/* True for a globally reachable unicast IPv4 or IPv6 address (the IANA
 * special-purpose registries of RFC 6890); an IPv4 address inside of an IPv6
 * one (mapped, NAT64, 6to4) is looked at itself. */
bool address_public(const struct sockaddr *sa);

/* The same from text; false if it is no address.  IPv4 in all notations that
 * resolvers take (inet_aton(3): 127.1, 0x7f.1, 2130706433). */
bool address_public_text(const char *s);

/* True if s is such a text of an IPv4 or (without brackets) IPv6 address. */
bool address_is(const char *s);

/* True for text of 127.0.0.0/8, also inside of an IPv6 address, or ::1. */
bool address_loopback_text(const char *s);

#endif
