/* SPDX-License-Identifier: MIT */
#include "app/routes.h"

#include "app/account/address_http.h"
#include "app/account/credential_http.h"
#include "app/account/login_http.h"
#include "app/account/session_http.h"
#include "app/account/user_http.h"
#include "app/admin/admin_http.h"
#include "app/admin/audit.h"
#include "app/admin/dashboard.h"
#include "app/catalog/category.h"
#include "app/catalog/category_http.h"
#include "app/catalog/product.h"
#include "app/catalog/product_http.h"
#include "app/catalog/review.h"
#include "app/catalog/review_http.h"
#include "app/catalog/variant_http.h"
#include "app/jobs/job.h"
#include "app/jobs/job_http.h"
#include "app/jobs/webhook.h"
#include "app/jobs/webhook_http.h"
#include "app/sales/payment.h"
#include "app/sales/payment_http.h"
#include "app/sales/payment_webhook_http.h"
#include "app/sales/refund.h"
#include "app/sales/refund_http.h"
#include "app/sales/cart.h"
#include "app/sales/cart_http.h"
#include "app/sales/order.h"
#include "app/sales/order_http.h"
#include "app/sales/order_input.h"
#include "app/stock/inventory.h"
#include "app/stock/inventory_http.h"
#include "app/stock/stock_check.h"
#include "app/stock/stock_check_http.h"
#include "app/web/health_http.h"
#include "app/web/openapi.h"

/*
 * One row says everything about an endpoint: methods, path, handler, role,
 * transaction, body, query, answer, status, flags, tag, summary, errors
 * beyond the usual. Paths are under /api/v1 and /api unless they begin with
 * "//". A handler's name is method and path read aloud.
 */
