#!/bin/bash
# SPDX-License-Identifier: MIT
# The rules that a script can check, as TAP; a broken one names file:line.
# `t/lint.sh routes` writes the README's route list anew instead.
# shellcheck disable=SC2016
set -u
shopt -s lastpipe
cd "$(dirname "$0")/.." || exit 1
n=0 failed=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# rule NAME: what stands on stdin breaks it.
rule() {
	local found
	found=$(cat)
	n=$((n + 1))
	if [ -z "$found" ]; then
		echo "ok $n - lint: $1"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $n - lint: $1 ($(wc -l <<< "$found") found)"
	head -n 40 <<< "$found" | sed 's/^/# /'
}

if git rev-parse -q --git-dir > /dev/null 2>&1; then
	git ls-files -co --exclude-standard
else
	find . -type f -not -path './obj/*' -not -path './var/*' -printf '%P\n'
fi | while read -r f; do [ ! -f "$f" ] || echo "$f"; done | sort > "$tmp/all"

files() { grep -E "$1" "$tmp/all"; }
each() { files "$1" | tr '\n' '\0' | xargs -0 -r "${@:2}"; }
source='^(lib|app|t)/.*\.[ch]$'

# file:line:text without comments and strings
each "$source" awk -f t/help/strip.awk > "$tmp/code"
code() { grep -E "^($1)" "$tmp/code"; }
words() { grep -E "^[^:]*:[0-9]+:.*\b($1)\b"; }
calls() { grep -E "^[^:]*:[0-9]+:.*\b($1)[[:space:]]*\("; }

