/* SPDX-License-Identifier: MIT */
#include "app/errors.h"

#define ERR(name, status, code, title) ERR_DEFINE(name, status, code, title)
#include "app/errors.def"
#undef ERR
