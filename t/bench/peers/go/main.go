// SPDX-License-Identifier: MIT

// A shop's two hot routes with net/http and pgx: main PORT. The database is
// libpq's default (PGHOST, ...).
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const (
	productSQL = `
SELECT p.id, p.sku, p.slug, p.title, p.description, p.status,
  p.attributes, p.images, p.price_cents, p.rating_average::float8,
  p.rating_count, p.created_at, v.id, v.sku, v.title, v.price_cents,
  v.attributes, i.available
FROM products p JOIN product_variants v ON v.product_id = p.id
JOIN inventory i ON i.variant_id = v.id
WHERE p.id = $1 AND p.status = 'active' AND p.deleted_at IS NULL
  AND v.deleted_at IS NULL ORDER BY v.id`
	claimSQL = `
INSERT INTO idempotency_keys (user_id, address, key, fingerprint)
VALUES ($1, '', $2, $3) ON CONFLICT DO NOTHING`
	replaySQL = `
SELECT status, body, fingerprint FROM idempotency_keys
WHERE user_id = $1 AND address = '' AND key = $2`
	lockSQL = `
SELECT v.id, v.product_id, v.sku, p.title, v.price_cents, i.available
FROM product_variants v JOIN products p ON p.id = v.product_id
JOIN inventory i ON i.variant_id = v.id
WHERE v.id = ANY ($1::bigint[]) AND p.status = 'active'
  AND p.deleted_at IS NULL AND v.deleted_at IS NULL
ORDER BY v.id FOR UPDATE OF i`
	takeSQL = `
UPDATE inventory SET available = available - n.q,
  reserved = reserved + n.q, updated_at = now()
FROM unnest($1::bigint[], $2::bigint[]) AS n (id, q)
WHERE variant_id = n.id`
	orderSQL = `
INSERT INTO orders (user_id, currency, subtotal_cents, total_cents,
  shipping_address, expires_at)
VALUES ($1, 'USD', $2, $2, $3::jsonb, now() + interval '1 hour')
RETURNING id, uuid::text, user_id, status, payment_status, currency,
  subtotal_cents, total_cents, shipping_address, created_at`
	linesSQL = `
INSERT INTO order_items (order_id, variant_id, product_id, sku, title,
  quantity, unit_price_cents, subtotal_cents)
SELECT $1, v, p, s, t, q, c, q * c FROM unnest($2::bigint[],
  $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
  AS l (v, p, s, t, q, c)`
	movesSQL = `
INSERT INTO inventory_movements (variant_id, kind, delta_available,
  delta_reserved, order_id)
SELECT id, 'reserve', -q, q, $1
FROM unnest($2::bigint[], $3::bigint[]) AS n (id, q)`
	storeSQL = `
UPDATE idempotency_keys SET status = 201, body = $1, location = $2
WHERE user_id = $3 AND address = '' AND key = $4`
)

var db *pgxpool.Pool

type variant struct {
	ID         int64           `json:"id"`
	Sku        string          `json:"sku"`
	Title      string          `json:"title"`
	PriceCents int64           `json:"price_cents"`
	Attributes json.RawMessage `json:"attributes"`
	Available  int64           `json:"available"`
}

type product struct {
	ID            int64           `json:"id"`
	Sku           string          `json:"sku"`
	Slug          string          `json:"slug"`
	Title         string          `json:"title"`
	Description   string          `json:"description"`
	Status        string          `json:"status"`
	Attributes    json.RawMessage `json:"attributes"`
	Images        json.RawMessage `json:"images"`
	PriceCents    int64           `json:"price_cents"`
	RatingAverage float64         `json:"rating_average"`
	RatingCount   int64           `json:"rating_count"`
	CreatedAt     time.Time       `json:"created_at"`
	Variants      []variant       `json:"variants"`
}

type line struct {
	VariantID      int64  `json:"variant_id"`
	ProductID      int64  `json:"product_id"`
	Sku            string `json:"sku"`
	Title          string `json:"title"`
	Quantity       int64  `json:"quantity"`
	UnitPriceCents int64  `json:"unit_price_cents"`
	SubtotalCents  int64  `json:"subtotal_cents"`
	available      int64
}

type order struct {
	ID              int64           `json:"id"`
	UUID            string          `json:"uuid"`
	UserID          int64           `json:"user_id"`
	Status          string          `json:"status"`
	PaymentStatus   string          `json:"payment_status"`
	Currency        string          `json:"currency"`
	SubtotalCents   int64           `json:"subtotal_cents"`
	TotalCents      int64           `json:"total_cents"`
	ShippingAddress json.RawMessage `json:"shipping_address"`
	CreatedAt       time.Time       `json:"created_at"`
	Items           []line          `json:"items"`
}

type wanted struct {
	Items []struct {
		VariantID int64 `json:"variant_id"`
		Quantity  int64 `json:"quantity"`
	} `json:"items"`
	DeliveryAddress string `json:"delivery_address"`
}

// A refusal is an error that the client gets to see.
type refusal struct {
	status int
	code   string
}

func (r refusal) Error() string { return r.code }

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

func fail(w http.ResponseWriter, err error) {
	var r refusal
	if !errors.As(err, &r) {
		log.Print(err)
		r = refusal{500, "internal"}
	}
	answer(w, r.status, []byte(`{"code":"`+r.code+`"}`))
}

