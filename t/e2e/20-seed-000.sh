#!/bin/bash
# SPDX-License-Identifier: MIT
# What the document of the first system shows: products and a cart by
# variant, at the server's root.
set -u
. "$(dirname "$0")/../help/api.sh"

ask GET /health
want 200 "GET /health"
has .database ok "the database is looked at"

# --- products and their parameters ---

ask GET /products
want 200 "GET /products"
has '.data[0] | .id, .title | type' $'number\nstring' "products"
ask GET '/products?limit=2'
has '.data | length' 2 "limit"
last=$(j '.data[-1].id')
ask GET "/products?limit=2&after=$last"
has ".data | map(.id > $last) | all" true "after: behind the last id"
ask GET '/products?category_id=3'
has '.data | map(.category.slug) | unique | join(" ")' books "category_id"
ask GET '/products?q=lap'
has '.data | map(.title) | index("Laptop") != null' true "q"
ask GET '/products?q=l'
refused 400 invalid_parameter "q has 2 characters at least"
ask GET '/products?min_price_cents=15000&max_price_cents=25000'
has '.data | map(.id) | index(2) != null and index(1) == null' true \
	"min_price_cents and max_price_cents"
ask GET '/products?has_inventory=true'
has '.data | map(.in_stock) | all' true "has_inventory"
ask GET '/products?limit=101'
refused 400 invalid_parameter "a page has 100 entries at most"
ask GET /products/1
want 200 "GET /products/:id"
has '.variants | map(.sku) | join(" ")' "LAPTOP-16 LAPTOP-32" \
	"with its variants"
has '.variants[0].available | type' number "and what there is of them"

# --- the cart ---

as_written <<'END'
curl -X POST http://localhost:5000/carts/me/items \
  -H "Content-Type: application/json" \
  -H "X-User-Id: 1" \
  -d '{"variant_id": 1, "quantity": 2}'
END
refused 401 unauthorized "X-User-Id alone opens nothing"

alice
ask DELETE /carts/me
as_written <<'END'
curl -X POST http://localhost:5000/carts/me/items \
  -H "Authorization: Bearer YOUR_TOKEN" \
  -H "Content-Type: application/json" \
  -H "X-User-Id: 1" \
  -d '{"variant_id": 1, "quantity": 2}'
END
want 201 "with her token, alice's cart takes 2 of variant 1"
has '.items[0] | .variant_id, .quantity' $'1\n2' "the line"
has .user_id 1 "in her own cart"
line=$(j '.items[0].id')
ask GET /carts/me -H 'X-User-Id: 1'
want 200 "GET /carts/me"
has .total_quantity 2 "the same cart"
send PATCH "/carts/me/items/$line" '{"quantity": 3}' -H 'X-User-Id: 1'
has '.items[0].quantity' 3 "PATCH /carts/me/items/:id"
send PATCH "/carts/me/items/$line" '{"quantity": 0}' -H 'X-User-Id: 1'
has .is_empty true "a quantity of 0 removes the line"
send POST /carts/me/items '{"variant_id": 1, "quantity": 1}' \
	-H 'X-User-Id: 1'
line=$(j '.items[0].id')
ask DELETE "/carts/me/items/$line" -H 'X-User-Id: 1'
want 200 "DELETE /carts/me/items/:id"
has .is_empty true "and the line is gone"
ask GET /carts/me -H 'X-User-Id: 2'
refused 403 forbidden "another user's id with her token"
ask GET /api/v1/carts/me
want 200 "the same under /api/v1"
finish
