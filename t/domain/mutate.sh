#!/bin/bash
# SPDX-License-Identifier: MIT
# t/pg.sh t/domain/mutate.sh: drop each named CHECK (or rule of one), unique
# index, foreign key and trigger of the schema, one at a time, and want to see
# t/domain/schema.c fail. Prints TAP; a rule that nothing misses is "not ok".
set -u
cd "$(dirname "$0")/../.." || exit 1
suite=${SUITE:-obj/t/domain/domain}
url=$DATABASE_OWNER_URL
q() { psql -qAtX -v ON_ERROR_STOP=1 "$url" -c "$1"; }

rules=$(q "SELECT 'constraint', conrelid::regclass, conname, format(
    'ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname),
    (SELECT string_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s',
    r.conrelid::regclass, r.conname, replace(pg_get_constraintdef(r.oid),
    E'\n', ' ')), '; ' ORDER BY r.oid <> c.oid) FROM pg_constraint r
    WHERE r.oid = c.oid OR (c.contype = 'u' AND r.contype = 'f'
    AND r.conindid = c.conindid)) FROM pg_constraint c
    WHERE connamespace = 'public'::regnamespace AND coninhcount = 0
    AND contype IN ('c', 'u', 'f')
    UNION ALL SELECT 'index', i.indrelid::regclass, c.relname,
    format('DROP INDEX %I', c.relname), pg_get_indexdef(c.oid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND NOT i.indisprimary
    AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conindid = c.oid)
    UNION ALL SELECT 'rule', split_part(r.name, '_', 1)::regclass, r.name,
    regexp_replace(f.def,
    format('WHEN ((?!WHEN).)*THEN ''%s''', r.name), ''), f.def
    FROM pg_proc p CROSS JOIN LATERAL (SELECT replace(
    pg_get_functiondef(p.oid), E'\\n', ' ')) f (def)
    CROSS JOIN LATERAL (SELECT m[1] FROM
    regexp_matches(f.def, 'THEN ''(\\w+)''', 'g') m) r (name)
    WHERE p.prosrc LIKE '%rule_broken(%'
    UNION ALL SELECT 'trigger', tgrelid::regclass, tgname,
    format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass),
    pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2, 3")

n=0 missed=0
while IFS='|' read -r kind table name drop restore; do
	n=$((n + 1))
	q "$drop" || exit 1
	if CK_FORK=no CK_RUN_SUITE=schema "$suite" > /dev/null 2>&1; then
		missed=$((missed + 1))
		echo "not ok $n - nothing misses $kind $name of $table"
	else
		echo "ok $n - $kind $name of $table"
	fi
	q "$restore" || exit 1
done <<< "$rules"
CK_FORK=no CK_RUN_SUITE=schema "$suite" > /dev/null 2>&1 || {
	echo "not ok $((n + 1)) - the whole schema passes"
	missed=$((missed + 1))
}
echo "1..$n"
[ $missed = 0 ]
