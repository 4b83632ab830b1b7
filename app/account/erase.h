/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_ERASE_H
#define APP_ACCOUNT_ERASE_H

#include <stdint.h>

struct tx;

/*
 * Erase an account's personal data: pending orders are cancelled, all
 * orders and the addresses inside of them stay (the books need them), the
 * e-mail address and username are free again, reviews lose their author;
 * addresses, sessions, tokens, cart, stored answers and mail that waits are
 * gone.  The row stays as erased, for its orders.  E_NOT_FOUND if another
 * was faster.  Locks: cart, orders, inventory, the user's row.
 */
int user_erase(struct tx *tx, int64_t id);

#endif
