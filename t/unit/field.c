/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/field.h"

struct line { int64_t variant_id, quantity; };
TABLE(line,
	FIELD(line, variant_id, REQUIRED, 1, INT64_MAX),
	FIELD(line, quantity, OPTIONAL, 1, 99, .def = 1));

struct place { const char *city; const char *country; };
TABLE(place,
	FIELD(place, city, REQUIRED, 1, 10),
	FIELD(place, country, OPTIONAL, 0, 0, .kind = &kind_country));

static const char *const colours[] = { "red", "green", NULL };
static const struct field_kind kind_colour = { .values = colours };

struct thing {
	const char *title, *colour, *email;
	int64_t stock;
	bool active, loud;
	struct opt_i64 parent, level;
	struct opt_bool flag, ready;
	struct opt_text note, motto;
	struct cents price, weight;
	struct json_obj attributes;
	struct texts images;
	struct list items;
	struct obj place;
	const char *nick;
};
TABLE(thing,
	FIELD(thing, title, OPTIONAL, 1, 5, .aliases = "name label"),
	FIELD(thing, colour, OPTIONAL, 0, 0, .kind = &kind_colour),
	FIELD(thing, email, OPTIONAL, 0, 254, .kind = &kind_email),
	FIELD(thing, stock, OPTIONAL, -10, 1000000, .def = 7),
	FIELD(thing, active, OPTIONAL, 0, 0, .def = 1),
	FIELD(thing, loud, OPTIONAL, 0, 0),
	FIELD(thing, parent, OPTIONAL | F_NULLABLE, 1, INT64_MAX),
	FIELD(thing, flag, OPTIONAL | F_NULLABLE, 0, 0),
	FIELD(thing, note, OPTIONAL | F_NULLABLE, 0, 10),
	FIELD(thing, level, OPTIONAL, 0, 9),
	FIELD(thing, ready, OPTIONAL, 0, 0),
	FIELD(thing, motto, OPTIONAL, 0, 10),
	FIELD_AS(thing, "price_cents", price, OPTIONAL, 0, 1000000000000),
	FIELD(thing, price, F_DECIMAL, 0, 1000000000000),
	FIELD(thing, weight, F_NULLABLE, 0, 50),
	FIELD(thing, attributes, OPTIONAL, 0, 0),
	FIELD(thing, images, OPTIONAL, 0, 3, .kind = &kind_url),
	ROWS(thing, items, OPTIONAL, 1, 3, &line_table, .aliases = "lines"),
	OBJECT(thing, place, OPTIONAL, &place_table),
	FIELD(thing, nick, F_NULLABLE, 1, 5));

static struct arena *mem;
static struct err err;
static struct thing thing;

