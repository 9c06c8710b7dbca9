# Latchkey. `make` lists what can be done; each needs nothing to be run before it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

GO       ?= go
FUZZTIME ?= 60s
BENCH    ?= .
# Packages tested at once. Many start real daemons and measure nothing but order, so
# this only keeps a large machine from starting dozens of them.
PARALLEL ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
# Not stamping the version control state keeps a build alike in a tarball, and possible
# in a folder that belongs to somebody else.
BUILD    := $(GO) build -trimpath -buildvcs=false

.PHONY: help deps build demo run test test-tpm windows test-windows wine-tests check check-light cross darwin-check fuzz bench clean

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

deps: ## install the system packages that are missing (Debian, Ubuntu), or say what to install
	@.ci/deps

build: deps ## build bin/latchkey, bin/latchkey-desktop and bin/virtualkey
	$(BUILD) -o bin/latchkey ./app/latchkey
	$(BUILD) -o bin/virtualkey ./fido/virtualkey/cmd/virtualkey
	$(BUILD) -o bin/latchkey-desktop .

# The demo does without the window, which takes minutes to build the first time.
demo: deps ## show enrolment and sign-in without a network, end to end, in a scratch home
	$(BUILD) -o bin/ ./app/latchkey ./fido/virtualkey/cmd/virtualkey ./app/demo
	bin/demo

run: build ## start the window, with a virtual key if no key is plugged in and you agree
	$(BUILD) -o bin/demo ./app/demo
	bin/demo gui

# All of vet's checks run inside go test, on what it has compiled anyway.
test: deps check-light ## run every test, with the race detector
	$(GO) test -race -vet=all -p $(PARALLEL) -timeout 30m ./...

test-tpm: deps ## run the tests of this computer's security chip, against an emulated one
	$(GO) test -race ./platform/authenticator ./platform/records ./platform/conformance ./platform/tpm/... ./platform/fprintd/...

windows: ## cross-compile bin/windows/*.exe; signed if SIGN_CERT and SIGN_KEY are given
	@.ci/deps windows
	@GO='$(GO)' assets/windows/build

test-windows: windows ## run the Windows programs and their tests under Wine, with a stand-in for webauthn.dll
	$(GO) run ./platform/windowshello/winetest $(MAKE) --no-print-directory wine-tests

# Those for Windows, run by Wine, then those that run Windows programs. winetest has made
# the Windows that they run in.
wine-tests:
	GOOS=windows CGO_ENABLED=0 $(GO) test -vet=all -count=1 -exec wine ./fido/ceremony ./platform/windowshello ./app/companion ./app/windows
	$(GO) test -vet=all -count=1 -tags wine ./app/windows

check: deps check-light ## check formatting, go vet, staticcheck, import rules, package docs, other systems
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) tool staticcheck -tags wine ./app/windows
	$(GO) test -count=1 ./app/arch
	@$(MAKE) --no-print-directory cross

check-light:
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "Not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

# Windows and macOS are compiled here, not run.
ELSEWHERE := ./app/latchkey ./app/cli ./app/wire ./app/keychain/... ./fido ./verifier/... ./platform/authenticator ./platform/records ./platform/tpm ./platform/fprintd ./platform/windowshello ./platform/touchid
cross:
	CGO_ENABLED=0 GOOS=windows $(GO) vet $(ELSEWHERE)
	@$(MAKE) --no-print-directory darwin-check

darwin-check: ## compile and vet the CLI for macOS
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet $(ELSEWHERE)
	CGO_ENABLED=0 GOOS=darwin GOARCH=amd64 $(GO) vet $(ELSEWHERE)
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(BUILD) -o bin/darwin-arm64/latchkey ./app/latchkey
	CGO_ENABLED=0 GOOS=darwin GOARCH=amd64 $(BUILD) -o bin/darwin-amd64/latchkey ./app/latchkey

fuzz: deps ## fuzz every target for FUZZTIME (60s) each
	@grep -rlE --include='*_test.go' '^func Fuzz' . | while read -r file; do \
	  for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$file"); do \
	    echo "== $$(dirname "$$file") $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$(dirname "$$file")" </dev/null || exit 1; \
	  done || exit 1; \
	done

bench: deps ## measure, and print how it compares (BENCH=Name for one)
	$(GO) test -run '^$$' -bench '$(BENCH)' -p 1 $$(grep -rlE --include='*_test.go' '^func Benchmark' . | xargs -n 1 dirname | sort -u)

clean: ## remove what was built
	rm -rf bin
