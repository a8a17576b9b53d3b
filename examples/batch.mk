# A prompt a file, an answer a file, only what is new: make -j 8 -f batch.mk PROMPTS=prompts
#
# prompts/a.txt becomes prompts/a.md. What failed is asked again the next time; what is newer than its prompt is not.
SHELL = bash
.SHELLFLAGS = -eo pipefail -c
.DELETE_ON_ERROR:

PROMPTS ?= prompts
SKILL ?= batch
ANSWERS = $(patsubst %.txt,%.md,$(wildcard $(PROMPTS)/*.txt))

all: $(ANSWERS)
.PHONY: all need

need:
	@for program in hg-route hg-complete hg-strip; do \
	  command -v $$program >/dev/null || { echo "batch.mk: $$program is not on PATH" >&2; exit 69; }; done

%.md: %.txt | need
	hg-route --in text --skill $(SKILL) <$< | hg-complete | hg-strip --out text >$@