static const struct route rows[] = {
/* ---- health -------------------------------------------------------- */
{ GET, "//health", get_health, ANYONE, TX_STEPS, NULL, NULL, &health_shape,
  200, R_STATUS, "Health", "Service and database", NULL },
{ GET, "//livez", get_livez, ANYONE, TX_NONE, NULL, NULL, &live_shape,
  200, 0, "Health", "The process lives", NULL },
{ GET, "//readyz", get_readyz, ANYONE, TX_STEPS, NULL, NULL, &live_shape,
  200, 0, "Health", "Ready for requests", NULL },
{ GET, "//", get_root, ANYONE, TX_NONE, NULL, NULL, &root_shape,
  200, 0, "Health", "What this is", NULL },
{ GET, "//metrics", get_metrics, ANYONE, TX_STEPS, NULL, NULL, NULL,
  200, R_PLAIN, "Health", "Prometheus metrics, from the loopback only",
  "not_found" },

{ GET, "//openapi.json", get_openapi_json, ANYONE, TX_NONE, NULL, NULL,
  NULL, 200, 0, "Health", "This document", NULL },

/* ---- accounts ------------------------------------------------------ */
{ POST, "/auth/register", post_auth_register, ANYONE, TX_STEPS,
  &register_in_table, NULL, &signed_in_shape, 201, R_HASHES | R_NOKEY,
  "Accounts", "Open an account", "email_taken username_taken" },
{ POST, "/users", post_auth_register, ANYONE, TX_STEPS, &register_in_table,
  NULL, &signed_in_shape, 201, R_HASHES | R_SEALED, "Accounts",
  "Open an account, exactly once with an Idempotency-Key",
  "email_taken username_taken" },
{ POST, "/auth/login", post_auth_login, ANYONE, TX_STEPS, &login_in_table,
  NULL, &signed_in_shape, 200, R_HASHES | R_NOKEY | R_FORM, "Accounts",
  "Sign in", "invalid_credentials account_disabled too_many_attempts" },
{ POST, "/auth/refresh", post_auth_refresh, ANYONE, TX_STEPS,
  &refresh_in_table, NULL, &token_pair_shape, 200,
  R_NOKEY | R_REFRESH | R_EMPTY_OK, "Accounts",
  "Spend a refresh token for a new pair",
  "unauthorized invalid_token token_expired token_revoked token_reused" },
{ POST, "/auth/logout", post_auth_logout, CUSTOMER, TX_WRITE, NULL, NULL,
  NULL, 204, R_NOKEY, "Accounts", "End the session", NULL },
{ GET, "/users/logout", post_auth_logout, CUSTOMER, TX_WRITE, NULL, NULL,
  NULL, 204, 0, "Accounts", "End the session", NULL },
{ GET, "/auth/me", get_auth_me, CUSTOMER, TX_READ, NULL, NULL, &user_shape,
  200, 0, "Accounts", "The own profile", NULL },
{ PATCH | PUT, "/auth/me", patch_auth_me, CUSTOMER, TX_STEPS,
  &profile_in_table, NULL, &user_shape, 200, R_HASHES, "Accounts",
  "Change the own profile", "email_taken username_taken "
  "403:invalid_credentials too_many_attempts precondition_failed" },
{ POST, "/auth/change-password", post_auth_change_password, CUSTOMER,
  TX_STEPS, &password_change_in_table, NULL, NULL, 204, R_HASHES | R_NOKEY,
  "Accounts", "Change the password; all other sessions end",
  "403:invalid_credentials too_many_attempts" },
{ POST, "/auth/forgot-password", post_auth_forgot_password, ANYONE,
  TX_WRITE, &password_forgot_in_table, NULL, &accepted_shape, 202, R_NOKEY,
  "Accounts", "Mail a token to reset the password", NULL },
{ POST, "/auth/reset-password", post_auth_reset_password, ANYONE, TX_STEPS,
  &password_reset_in_table, NULL, NULL, 204, R_HASHES | R_NOKEY, "Accounts",
  "Set a new password; all sessions end", "400:invalid_token" },
{ POST, "/auth/verify-email", post_auth_verify_email, ANYONE, TX_WRITE,
  &email_verify_in_table, NULL, NULL, 204, R_NOKEY, "Accounts",
  "Prove the e-mail address", "400:invalid_token" },
{ GET, "/auth/sessions", get_auth_sessions, CUSTOMER, TX_READ, NULL,
  &sessions_query_table, &session_shape, 200, R_LIST, "Accounts",
  "Own open sessions", NULL },
{ DELETE, "/auth/sessions/{id}", delete_auth_sessions_id, CUSTOMER,
  TX_WRITE, NULL, NULL, NULL, 204, 0, "Accounts", "End a session", NULL },
{ GET, "/users", get_users, ADMIN, TX_READ, NULL, &users_query_table,
  &user_shape, 200, R_LIST, "Accounts", "All accounts", NULL },
{ GET, "/users/{id}", get_users_id, CUSTOMER, TX_READ, NULL, NULL,
  &user_shape, 200, 0, "Accounts", "A profile: the own one, or any "
  "for an admin", NULL },
{ PATCH | PUT, "/users/{id}", patch_users_id, CUSTOMER, TX_STEPS,
  &profile_in_table, NULL, &user_shape, 200, R_HASHES, "Accounts",
  "Change a profile", "email_taken username_taken "
  "403:invalid_credentials too_many_attempts precondition_failed" },
{ DELETE, "/users/{id}", delete_users_id, CUSTOMER, TX_WRITE, NULL, NULL,
  NULL, 204, 0, "Accounts", "Erase an account's personal data",
  "precondition_failed" },
{ PUT, "/admin/users/{id}/toggle-status", put_admin_users_id_toggle_status,
  ADMIN, TX_WRITE, NULL, NULL, &user_shape, 200, 0, "Admin",
  "Disable or enable an account", "own_account precondition_failed" },
{ PUT, "/admin/users/{id}/role", put_admin_users_id_role, ADMIN, TX_WRITE,
  &role_in_table, NULL, &user_shape, 200, 0, "Admin",
  "Give an account a role", "own_account precondition_failed" },
{ GET, "/addresses", get_addresses, CUSTOMER, TX_READ, NULL,
  &addresses_query_table, &address_shape, 200, R_LIST, "Addresses",
  "Own addresses", NULL },
{ POST, "/addresses", post_addresses, CUSTOMER, TX_WRITE, &address_in_table,
  NULL, &address_shape, 201, 0, "Addresses", "Add an address", NULL },
{ GET, "/addresses/{id}", get_addresses_id, CUSTOMER, TX_READ, NULL, NULL,
  &address_shape, 200, 0, "Addresses", "One of the own addresses", NULL },
{ PATCH | PUT, "/addresses/{id}", patch_addresses_id, CUSTOMER, TX_WRITE,
  &address_change_table, NULL, &address_shape, 200, 0, "Addresses",
  "Change an address", "precondition_failed" },
{ DELETE, "/addresses/{id}", delete_addresses_id, CUSTOMER, TX_WRITE, NULL,
  NULL, NULL, 204, 0, "Addresses", "Delete an address",
  "precondition_failed" },

/* ---- catalogue ----------------------------------------------------- */
{ GET, "/products", get_products, ANYONE, TX_READ, NULL,
  &products_query_table, &product_entry_shape, 200, R_LIST | R_CACHED,
  "Catalogue", "Products, filtered and sorted", "forbidden" },
{ GET, "/products/{id:slug}", get_products_id, ANYONE, TX_READ, NULL, NULL,
  &product_shape, 200, R_CACHED, "Catalogue",
  "A product, by id or slug, with its variants", NULL },
{ POST, "/products", post_products, ADMIN, TX_WRITE, &product_in_table,
  NULL, &product_shape, 201, 0, "Catalogue",
  "Add a product, with its price and stock or its variants",
  "sku_taken slug_taken" },
{ PATCH | PUT, "/products/{id}", patch_products_id, ADMIN, TX_WRITE,
  &product_change_table, NULL, &product_shape, 200, 0, "Catalogue",
  "Change a product",
  "sku_taken slug_taken variant_required precondition_failed" },
{ DELETE, "/products/{id}", delete_products_id, ADMIN, TX_WRITE, NULL,
  &product_delete_query_table, NULL, 204, 0, "Catalogue",
  "Take a product out of the catalogue", "in_use precondition_failed" },
{ POST, "/products/{id}/variants", post_products_id_variants, ADMIN,
  TX_WRITE, &variant_in_table, NULL, &variant_shape, 201, 0, "Catalogue",
  "Add a variant", "sku_taken" },
{ PATCH | PUT, "/products/{id}/variants/{vid}",
  patch_products_id_variants_vid, ADMIN, TX_WRITE, &variant_change_table,
  NULL, &variant_shape, 200, 0, "Catalogue", "Change a variant",
  "sku_taken precondition_failed" },
{ DELETE, "/products/{id}/variants/{vid}", delete_products_id_variants_vid,
  ADMIN, TX_WRITE, NULL, NULL, NULL, 204, 0, "Catalogue",
  "Take a variant out of its product", "in_use precondition_failed" },
{ GET, "//product/all_products", get_product_all_products, ANYONE, TX_READ,
  NULL, &all_products_query_table, &product_entry_shape, 200,
  R_ARRAY | R_CACHED, "Catalogue", "Products as a bare array, in id order",
  NULL },
{ GET, "/categories", get_categories, ANYONE, TX_READ, NULL, NULL,
  &category_shape, 200, R_LIST | R_CACHED, "Catalogue",
  "The whole tree of categories", NULL },
{ GET, "/categories/{id}", get_categories_id, ANYONE, TX_READ, NULL, NULL,
  &category_shape, 200, R_CACHED, "Catalogue",
  "A category, with what is below it", NULL },
{ POST, "/categories", post_categories, ADMIN, TX_WRITE, &category_in_table,
  NULL, &category_shape, 201, 0, "Catalogue", "Add a category",
  "slug_taken" },
{ PATCH | PUT, "/categories/{id}", patch_categories_id, ADMIN, TX_WRITE,
  &category_change_table, NULL, &category_shape, 200, 0, "Catalogue",
  "Change or move a category", "slug_taken precondition_failed" },
{ DELETE, "/categories/{id}", delete_categories_id, ADMIN, TX_WRITE, NULL,
  NULL, NULL, 204, 0, "Catalogue", "Delete an empty category",
  "in_use precondition_failed" },
{ GET, "/products/{id}/reviews", get_products_id_reviews, ANYONE, TX_READ,
  NULL, &reviews_query_table, &review_shape, 200, R_LIST | R_CACHED,
  "Catalogue", "Reviews, newest first", NULL },
{ POST, "/products/{id}/reviews", post_products_id_reviews, CUSTOMER,
  TX_WRITE, &review_in_table, NULL, &review_shape, 201, 0, "Catalogue",
  "Review a product, once", "already_reviewed" },
{ PATCH | PUT, "/products/{id}/reviews/{rid}",
  patch_products_id_reviews_rid, CUSTOMER, TX_WRITE, &review_change_table,
  NULL, &review_shape, 200, 0, "Catalogue", "Change the own review",
  "precondition_failed" },
{ DELETE, "/products/{id}/reviews/{rid}", delete_products_id_reviews_rid,
  CUSTOMER, TX_WRITE, NULL, NULL, NULL, 204, 0, "Catalogue",
  "Delete the own review", "precondition_failed" },

/* ---- cart ---------------------------------------------------------- */
{ GET, "/cart", get_cart, CUSTOMER, TX_READ, NULL, NULL, &cart_shape, 200,
  0, "Cart", "The cart", NULL },
{ DELETE, "/cart", delete_cart, CUSTOMER, TX_WRITE, NULL, NULL, &cart_shape,
  200, 0, "Cart", "Empty the cart", "precondition_failed" },
{ POST, "/cart/items", post_cart_items, CUSTOMER, TX_WRITE,
  &cart_item_new_table, NULL, &cart_shape, 201, 0, "Cart",
  "Put something into the cart", "insufficient_stock variant_required" },
{ PATCH | PUT, "/cart/items/{id}", patch_cart_items_id, CUSTOMER, TX_WRITE,
  &cart_item_change_table, NULL, &cart_shape, 200, 0, "Cart",
  "Change the quantity of a line",
  "insufficient_stock precondition_failed" },
{ DELETE, "/cart/items/{id}", delete_cart_items_id, CUSTOMER, TX_WRITE, NULL,
  NULL, &cart_shape, 200, 0, "Cart", "Remove a line",
  "precondition_failed" },
{ DELETE, "/cart/{id}", delete_cart_product_id, CUSTOMER, TX_WRITE, NULL,
  NULL, &cart_shape, 200, 0, "Cart", "Remove a product, by its id",
  "precondition_failed" },

/* ---- orders -------------------------------------------------------- */
{ POST, "/orders", post_orders, CUSTOMER, TX_WRITE, &order_new_table, NULL,
  &order_shape, 201, R_EMPTY_OK, "Orders",
  "Order what is named, or what is in the cart",
  "cart_empty insufficient_stock price_changed variant_required "
  "not_found" },
{ GET, "/orders", get_orders, CUSTOMER, TX_READ, NULL, &orders_query_table,
  &order_shape, 200, R_LIST, "Orders",
  "Own orders, or for an admin all, newest first", "forbidden" },
{ GET, "/orders/my-orders", get_orders_own, CUSTOMER, TX_READ, NULL,
  &own_orders_query_table, &order_shape, 200, R_LIST, "Orders",
  "Own orders, newest first", NULL },
{ GET, "/orders/health/stock-check", get_orders_health_stock_check, ADMIN,
  TX_READ, NULL, &stock_check_query_table, &stock_check_shape, 200, 0,
  "Orders", "How well the active products are stocked", NULL },
{ GET, "/orders/{id:uuid}", get_orders_id, CUSTOMER, TX_READ, NULL, NULL,
  &order_shape, 200, 0, "Orders", "An order", NULL },
{ DELETE, "/orders/{id:uuid}", delete_orders_id, CUSTOMER, TX_WRITE, NULL,
  NULL, NULL, 204, 0, "Orders", "Cancel and hide a pending order",
  "order_not_pending precondition_failed" },
{ GET, "/orders/{id:uuid}/events", get_orders_id_events, CUSTOMER, TX_READ,
  NULL, &order_events_query_table, &order_event_shape, 200, R_LIST,
  "Orders", "Every change of an order, oldest first", NULL },
{ POST, "/orders/{id:uuid}/cancel", post_orders_id_cancel, CUSTOMER,
  TX_STEPS, &order_cancel_table, NULL, &order_shape, 200,
  R_EMPTY_OK | R_PAYS, "Orders", "Cancel an order; what was paid goes back",
  "invalid_transition" },
{ PUT, "/orders/{id:uuid}/status", put_orders_id_status, ADMIN, TX_STEPS,
  &order_status_table, NULL, &order_shape, 200, R_PAYS, "Orders",
  "Move an order along", "invalid_transition precondition_failed" },

/* ---- payments ------------------------------------------------------ */
{ POST, "/payments", post_payments, CUSTOMER, TX_STEPS, &payment_new_table,
  NULL, &payment_shape, 201, R_PAYS, "Payments", "Pay an order",
  "already_paid order_not_pending amount_mismatch payment_declined "
  "not_found" },
{ GET, "/payments/{id:uuid}", get_payments_id, CUSTOMER, TX_READ, NULL,
  NULL, &payment_shape, 200, 0, "Payments", "A payment", NULL },
{ GET, "/orders/{id:uuid}/payments", get_orders_id_payments, CUSTOMER,
  TX_READ, NULL, &payment_query_table, &payment_shape, 200, R_LIST,
  "Payments", "The payments of an order", NULL },
{ GET, "/payments/{id:uuid}/refunds", get_payments_id_refunds, CUSTOMER,
  TX_READ, NULL, &refund_query_table, &refund_shape, 200, R_LIST,
  "Payments", "The refunds of a payment", NULL },
{ POST, "/payments/{id:uuid}/refunds", post_payments_id_refunds, ADMIN,
  TX_STEPS, &refund_new_table, NULL, &refund_shape, 201,
  R_EMPTY_OK | R_PAYS, "Payments", "Give money back",
  "refund_exceeds_payment" },
{ POST, "/payments/webhooks/{provider:text}",
  post_payments_webhooks_provider, ANYONE, TX_STEPS, NULL, NULL,
  &received_shape, 200, R_RAW | R_NOKEY, "Payments",
  "For payment providers: an event, signed over the raw body in "
  "Stripe-Signature or (provider test) Test-Signature, "
  "t=<unix seconds>,v1=<hex HMAC-SHA-256 of \"t.body\">", NULL },

/* ---- admin --------------------------------------------------------- */
{ GET, "/admin/dashboard", get_admin_dashboard, ADMIN, TX_READ, NULL,
  &dashboard_query_table, &dashboard_shape, 200, 0, "Admin",
  "Sales, customers and stock at a glance", "invalid_parameter" },
{ GET, "/admin/orders", get_orders, ADMIN, TX_READ, NULL,
  &orders_query_table, &order_shape, 200, R_LIST, "Admin",
  "All orders, newest first", NULL },
{ GET, "/admin/inventory", get_admin_inventory, ADMIN, TX_READ, NULL,
  &inventory_query_table, &inventory_shape, 200, R_LIST, "Admin",
  "What is in stock, by variant", NULL },
{ GET, "/admin/inventory/{id}", get_admin_inventory_id, ADMIN, TX_READ, NULL,
  NULL, &inventory_shape, 200, 0, "Admin", "The stock of a variant", NULL },
{ PUT | PATCH, "/admin/inventory/{id}", put_admin_inventory_id, ADMIN,
  TX_STEPS, &inventory_change_table, NULL, &inventory_shape, 200, 0,
  "Admin", "Set or change what can be sold of a variant",
  "insufficient_stock precondition_failed" },
{ GET, "/admin/inventory/{id}/movements", get_admin_inventory_id_movements,
  ADMIN, TX_READ, NULL, &movements_query_table, &movement_shape, 200,
  R_LIST, "Admin", "The ledger of a variant, oldest first", NULL },
{ GET, "/admin/audit-log", get_admin_audit_log, ADMIN, TX_READ, NULL,
  &audit_query_table, &audit_entry_shape, 200, R_LIST, "Admin",
  "Who did what, to what, when, from where", NULL },

/* ---- jobs and webhooks --------------------------------------------- */
{ GET, "/admin/jobs", get_admin_jobs, ADMIN, TX_READ, NULL,
  &jobs_query_table, &job_shape, 200, R_LIST, "Jobs",
  "Mail, deliveries and events, newest first", NULL },
{ POST, "/admin/jobs/{id}/retry", post_admin_jobs_id_retry, ADMIN, TX_WRITE,
  NULL, NULL, &job_shape, 200, 0, "Jobs", "Try a dead or waiting job now",
  "invalid_transition" },
{ GET, "/admin/webhooks", get_admin_webhooks, ADMIN, TX_READ, NULL,
  &webhooks_query_table, &webhook_shape, 200, R_LIST, "Webhooks",
  "Endpoints that are told of events", NULL },
{ POST, "/admin/webhooks", post_admin_webhooks, ADMIN, TX_WRITE,
  &webhook_new_table, NULL, &webhook_secret_shape, 201, 0, "Webhooks",
  "Tell an endpoint of events, signed after Standard Webhooks; the answer "
  "alone shows the secret", NULL },
{ GET, "/admin/webhooks/{id}", get_admin_webhooks_id, ADMIN, TX_READ, NULL,
  NULL, &webhook_shape, 200, 0, "Webhooks", "An endpoint", NULL },
{ PATCH | PUT, "/admin/webhooks/{id}", patch_admin_webhooks_id, ADMIN,
  TX_WRITE, &webhook_change_table, NULL, &webhook_shape, 200, 0,
  "Webhooks", "Change an endpoint, or switch it on again", NULL },
{ DELETE, "/admin/webhooks/{id}", delete_admin_webhooks_id, ADMIN,
  TX_WRITE, NULL, NULL, NULL, 204, 0, "Webhooks",
  "Forget an endpoint and its deliveries", NULL },
{ POST, "/admin/webhooks/{id}/rotate-secret",
  post_admin_webhooks_id_rotate, ADMIN, TX_WRITE, NULL, NULL,
  &webhook_secret_shape, 200, 0, "Webhooks",
  "A new secret; the old one signs as well for 24 hours", NULL },
{ GET, "/admin/webhooks/{id}/deliveries", get_admin_webhooks_id_deliveries,
  ADMIN, TX_READ, NULL, &deliveries_query_table, &delivery_shape, 200,
  R_LIST, "Webhooks", "What was sent and how it ended, newest first",
  NULL },
{ POST, "/admin/webhooks/{id}/deliveries/{did}/replay",
  post_admin_webhooks_id_deliveries_id_replay, ADMIN, TX_WRITE, NULL, NULL,
  &delivery_shape, 200, 0, "Webhooks",
  "Send a delivery again, with the same id", NULL },
};

