/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_LOGIN_HTTP_H
#define APP_ACCOUNT_LOGIN_HTTP_H

#include "lib/route.h"

#include "app/shapes.h"

struct login_in {
	const char *email, *username, *password, *grant_type, *scope,
	    *client_id, *client_secret;
};
struct register_in {
	const char *email, *username, *password, *first_name, *last_name,
	    *phone, *address_line1, *address_line2, *city, *state,
	    *postal_code, *country;
};
extern const struct table login_in_table, register_in_table;

extern const struct shape signed_in_shape;

handler post_auth_login, post_auth_register;

#endif