static void
setup(void)
{
	mem = arena_new(64 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

/* "path:code path:code" of the faults. */
static const char *
faults_text(void)
{
	const struct err_item *i;
	struct buf b;

	buf_init(&b, mem, 64);
	for (i = err.items; i != NULL; i = i->next)
		buf_printf(&b, "%s%s:%s", b.len > 0 ? " " : "", i->field,
		    i->code);
	return b.data;
}

static int
body(const char *s)
{
	err_init(&err, mem);
	return field_body(&thing_table, s, strlen(s), false, mem, &err,
	    &thing);
}

static void
good(const char *s)
{
	ck_assert_msg(body(s) == 0, "%s: %s %s", s, err.kind->code,
	    faults_text());
	ck_assert_ptr_null(err.items);
}

static void
bad(const char *s, const char *want)
{
	ck_assert_int_eq(body(s), -1);
	ck_assert_str_eq(faults_text(), want);
	ck_assert_str_eq(err.kind->code, strcmp(want + strcspn(want, ":"),
	    ":unknown_field") == 0 ? "unknown_field" : "validation_failed");
}

START_TEST(every_type)
{
	const struct line *l;
	const struct place *p;

	good("{\"title\":\"\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac\","
	    "\"colour\":\"red\",\"stock\":-3,\"active\":false,\"loud\":true,"
	    "\"parent\":9223372036854775807,\"flag\":false,\"note\":\"\","
	    "\"price\":29.99,\"attributes\":{\"a\":[1,2.50,\"x/y\"],\"b\":{}},"
	    "\"images\":[\"https://x.org/1.png\"],"
	    "\"items\":[{\"variant_id\":5},{\"quantity\":2,\"variant_id\":6}],"
	    "\"place\":{\"city\":\"Bonn\",\"country\":\"DE\"}}");
	ck_assert_str_eq(thing.colour, "red");
	ck_assert_int_eq(thing.stock, -3);
	ck_assert(!thing.active && thing.loud);
	ck_assert(thing.parent.set && !thing.parent.null);
	ck_assert_int_eq(thing.parent.v, INT64_MAX);
	ck_assert(thing.flag.set && !thing.flag.null && !thing.flag.v);
	ck_assert(thing.note.set);
	ck_assert_str_eq(thing.note.v, "");
	ck_assert(thing.price.set);
	ck_assert_int_eq(thing.price.v, 2999);
	ck_assert_str_eq(thing.attributes.text,
	    "{\"a\":[1,2.50,\"x/y\"],\"b\":{}}");
	ck_assert_uint_eq(thing.images.n, 1);
	ck_assert_str_eq(thing.images.v[0], "https://x.org/1.png");
	ck_assert_uint_eq(thing.items.n, 2);
	l = thing.items.v;
	ck_assert_int_eq(l[0].variant_id, 5);
	ck_assert_int_eq(l[0].quantity, 1);
	ck_assert_int_eq(l[1].quantity, 2);
	p = thing.place.v;
	ck_assert_str_eq(p->city, "Bonn");
}
END_TEST

START_TEST(absent)
{
	good("{}");
	ck_assert_ptr_null(thing.title);
	ck_assert_int_eq(thing.stock, 7);
	ck_assert(thing.active && !thing.loud);
	ck_assert(!thing.parent.set && !thing.flag.set && !thing.note.set);
	ck_assert(!thing.price.set && !thing.images.set && !thing.items.set);
	ck_assert_ptr_null(thing.attributes.text);
	ck_assert_ptr_null(thing.place.v);
	good("{\"images\":[]}");
	ck_assert(thing.images.set);
	ck_assert_uint_eq(thing.images.n, 0);
}
END_TEST

START_TEST(null)
{
	good("{\"parent\":null,\"flag\":null,\"note\":null,\"nick\":null,"
	    "\"weight\":null}");
	ck_assert(thing.parent.set && thing.parent.null);
	ck_assert(thing.flag.set && thing.flag.null);
	ck_assert(thing.note.set && thing.note.v == NULL);
	ck_assert_ptr_null(thing.nick);
	ck_assert(!thing.weight.set);
	bad("{\"title\":null,\"stock\":null,\"active\":null,\"price\":null,"
	    "\"attributes\":null,\"images\":null,\"items\":null,"
	    "\"place\":null,\"level\":null,\"ready\":null,\"motto\":null}",
	    "title:invalid_type stock:invalid_type active:invalid_type "
	    "price:invalid_type attributes:invalid_type images:invalid_type "
	    "items:invalid_type place:invalid_type level:invalid_type "
	    "ready:invalid_type motto:invalid_type");
}
END_TEST

START_TEST(integers)
{
	good("{\"stock\":1000000}");
	good("{\"stock\":-10}");
	bad("{\"stock\":1000001}", "stock:out_of_range");
	bad("{\"stock\":-11}", "stock:out_of_range");
	bad("{\"stock\":-2147483648}", "stock:out_of_range");
	bad("{\"parent\":0}", "parent:out_of_range");
	bad("{\"parent\":9223372036854775808}", "parent:out_of_range");
	bad("{\"stock\":99999999999999999999}", "stock:out_of_range");
	ck_assert_str_eq(err.items->detail, "must be at most 1000000");
	bad("{\"stock\":-99999999999999999999}", "stock:out_of_range");
	ck_assert_str_eq(err.items->detail, "must be at least -10");
	bad("{\"stock\":1.0}", "stock:invalid_type");
	bad("{\"stock\":1.5}", "stock:invalid_type");
	bad("{\"stock\":1e0}", "stock:invalid_type");
	bad("{\"stock\":1e400}", "stock:invalid_type");
	bad("{\"stock\":\"1\"}", "stock:invalid_type");
	bad("{\"stock\":true}", "stock:invalid_type");
	bad("{\"stock\":[1]}", "stock:invalid_type");
	bad("{\"stock\":{}}", "stock:invalid_type");
}
END_TEST

START_TEST(types)
{
	bad("{\"active\":1}", "active:invalid_type");
	bad("{\"active\":\"true\"}", "active:invalid_type");
	bad("{\"title\":1}", "title:invalid_type");
	bad("{\"title\":[\"a\"]}", "title:invalid_type");
	bad("{\"attributes\":[]}", "attributes:invalid_type");
	bad("{\"attributes\":\"{}\"}", "attributes:invalid_type");
	bad("{\"images\":\"x\"}", "images:invalid_type");
	bad("{\"images\":[1,null]}",
	    "images[0]:invalid_type images[1]:invalid_type");
	bad("{\"items\":{}}", "items:invalid_type");
	bad("{\"items\":[1]}", "items[0]:invalid_type");
	bad("{\"place\":[]}", "place:invalid_type");
}
END_TEST

START_TEST(money)
{
	good("{\"price\":\"29.99\"}");
	ck_assert_int_eq(thing.price.v, 2999);
	good("{\"price_cents\":1000000000000}");
	ck_assert_int_eq(thing.price.v, 1000000000000);
	bad("{\"price\":29.990}", "price:invalid_format");
	bad("{\"price\":1e2}", "price:invalid_format");
	bad("{\"price\":\"1,50\"}", "price:invalid_format");
	bad("{\"price\":10000000000.01}", "price:out_of_range");
	bad("{\"price\":99999999999999999999.5}", "price:out_of_range");
	ck_assert_str_eq(err.items->detail, "must be at most 10000000000.00");
	bad("{\"price\":99999999999999999999.555}", "price:invalid_format");
	bad("{\"price\":99999999999999999999e1}", "price:invalid_format");
	bad("{\"price\":-0.01}", "price:out_of_range");
	bad("{\"price\":true}", "price:invalid_type");
	bad("{\"price_cents\":29.99}", "price_cents:invalid_type");
	bad("{\"price_cents\":\"29\"}", "price_cents:invalid_type");
	bad("{\"price_cents\":1000000000001}", "price_cents:out_of_range");
}
END_TEST

START_TEST(strings)
{
	good("{\"title\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}");
	bad("{\"title\":\"abcdef\"}", "title:too_long");
	bad("{\"title\":\"\"}", "title:too_short");
	bad("{\"colour\":\"blue\"}", "colour:invalid_value");
	bad("{\"colour\":\"\"}", "colour:invalid_value");
	bad("{\"colour\":\"Red\"}", "colour:invalid_value");
	ck_assert_str_eq(err.items->detail, "must be one of: red, green");
	bad("{\"email\":\"x\"}", "email:invalid_format");
	bad("{\"images\":[\"ftp://x\",\"\"]}",
	    "images[0]:invalid_format images[1]:too_short");
}
END_TEST

START_TEST(counts)
{
	bad("{\"items\":[]}", "items:too_few");
	bad("{\"items\":[{},{},{},{}]}", "items:too_many");
	bad("{\"images\":[1,2,3,4]}", "images:too_many");
}
END_TEST

START_TEST(all_at_once)
{
	bad("{\"stock\":\"x\",\"lines\":[{\"variant_id\":1,\"quantity\":100},"
	    "{\"quantity\":0,\"x\":1}],\"place\":{\"country\":\"XX\"},"
	    "\"role\":\"admin\"}",
	    "stock:invalid_type lines[0].quantity:out_of_range "
	    "lines[1].quantity:out_of_range lines[1].x:unknown_field "
	    "lines[1].variant_id:required place.country:invalid_format "
	    "place.city:required role:unknown_field");
}
END_TEST

START_TEST(unknown)
{
	bad("{\"role\":1}", "role:unknown_field");
	bad("{\"Title\":\"x\"}", "Title:unknown_field");
	bad("{\"\":1}", ":unknown_field");
	bad("{\"name label\":1}", "name label:unknown_field");
	bad("{\"nam\":1}", "nam:unknown_field");
	bad("{\"price\":1,\"items\":[{\"variant_id\":1,\"id\":2}]}",
	    "items[0].id:unknown_field");
}
END_TEST

START_TEST(conflicts)
{
	good("{\"name\":\"x\"}");
	ck_assert_str_eq(thing.title, "x");
	good("{\"label\":\"y\"}");
	ck_assert_str_eq(thing.title, "y");
	bad("{\"title\":\"x\",\"name\":\"y\"}", "name:conflict");
	bad("{\"name\":\"x\",\"title\":\"y\"}", "title:conflict");
	bad("{\"label\":\"x\",\"name\":\"y\"}", "name:conflict");
	bad("{\"price\":1,\"price_cents\":100}", "price_cents:conflict");
	bad("{\"price_cents\":100,\"price\":1}", "price:conflict");
	bad("{\"items\":[{\"variant_id\":1}],\"lines\":[]}",
	    "lines:conflict");
}
END_TEST

START_TEST(free_objects)
{
	struct buf b;
	int i;

	buf_init(&b, mem, 64);
	buf_str(&b, "{\"attributes\":{");
	for (i = 0; i < 64; i++)
		buf_printf(&b, "%s\"k%d\":%d", i > 0 ? "," : "", i, i);
	buf_str(&b, "}}");
	good(b.data);
	b.len -= 2;
	buf_str(&b, ",\"more\":1}}");
	bad(b.data, "attributes:too_many");
	bad("{\"attributes\":{\"n\":{\"m\":1e-99999999999999999999}}}",
	    "attributes:out_of_range");
	bad("{\"attributes\":{\"n\":"
	    "12345678901234567890123456789012345678901}}",
	    "attributes:out_of_range");
}
END_TEST

/* As many characters as without the exponent. */
START_TEST(free_numbers)
{
	static const char *const fit[] = { "1e39", "-1E+38", "1e-38",
	    "-1.5e-36", "1.5e39", "12345678901234567890e20", "0.5e39",
	    "1.234567890e-29", "-0", "0e0", "1.50e1",
	    "1234567890123456789012345678901234567890" };
	static const char *const wild[] = { "1e40", "-1E39", "1e-39",
	    "-1.5e-37", "1.5e40", "12345678901234567890e21", "1e99",
	    "1.234567890e-30", "1e100", "1.5E-99" };

	for (size_t i = 0; i < sizeof(fit) / sizeof(fit[0]); i++)
		good(arena_printf(mem,
		    "{\"attributes\":{\"n\":[1,%s]}}", fit[i]));
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		bad(arena_printf(mem,
		    "{\"attributes\":{\"n\":[[%s]]}}", wild[i]),
		    "attributes:out_of_range");
}
END_TEST

START_TEST(not_an_object)
{
	static const char *const texts[] = { "", " ", "null", "[]", "\"x\"",
	    "1", "{", "{\"title\":\"x\",\"title\":\"x\"}", "{} {}", "NaN",
	    "{\"title\":\"\\u0000\"}", "{\"role\\u0000x\":1}",
	    "{\"title\":\"\xc0\xaf\"}", "{'title':1}" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ck_assert_msg(body(texts[i]) == -1, "%s", texts[i]);
		ck_assert_str_eq(err.kind->code, "malformed_json");
		ck_assert_ptr_nonnull(err.detail);
	}
}
END_TEST

START_TEST(empty_body)
{
	struct line l;

	err_init(&err, mem);
	ck_assert_int_eq(field_body(&thing_table, "", 0, true, mem, &err,
	    &thing), 0);
	ck_assert_int_eq(thing.stock, 7);
	ck_assert_int_eq(field_body(&thing_table, NULL, 0, true, mem, &err,
	    &thing), 0);
	ck_assert_int_eq(field_body(&line_table, "", 0, true, mem, &err, &l),
	    -1);
	ck_assert_str_eq(err.kind->code, "malformed_json");
}
END_TEST

START_TEST(many_faults_are_cut)
{
	struct buf b;
	size_t n = 0;
	const struct err_item *i;
	int k;

	buf_init(&b, mem, 65536);
	buf_chr(&b, '{');
	for (k = 0; b.len < 65000; k++)
		buf_printf(&b, "\"%x\":1,", (unsigned)k);
	buf_printf(&b, "\"%0300d\":1}", 0);
	ck_assert_int_eq(body(b.data), -1);
	for (i = err.items; i != NULL; i = i->next)
		n++;
	ck_assert_uint_eq(n, 99);
	ck_assert_str_eq(err.kind->code, "unknown_field");
	b.data[b.len - 1] = ',';
	buf_str(&b, "\"stock\":\"x\",\"title\":1}");
	ck_assert_int_eq(body(b.data), -1);
	ck_assert_str_eq(err.kind->code, "validation_failed");
	buf_clear(&b);
	buf_printf(&b, "{\"%060d\xf0\x9f\x98\x80\xf0\x9f\x98\x80\":1}", 0);
	ck_assert_int_eq(body(b.data), -1);
	ck_assert_uint_eq(strlen(err.items->field), 64);
	buf_clear(&b);
	buf_printf(&b, "{\"%062d\xf0\x9f\x98\x80\":1}", 0);
	ck_assert_int_eq(body(b.data), -1);
	ck_assert_uint_eq(strlen(err.items->field), 62);
}
END_TEST

SUITE(field)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_type);
	tcase_add_test(tc, absent);
	tcase_add_test(tc, null);
	tcase_add_test(tc, integers);
	tcase_add_test(tc, types);
	tcase_add_test(tc, money);
	tcase_add_test(tc, strings);
	tcase_add_test(tc, counts);
	tcase_add_test(tc, all_at_once);
	tcase_add_test(tc, unknown);
	tcase_add_test(tc, conflicts);
	tcase_add_test(tc, free_objects);
	tcase_add_test(tc, free_numbers);
	tcase_add_test(tc, not_an_object);
	tcase_add_test(tc, empty_body);
	tcase_add_test(tc, many_faults_are_cut);
}
