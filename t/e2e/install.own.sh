#!/bin/bash
# SPDX-License-Identifier: MIT
# The packages, make install, and what systemd says of the units.
set -u
. "$(dirname "$0")/../help/tap.sh"
cd "$top" || exit 1
dir=$(new_dir)
units=$dir/usr/lib/systemd/system

# Missing packages, and nobody who may install them.
mkdir "$dir/bin"
printf '#!/bin/sh\necho 1000\n' > "$dir/bin/id"
printf '#!/bin/sh\nexit 1\n' | tee "$dir/bin/sudo" > "$dir/bin/dpkg-query"
chmod +x "$dir/bin"/*
out=$(PATH=$dir/bin:$PATH conf/deps.sh image 2>&1 < /dev/null)
is $? 1 "without packages, root or sudo it ends"
like "$out" 'sudo apt-get install -y --no-install-recommends nginx$' \
	"and prints the line to type"

umask 077
check "make install works" make -s install DESTDIR="$dir" PREFIX=/usr
umask 022
is "$(find "$dir/usr" "$dir/etc" ! -perm -a=r -o -type d ! -perm -a=x)" "" \
	"all may read it, whatever root's umask"
like "$("$dir/usr/bin/shopd" --version)" '^shopd [0-9]' "the program runs"
is "$(ls "$dir/usr/share/shopd/migrations")" "$(ls db/migrations)" \
	"all migrations are installed"
out=$(cd / && unset MIGRATIONS_DIR && DATABASE_URL="postgresql:///x?host=$dir" \
	"$dir/usr/bin/shopd" migrate up 2>&1)
like "$out" 'migrate: cannot prepare' "and found: only the database is missing"
unlike "$(cat "$units"/*)" '@PREFIX@' "the units name real paths"
like "$(cat "$dir/etc/logrotate.d/shopd")" \
	'^[^{]*/var/log/shopd/nginx-\*\.log .*USR1 shopd-nginx.service' \
	"nginx's logs are rotated"

# What the README does with it, "As a service".
section=$(sed -n '/^## As a service/,/^## Buy/p' README.md)
doc=$dir/usr/share/doc/shopd
while read -r name; do
	like "$section" "/${name##*/}\\.sample $name" "README makes $name"
	check "of a sample" test -f "$doc/${name##*/}.sample"
	# All that it mentions is set.
	sed 's/^#\([A-Z_]*=\)/\1/' "$doc/${name##*/}.sample" > "$dir/${name##*/}"
done < <(sed -n 's/^EnvironmentFile=-*//p' "$units"/*.service | sort -u)
for unit in "$units"/*; do
	name=${unit##*/}
	like "$section" "enable --now [^\`]*${name%.service}" "and starts $name"
done
settings() { sed -n 's/^\([A-Z_]*\)=.*/\1/p' "$@" | sort; }
is "$(settings "$dir/shopd.env" |
	comm -23 - <(obj/shopd config | settings))" "" "shopd knows its sample"
check "and takes it" env -i sh -c "set -a; . $dir/shopd.env; obj/shopd config"
is "$(settings "$dir/nginx.env" | comm -23 - <(sed -n \
	's/^#\t\([A-Z_]*\)\t.*/\1/p' conf/nginx.sh | sort))" "" "nginx.sh its own"
like "$(env -i sh -c "set -a; . $dir/nginx.env; conf/nginx.sh")" \
	'set_real_ip_from 127.0.0.1;' "and trusts the proxy"

# What docker/compose.yaml says may hold the secrets.
for file in .gitignore .dockerignore; do
	check "$file keeps docker/.env out" grep -qx '/*docker/\.env' "$file"
done

# Running requests end well, whoever stops it.
for file in "$units/shopd-nginx.service" docker/compose.yaml; do
	like "$(cat "$file")" '(KillSignal=|stop_signal: )SIGQUIT' \
		"${file##*/} stops nginx by QUIT"
done

# Other settings while it runs, and some that it does not take.
like "$(cat "$units/shopd-nginx.service")" 'ExecReload=.*/nginx.sh reload' \
	"systemctl reload reads the settings anew"
port=$(free_port)
mkdir "$dir/run"
nginx_sh() (
	exec env RUN="$dir/run" LOG="$dir/run" LISTEN="127.0.0.1:$port" "$@"
)
allowed() {
	curl -s -D - -o /dev/null -H 'Origin: https://a.example' \
		"http://127.0.0.1:$port/health" |
		grep -q 'Allow-Origin: https://a.example'
}
nginx_sh conf/nginx.sh run 2> /dev/null &
pid=$!
check "nginx.sh run" wait_for 5 curl -s "http://127.0.0.1:$port/health"
check "an origin is not allowed" eval '! allowed'
nginx_sh CORS_ORIGINS=https://a.example conf/nginx.sh reload > /dev/null 2>&1
check "after nginx.sh reload it is" wait_for 5 allowed
nginx_sh TRUSTED_PROXIES=nobody conf/nginx.sh reload > /dev/null 2>&1
is $? 1 "what nginx does not take is refused"
check "and changes nothing" allowed
kill "$(cat "$dir/run/nginx.pid")"
wait $pid

# Where it is looked for.
for prefix in /usr /usr/local /opt/shopd; do
	d=$(new_dir)
	make -s install DESTDIR="$d" PREFIX=$prefix
	check "$prefix: logrotate finds its file" test -f "$d/etc/logrotate.d/shopd"
	if ! command -v systemd-sysusers > /dev/null; then
		skip "$prefix: systemd finds its files" "it is not installed"
		continue
	fi
	systemd-sysusers --root="$d" 2> /dev/null
	like "$(cat "$d/etc/passwd")" '^shopd:' "$prefix: systemd-sysusers as well"
	for unit in conf/*.service conf/*.socket; do
		is "$(systemctl --root="$d" is-enabled "${unit##*/}" 2>&1)" \
			disabled "$prefix: systemd finds ${unit##*/}"
	done
done

if command -v systemd-analyze > /dev/null; then
	# The verifier wants to see the programs that the units start.
	make -s install DESTDIR="$dir/root" PREFIX="$dir/opt"
	ln -s "$dir/root$dir/opt" "$dir/opt"
	units=$dir/root/etc/systemd/system
	is "$(systemd-analyze verify "$units"/shopd*.* 2>&1 |
		grep -F shopd | grep -vi 'shopd.env')" "" \
		"systemd has nothing to say against the units"
	score=$(systemd-analyze security --offline=true \
		"$units/shopd.service" 2>/dev/null |
		sed -n 's/.*level for [^ ]*: \([0-9]*\).*/\1/p')
	is "$((score < 3))" 1 "the service's sandbox is tight ($score)"
else
	skip "systemd units" "systemd-analyze is not installed"
fi
finish