func getProduct(w http.ResponseWriter, r *http.Request) {
	var p product
	id, err := strconv.ParseInt(strings.TrimPrefix(r.URL.Path,
		"/api/v1/products/"), 10, 64)
	if err != nil {
		fail(w, refusal{404, "not_found"})
		return
	}
	rows, err := db.Query(r.Context(), productSQL, id)
	if err != nil {
		fail(w, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var v variant
		if err = rows.Scan(&p.ID, &p.Sku, &p.Slug, &p.Title,
			&p.Description, &p.Status, &p.Attributes, &p.Images,
			&p.PriceCents, &p.RatingAverage, &p.RatingCount,
			&p.CreatedAt, &v.ID, &v.Sku, &v.Title, &v.PriceCents,
			&v.Attributes, &v.Available); err != nil {
			fail(w, err)
			return
		}
		p.Variants = append(p.Variants, v)
	}
	if err = rows.Err(); err != nil {
		fail(w, err)
	} else if p.ID == 0 {
		fail(w, refusal{404, "not_found"})
	} else if body, err := json.Marshal(&p); err != nil {
		fail(w, err)
	} else {
		answer(w, 200, body)
	}
}

func lockLines(ctx context.Context, tx pgx.Tx, want *wanted) ([]line, error) {
	var lines []line
	ids := make([]int64, len(want.Items))
	numbers := map[int64]int64{}
	for i, it := range want.Items {
		ids[i] = it.VariantID
		numbers[it.VariantID] = it.Quantity
	}
	rows, err := tx.Query(ctx, lockSQL, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l line
		if err = rows.Scan(&l.VariantID, &l.ProductID, &l.Sku,
			&l.Title, &l.UnitPriceCents, &l.available); err != nil {
			return nil, err
		}
		l.Quantity = numbers[l.VariantID]
		l.SubtotalCents = l.Quantity * l.UnitPriceCents
		if l.Quantity > l.available {
			return nil, refusal{409, "insufficient_stock"}
		}
		lines = append(lines, l)
	}
	if rows.Err() == nil && len(lines) != len(numbers) {
		return nil, refusal{422, "validation_failed"}
	}
	return lines, rows.Err()
}

func writeOrder(ctx context.Context, tx pgx.Tx, o *order, address string) error {
	n := len(o.Items)
	ids, products := make([]int64, n), make([]int64, n)
	numbers, prices := make([]int64, n), make([]int64, n)
	skus, titles := make([]string, n), make([]string, n)
	for i, l := range o.Items {
		ids[i], products[i] = l.VariantID, l.ProductID
		numbers[i], prices[i] = l.Quantity, l.UnitPriceCents
		skus[i], titles[i] = l.Sku, l.Title
		o.TotalCents += l.SubtotalCents
	}
	to, err := json.Marshal(map[string]string{"line1": address})
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, takeSQL, ids, numbers); err != nil {
		return err
	}
	if err = tx.QueryRow(ctx, orderSQL, o.UserID, o.TotalCents,
		string(to)).Scan(&o.ID, &o.UUID, &o.UserID, &o.Status,
		&o.PaymentStatus, &o.Currency, &o.SubtotalCents, &o.TotalCents,
		&o.ShippingAddress, &o.CreatedAt); err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, linesSQL, o.ID, ids, products, skus, titles,
		numbers, prices); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, movesSQL, o.ID, ids, numbers)
	return err
}

func place(ctx context.Context, user int64, key string, text []byte) (
	status int, body []byte, err error) {
	var want wanted
	if err = json.Unmarshal(text, &want); err != nil {
		return 0, nil, refusal{400, "malformed_json"}
	}
	sum := sha256.Sum256(text)
	mark := hex.EncodeToString(sum[:])
	err = db.BeginFunc(ctx, func(tx pgx.Tx) error {
		claim, err := tx.Exec(ctx, claimSQL, user, key, mark)
		if err != nil {
			return err
		}
		if claim.RowsAffected() == 0 {
			var was string
			err = tx.QueryRow(ctx, replaySQL, user, key).Scan(
				&status, &body, &was)
			if err == nil && was != mark {
				err = refusal{422, "idempotency_key_reused"}
			}
			return err
		}
		o := order{UserID: user}
		if o.Items, err = lockLines(ctx, tx, &want); err != nil {
			return err
		}
		if err = writeOrder(ctx, tx, &o, want.DeliveryAddress); err != nil {
			return err
		}
		if body, err = json.Marshal(&o); err != nil {
			return err
		}
		status = 201
		_, err = tx.Exec(ctx, storeSQL, string(body),
			"/api/v1/orders/"+strconv.FormatInt(o.ID, 10), user, key)
		return err
	})
	return status, body, err
}

func postOrders(w http.ResponseWriter, r *http.Request) {
	user, err := strconv.ParseInt(r.Header.Get("X-User-Id"), 10, 64)
	if err != nil || r.Method != http.MethodPost {
		fail(w, refusal{400, "bad_request"})
		return
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, 65536))
	if err != nil {
		fail(w, err)
		return
	}
	status, body, err := place(r.Context(), user,
		r.Header.Get("Idempotency-Key"), text)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, status, body)
}

func main() {
	conf, err := pgxpool.ParseConfig("")
	if err != nil {
		log.Fatal(err)
	}
	conf.MaxConns = 16
	if db, err = pgxpool.ConnectConfig(context.Background(), conf); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/api/v1/products/", getProduct)
	http.HandleFunc("/api/v1/orders", postOrders)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
