# hyperguild's filters. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
PROGRAMS = hg-route hg-complete hg-strip hg-log hg-brain hg-mcp
# Under this the release build lies apart from that of the tests: each would throw the other away.
RELEASE = .build-release
RELEASE_BUILD = HYPERGUILD_SIMDJSON="$$(tools/simdjson-library)" swift build -c release --static-swift-stdlib --disable-local-rpath --scratch-path $(RELEASE)

.DEFAULT_GOAL := help
.PHONY: help setup build quick test lint format check manual bench soak fuzz demo examples-test install-cron uninstall-cron install uninstall dist clean

help: ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
	  printf '  make %-14s %s\n' "$$name" "$$text"; done

build: ## Build the programs (release, static Swift runtime).
	@demo/setup build
	@tools/static-libraries $(RELEASE)/static stdc++ sqlite3 utf8proc pcre2-8
	@for program in $(PROGRAMS); do $(RELEASE_BUILD) --product $$program || exit; done

demo: build ## Three real answers: a real LiteLLM proxy, a real small model, no account.
	@demo/setup demo
	@HYPERGUILD_BIN="$$(pwd)/$(RELEASE)/release" demo/run

# The suites that need what `demo/setup test` downloads: the LiteLLM proxy with its model, the public JSON suites, the
# schema validator. With HYPERGUILD_QUICK any other suite that asks for these fails.
NEED_DOWNLOADS = PipelineTests\.(Examples|CompleteLiteLLM|CompleteRestart|Document)|Schema|JSONSuite
# Tables that start the programs more than a thousand times, and long waits; `make test` has them.
LONG = ExtremeNumber|RecordMatrix|SecretKinds|HostileText|BrainFault|BrainRemote

quick: ## Build and run the tests that need no server and no download, but for the longest (a minute after a build).
	@demo/setup quick
	HYPERGUILD_STRICT=1 swift build --build-tests
	HYPERGUILD_STRICT=1 HYPERGUILD_QUICK=1 swift test --skip-build --disable-xctest --skip '$(NEED_DOWNLOADS)|$(LONG)'

test: ## Build and run all tests, those against the real LiteLLM proxy too.
	@demo/setup test
	HYPERGUILD_STRICT=1 swift build --build-tests
	HYPERGUILD_STRICT=1 swift test --skip-build --disable-xctest
	fuzz/run 30
	tools/check-install

examples-test: ## Run every file of examples/, Spark and ssh too (they need 450 MB more).
	@demo/setup examples
	HYPERGUILD_STRICT=1 swift build --build-tests
	HYPERGUILD_STRICT=1 swift test --skip-build --disable-xctest --filter 'PipelineTests.Examples'
	PATH="$$(swift build --show-bin-path):$$PATH" Tests/Servers/servers Tests/examples/beyond

install-cron: ## Put the jobs of examples/crontab into your crontab.
	@examples/bin/install-cron install

uninstall-cron: ## Take them out again; the rest stays as it was.
	@examples/bin/install-cron uninstall

lint: ## Check the format of the Swift files and the shell scripts.
	@demo/setup test
	swift format lint --strict --recursive Package.swift Sources Tests
	git grep -lE '^#!(/bin/sh|/usr/bin/env (ba)?sh)' -- ':!*.md' | xargs shellcheck

format: ## Format the Swift files.
	swift format --in-place --recursive Package.swift Sources Tests

check: lint test ## Lint and test: what CI runs.

manual: ## Write the manual pages in man/ anew, from the programs' own help.
	swift package --allow-writing-to-package-directory generate-manual --configuration debug --multi-page \
	  --date 2026-11-21 --authors 'The hyperguild authors'
	for program in $(PROGRAMS); do \
	  rm -f man/$$program.1 man/$$program.*.1; \
	  cp .build/plugins/GenerateManual/outputs/$$program/*.1 man/ || exit; done
	rm -f man/*.help.1
	sed -i -e '/^.Xr .*help 1/d' -e '/^.Ex -std/c See EXIT STATUS above, or the README.' man/*.1
	for page in man/*.1; do grep -q '^.Xr' $$page || sed -i -e '/SEE ALSO/d' -e '/^.Ar subcommand/d' $$page; done

bench: build ## Measure what the README claims (needs a quiet machine).
	@demo/setup test
	bench/run

soak: build ## The long forms of the crash, concurrency and full-disk tests (minutes).
	HYPERGUILD_BIN="$$(pwd)/$(RELEASE)/release" bench/soak

fuzz: ## Fuzz hg-strip and the record library for five minutes.
	fuzz/run 300

install: build ## Install the programs and their manuals under PREFIX (/usr/local).
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/man/man1"
	for program in $(PROGRAMS); do \
	  install -m 755 -s $(RELEASE)/release/$$program "$(DESTDIR)$(PREFIX)/bin/" || exit; done
	for page in man/*.1; do install -m 644 $$page "$(DESTDIR)$(PREFIX)/share/man/man1/" || exit; done
	install -d "$(DESTDIR)$(PREFIX)/share/hyperguild"
	cp -R examples "$(DESTDIR)$(PREFIX)/share/hyperguild/"

uninstall: ## Remove what install put in place.
	for program in $(PROGRAMS); do \
	  rm -f "$(DESTDIR)$(PREFIX)/bin/$$program" "$(DESTDIR)$(PREFIX)/share/man/man1/$$program.1" "$(DESTDIR)$(PREFIX)/share/man/man1/$$program."*.1; done
	rm -rf "$(DESTDIR)$(PREFIX)/share/hyperguild/examples"
	rmdir "$(DESTDIR)$(PREFIX)/share/hyperguild" 2>/dev/null || true

dist: ## Make a tarball of the installed programs in dist/.
	rm -rf dist/root && $(MAKE) install DESTDIR=dist/root PREFIX=/usr/local
	tar -C dist/root -czf dist/hyperguild-filters.tar.gz usr

clean: ## Remove everything that was built.
	rm -rf .build $(RELEASE) dist
