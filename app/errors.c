/* SPDX-License-Identifier: MIT */
#include "app/errors.h"

#define ERR(name, status, code, title) ERR_DEFINE(name, status, code, title)
#include "app/errors.def"
#undef ERR

const struct err_kind E_WRONG_PASSWORD = { 403, "invalid_credentials",
    "Wrong password" };
const struct err_kind E_BAD_RESET_TOKEN = { 400, "invalid_token",
    "Invalid token" };