/* The five systems' own paths, and second names. */
static const struct alias aliases[] = {
{ GET, "//api/health", "//health" },

/* ---- accounts ------------------------------------------------------ */
{ POST, "/users/login", "/auth/login" },
{ POST, "/users/logout", "/auth/logout" },
{ GET, "/admin/users", "/users" },

/* ---- catalogue ----------------------------------------------------- */
{ GET, "/products/categories", "/categories" },
{ GET, "//products", "/products" },
{ GET, "//products/{id:slug}", "/products/{id:slug}" },
{ POST, "//product/create_product", "/products" },

/* ---- cart ---------------------------------------------------------- */
{ POST, "/cart", "/cart/items" },
{ GET | DELETE, "/carts/me", "/cart" },
{ POST, "/carts/me/items", "/cart/items" },
{ PATCH | PUT | DELETE, "/carts/me/items/{id}", "/cart/items/{id}" },
{ GET | DELETE, "//carts/me", "/cart" },
{ POST, "//carts/me/items", "/cart/items" },
{ PATCH | PUT | DELETE, "//carts/me/items/{id}", "/cart/items/{id}" },

/* ---- orders -------------------------------------------------------- */
{ POST, "/orders/checkout", "/orders" },
{ POST, "//order/create_order", "/orders" },
{ GET, "/orders/history", "/orders/my-orders" },
{ PUT, "/admin/orders/{id:uuid}/status", "/orders/{id:uuid}/status" },

/* ---- payments ------------------------------------------------------ */
{ POST, "/payments/process", "/payments" },
};

const struct route_table routes = {
	rows, sizeof(rows) / sizeof(rows[0]),
	aliases, sizeof(aliases) / sizeof(aliases[0]),
};
