# A prompt a file, an answer a file, only what is new: make -j 8 -f batch.mk PROMPTS=prompts
#
# prompts/a.txt becomes prompts/a.md, whole or not at all. What failed is asked again the next time; what is newer than its
# prompt is not. Make's file names hold no white space.
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

# The names go in by the environment: no part of them is ever read as a command.
%.md: export PROMPT = $<
%.md: export ANSWER = $@
%.md: %.txt | need
	@hg-route --in text --skill '$(SKILL)' <"$$PROMPT" | hg-complete | hg-strip --think --out text >"$$ANSWER.new" && \
	  { grep -q '[^[:space:]]' "$$ANSWER.new" || { echo "batch.mk: $$PROMPT: the answer is empty" >&2; false; }; } && \
	  mv -- "$$ANSWER.new" "$$ANSWER" || { status=$$?; rm -f -- "$$ANSWER.new"; exit $$status; }
