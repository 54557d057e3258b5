# Latchkey. `make serve` runs it, `make test` tests it; both install the Debian packages that are missing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
ARGS ?=
# A folder that has the archive of the C++ library and not the shared one: the part that Swift needs goes into the binary.
STATIC := .build/static
RELEASE := -c release --static-swift-stdlib --product latchkey -Xlinker -L$(CURDIR)/$(STATIC)

# What the binary links against; what the tests open a page with and put in front of it; what the benchmarks compare with.
BUILD_PACKAGES := libcurl4-openssl-dev libssl-dev zlib1g-dev libbrotli-dev
TEST_PACKAGES := chromium chromium-driver curl openssl apache2-bin
# What the proxies need that are unpacked and not installed (Scripts/unpack-proxies.sh).
PROXY_LIBRARIES := libpcre2-8-0 liblua5.3-0 libopentracing-c-wrapper0 libsystemd0
BENCH_PACKAGES := nginx-light lighttpd caddy wrk strace curl gcc libc6-dev

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

.PHONY: serve
serve: build ## Build the site and serve it at http://127.0.0.1:8787/ (ARGS="--demo" to try it without accounts)
	@exec .build/release/latchkey serve $(ARGS)

.PHONY: build
build: packages ## Build the binary, optimised: .build/release/latchkey
	@mkdir -p $(STATIC) && ln -sf "$$(gcc -print-file-name=libstdc++.a)" $(STATIC)/libstdc++.a
	@swift build $(RELEASE)

.PHONY: test
test: packages test-packages ## Run all tests, those in a real browser included
	@swift build --build-tests
	@Scripts/test.sh

.PHONY: check
check: packages test-packages ## Format, lint, build without warnings, test
	@Scripts/check.sh

.PHONY: format
format: ## Format the sources
	@swift format -i -r Package.swift Plugins Sources Tests

.PHONY: bench
bench: build bench-packages ## Measure speed and memory, as ratios in one run
	@Scripts/bench.sh
	@Scripts/bench-crowd.sh

SECONDS_EACH ?= 60
.PHONY: fuzz
fuzz: packages ## Feed every reader of outside bytes with made-up ones (SECONDS_EACH=60, TARGETS="http url")
	@Scripts/fuzz.sh $(SECONDS_EACH) $(TARGETS)

MINUTES ?= 60
.PHONY: soak
soak: build ## Run the server under mixed load, with faults, restarts and reloads (MINUTES=60)
	@swift build -c release --product soak
	@.build/release/soak $(CURDIR)/.build/release/latchkey $(MINUTES)

.PHONY: sanitize
sanitize: packages test-packages ## Run all tests under the address sanitizer, then under the thread sanitizer
	@Scripts/sanitize.sh

.PHONY: install
install: build ## Install the binary (PREFIX=/usr/local)
	@install -Dm755 .build/release/latchkey "$(DESTDIR)$(PREFIX)/bin/latchkey"
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/latchkey"

.PHONY: clean
clean: ## Remove what was built
	@rm -rf .build Output

.PHONY: packages test-packages bench-packages
packages:
	@command -v swift >/dev/null || { echo "make: swift is not on the PATH; install Swift 6.3 from https://www.swift.org/install/linux/" >&2; exit 1; }
	@Scripts/install-packages.sh $(BUILD_PACKAGES)
test-packages:
	@Scripts/install-packages.sh $(TEST_PACKAGES) $(PROXY_LIBRARIES)
	@Scripts/unpack-proxies.sh
bench-packages:
	@Scripts/install-packages.sh $(BENCH_PACKAGES)
