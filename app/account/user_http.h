/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_USER_HTTP_H
#define APP_ACCOUNT_USER_HTTP_H

#include "lib/route.h"

#include "app/account/user.h"

struct profile_in {
	const char *email, *current_password;
	struct opt_text username, first_name, last_name, phone;
};
struct role_in { const char *role; };
extern const struct table profile_in_table, role_in_table;

struct users_query {
	struct page page;
	const char *search, *role;
	struct opt_bool is_active;
};
extern const struct table users_query_table;

handler get_auth_me, patch_auth_me, get_users, get_users_id, patch_users_id,
    delete_users_id, put_admin_users_id_toggle_status,
    put_admin_users_id_role;

#endif