routes() { "${SHOPD:-obj/shopd}" routes; }
readme_routes() {
	awk '/^```/ && on { exit } on { print }
	    /^```routes$/ { on = 1 }' README.md
}
if [ "${1-}" = routes ]; then
	routes > "$tmp/routes" || exit 1
	awk -v new="$tmp/routes" '
	    /^```/ && on { on = 0 }
	    !on { print }
	    /^```routes$/ {
		on = 1
		while ((getline line < new) > 0)
			print line
	    }' README.md > "$tmp/readme" && cat "$tmp/readme" > README.md
	exit
fi

# --- layers ---

each '^lib/' grep -nE '^#include "(app|t)/' /dev/null |
	rule "lib/ knows nothing of the shop"
# curl speaks two protocols, in lib/http_client.c and lib/smtp.c.
for h in libpq-fe.h json.h json_tokener.h json_object.h fcgiapp.h jwt.h \
	crypt.h curl/curl.h; do
	each '^(lib|app)/' grep -lE "#include <(json-c/)?$h>" /dev/null |
		awk -v h="$h" '{ f[NR] = $0 }
		    END { if (NR > 1 + (h ~ /curl/)) for (i in f) print f[i] ": <" h ">" }'
done | rule "a vendor's header is included by one file"
each '^app/' grep -nE \
	'#include <((json-c/)?json.*|libpq-fe|fcgiapp|jwt|crypt|curl/.*)\.h>' \
	/dev/null | rule "no vendor's header in app/"
code app/ | calls '(PQ|FCGX_|jwt_|json_object_|curl_)[A-Za-z_]*' |
	rule "no vendor's function in app/"
code app/ | words 'malloc|calloc|realloc|free|strdup|goto' |
	rule "no malloc, free or goto in app/"
code '(lib|app)/' |
	calls 'sprintf|vsprintf|strcpy|strcat|gets|atoi|atol|alloca|system|popen' |
	rule "no function without a bound or an error"
each '^app/.*_http\.c$' grep -nE \
	'\<STMT\(|"(SELECT|INSERT|UPDATE|DELETE|WITH) |#include "lib/pg\.h"' \
	/dev/null | rule "no SQL in *_http.c"
files '^app/.*_http\.c$' | sed 's/_http\.c$/.c/' | while read -r f; do
	[ ! -f "$f" ] || grep -nHE '#include "lib/(http|route|fcgi)\.h"' "$f"
done | rule "the rules of a resource never see HTTP"
each '^app/.*\.c$' grep -nE \
	'printf\(.*"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ' /dev/null |
	rule "no SQL made by printf"

# --- sizes and form ---

each "$source" awk 'FNR == 501 { print FILENAME ": over 500 lines" }' |
	rule "a file has 500 lines at most"
# A function opens and closes with a brace in the first column.
each "$source" awk '
	FNR == 1 { start = 0 }
	/^{/ { start = FNR }
	/^}/ && start {
		if (FNR - start - 1 > 60)
			print FILENAME ":" start ": " FNR - start - 1 " lines"
		start = 0
	}' | rule "a function has 60 lines at most"
files "$source" | while read -r f; do
	expand "$f" | sed 's/[\x80-\xBF]//g' |
		awk -v f="$f" 'length > 80 { print f ":" NR ": " length }'
done | rule "a line has 80 columns at most"
each '\.(c|h|def|sh|sql|awk|conf|service|socket|yaml|md|mjs|html|css)$|^Makefile$' \
	grep -nE '[[:space:]]$' /dev/null | rule "no trailing blanks"
each '\.(c|h|def|sh|sql|awk|conf|service|socket|mjs)$|file$' \
	awk 'FNR <= 3 && /SPDX-License-Identifier: MIT/ { has[FILENAME] = 1 }
	    END { for (i = 1; i < ARGC; i++)
		if (!(ARGV[i] in has)) print ARGV[i] }' |
	rule "an SPDX line in each file"
each '^(lib|app|t)/.*\.h$' awk '
	FNR == 1 {
		guard = toupper(FILENAME)
		gsub(/[^A-Z0-9]/, "_", guard)
		seen = 0
	}
	/^#ifndef/ && !seen {
		seen = 1
		if ($2 != guard) print FILENAME ":" FNR ": " guard
	}' | rule "a header's guard is its path"
files '^(lib|app|t)/.*\.h$' | while read -r f; do
	gcc -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror \
		-fsyntax-only -include "$f" -x c /dev/null 2>&1 |
		grep -m1 error
done | rule "a header compiles alone"
each "$source" grep -nwE 'TODO|FIXME|XXX|HACK' /dev/null |
	rule "nothing is left for later"
each '(\.sh|^\.ci/run)$' shellcheck -x \
	-e SC1091,SC2154 -f gcc 2>&1 | rule "shellcheck"

# --- what the program says of itself ---

each '^db/migrations/' awk '
	/^[ \t]+(CHECK|UNIQUE|PRIMARY KEY|FOREIGN KEY|EXCLUDE)/ &&
	    !/CONSTRAINT/ && last !~ /CONSTRAINT/ { print FILENAME ":" FNR }
	NF { last = $0 }' | rule "every constraint has a name"
grep -ohE '\bshopd_[a-z_]+' conf/prometheus-rules.yaml conf/grafana.json |
	sed -E 's/_(bucket|sum|count)$//' | sort -u | while read -r name; do
	grep -qrF "${name#shopd_}" lib/metrics.c app --include='*.c' ||
		echo "$name"
done | rule "dashboards and alerts name metrics that exist"
# sum() drops the labels, and only equal labels are compared.
awk '/- alert:/ { alert = $3; left = "" }
    /^ +expr:/ { left = $0 }
    /^ +> .*sum\(/ && left !~ /[^_]sum\(/ { print alert }
    !/^ +expr:/ { left = left $0 }' conf/prometheus-rules.yaml |
	rule "an alert compares a sum with a sum"
# Some readers of YAML take the last of two equal keys, Compose takes none.
awk '/^ *[^ #:]+:( |$)/ {
	depth = match($0, /[^ ]/)
	for (k in at)
		if (at[k] > depth)
			delete at[k]
	if ((depth, $1) in at)
		print FILENAME ":" FNR ": " $1
	at[depth, $1] = depth
    }' docker/compose.yaml | rule "no key stands twice in compose.yaml"
jq -e . conf/grafana.json 2>&1 > /dev/null | rule "the dashboard is JSON"
make -s help > "$tmp/help"
sed -n 's/^\([^\t:]*\):.*## .*/\1/p' Makefile | while read -r targets; do
	grep -q "^$targets " "$tmp/help" || echo "$targets"
done | rule "make help lists what has a description"
dir="$tmp/of nginx (R&D|\\)"
mkdir -p "$dir/tmp" "$dir/app"
{
	RUN=$dir LOG=$dir SOCKETS=$dir/app STATIC=$dir LISTEN=127.0.0.1:8080 \
		conf/nginx.sh > "$dir/nginx.conf" &&
	nginx -q -t -e "$dir/log" -c "$dir/nginx.conf"
} 2>&1 | rule "nginx accepts its configuration"
if [ -x "${SHOPD:-obj/shopd}" ]; then
	routes > "$tmp/routes" && readme_routes | diff - "$tmp/routes" 2>&1 |
		rule "README lists the routes as the program does"
	python3 t/help/pools.py "$tmp/routes" app/routes.c conf/nginx.conf \
		2>&1 | rule "nginx gives each route to the workers it is for"
	"${SHOPD:-obj/shopd}" config | sed -n 's/^\([A-Z_]*\)=.*/\1/p' |
		while read -r name; do
			grep -q "^| .$name. |" README.md || echo "$name"
		done | rule "README knows every setting"
	# The image says where things are, and no container has a test hook.
	"${SHOPD:-obj/shopd}" config | sed -n 's/^\([A-Z_]*\)=.*/\1/p' |
		grep -vxE 'MIGRATIONS_DIR|MAIL_DIR|CRASH_AT' |
		while read -r name; do
			grep -q "^ *$name: " docker/compose.yaml || echo "$name"
		done | rule "compose.yaml passes every setting on"
fi

echo "1..$n"
exit $((failed > 0))
