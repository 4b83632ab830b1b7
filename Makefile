# SPDX-License-Identifier: MIT
# One file, not recursive.  Objects live under obj/, `make san` under obj/san/.

PREFIX ?= /usr/local
PORT ?= 8080
VAR ?= ./var
SECONDS ?= 60

CC = gcc
CFLAGS ?= -O2 -g
WERROR = -Werror
O = obj
RELEASE = 0.1.0
VERSION := $(RELEASE)$(shell git rev-parse --short HEAD 2>/dev/null | \
	sed 's/^/-g/')

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
	-Wconversion $(WERROR)
# What gcc 12 knows of the OpenSSF compiler hardening guide.
ifdef SAN
HARDEN = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DARENA_DEBUG
LDHARDEN = $(HARDEN)
else
HARDEN = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection=full -fPIE \
	-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fno-strict-aliasing
LDHARDEN = -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
endif

PKGS = fcgi libpq json-c libjwt libcrypt libcurl libcrypto
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null)

# Nothing is exported: a function of ours named as one of a library's (jansson
# has a json_string too) would else be called by that library.
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. $(WARN) $(HARDEN) $(CFLAGS) \
	-fvisibility=hidden \
	-DSHOPD_VERSION='"$(VERSION)"' $(PKG_CFLAGS) -MMD -MP
ALL_LDFLAGS = $(LDHARDEN) -Wl,--as-needed $(LDFLAGS)

SRCS := $(wildcard lib/*.c app/*.c app/*/*.c)
OBJS := $(SRCS:%.c=$(O)/%.o)
LEVELS = unit domain call race
TESTS := $(foreach l,$(LEVELS),$(if $(wildcard t/$l/*.c),$(O)/t/$l/$l))
TEST_SRCS := $(wildcard t/help/*.c $(LEVELS:%=t/%/*.c) t/fuzz/*.c \
	t/fuzz/help/*.c)
# Only these are compiled anew when the version changes.
VERSIONED := $(patsubst %.c,$(O)/%.o,\
	$(shell grep -ls SHOPD_VERSION $(SRCS) /dev/null))

all: $(O)/shopd	## build obj/shopd

help:	## list the targets
	@sed -n 's/^\([a-z0-9 -]*\):[^#]*## */\1\t/p' Makefile | \
		while IFS='	' read -r t d; do printf '%-26s %s\n' "$$t" "$$d"; done

$(O)/shopd: $(OBJS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(OBJS) $(PKG_LIBS)

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(VERSIONED): $(O)/version
$(O)/version: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@

# What `make bench` measures with: the floor, the generator of a fixed rate,
# the rows of a shop, and the program's own statements.
$(O)/bench/sql: $(O)/t/bench/sql.o $(filter-out $(O)/app/main.o,$(OBJS))
$(O)/bench/floor $(O)/bench/rate: $(O)/bench/%: $(O)/t/bench/%.o
$(O)/bench/rows: $(patsubst %.c,$(O)/%.o,$(wildcard t/bench/rows/*.c))
$(O)/bench/sql $(O)/bench/floor $(O)/bench/rate $(O)/bench/rows:
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# One test program a level: its files, the helpers, and all of the program
# but its main().
define level
$(O)/t/$1/$1: $(patsubst %.c,$(O)/%.o,$(wildcard t/$1/*.c t/help/*.c)) \
    $(filter-out $(O)/app/main.o,$(OBJS))
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(PKG_LIBS) $$(CHECK_LIBS)
endef
$(foreach l,$(LEVELS),$(eval $(call level,$l)))

tests: $(TESTS)

# Built by t/fuzz/run.sh, with clang and its sanitizers.
FUZZ := $(patsubst t/fuzz/%.c,$(O)/t/fuzz/%,$(wildcard t/fuzz/*.c))
$(FUZZ): $(O)/%: $(O)/%.o $(patsubst %.c,$(O)/%.o,\
    $(wildcard t/fuzz/help/*.c) t/help/forge.c) \
    $(filter-out $(O)/app/main.o,$(OBJS))
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS) -ljansson
fuzz-targets: $(FUZZ)

run:	## start everything: make run PORT=8080 VAR=./var
	@PORT='$(PORT)' VAR='$(VAR)' WORKERS='$(WORKERS)' exec conf/stack.sh

deps:	## install the Debian packages that building and testing need
	@conf/deps.sh build run check

check:	## build, lint, run every test, print one summary line
	@t/run.sh

lint:	## check the rules that a script can check
	@t/lint.sh

unit domain call race e2e: FORCE	## run one level: make unit CK_RUN_SUITE=json
	@t/run.sh $@

san:	## unit, domain and call tests under ASan and UBSan
	@SAN=1 t/run.sh unit domain call

faults: all	## break everything under load, then reconcile
	@t/fault/run.sh

fuzz:	## run every fuzz target: make fuzz SECONDS=60
	@t/fuzz/run.sh $(SECONDS)

bench: all	## floors, service and peers side by side
	@t/bench/run.sh

bench-growth: all	## the same statements on a grown database
	@t/bench/growth.sh

docs-assets:	## fetch the API pages' scripts from npm, pinned and checked
	@if [ -x conf/docs-assets.sh ]; then conf/docs-assets.sh; fi

routes: all	## write the README's route list anew
	@t/lint.sh routes

fmt:	## format the C sources
	clang-format -i --style=file:t/clang-format $(SRCS) $(TEST_SRCS) \
		$(wildcard lib/*.h app/*.h app/*/*.h t/help/*.h)

install: all docs-assets	## install: make install DESTDIR=/tmp/x PREFIX=/usr
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' conf/install.sh

clean:	## remove what was built
	rm -rf obj

.PHONY: all help tests run deps check lint unit domain call race e2e san \
	faults fuzz bench bench-growth docs-assets routes fmt install clean \
	fuzz-targets FORCE
FORCE:

-include $(OBJS:.o=.d) $(TEST_SRCS:%.c=$(O)/%.d) \
	$(wildcard $(O)/t/bench/*.d $(O)/t/bench/rows/*.d)
