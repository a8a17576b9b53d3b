// Words of a text for callers outside FTS5: all of them, or where some stand.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int append_word(hg_words *list, hg_word word) {
  if (list->count == list->capacity) {
    int32_t capacity = list->capacity ? list->capacity * 2 : 256;
    hg_word *grown = realloc(list->words, (size_t)capacity * sizeof *grown);
    if (!grown) return SQLITE_NOMEM;
    list->words = grown, list->capacity = capacity;
  }
  list->words[list->count++] = word;
  return SQLITE_OK;
}

static int keep_word(void *context, int flags, const char *token, int length, int start, int end) {
  hg_words *list = context;
  (void)flags;
  if (length > list->stems_capacity - list->stems_length) {
    int32_t capacity = (list->stems_capacity + length) * 2 + 1024;
    char *grown = realloc(list->stems, (size_t)capacity);
    if (!grown) return SQLITE_NOMEM;
    list->stems = grown, list->stems_capacity = capacity;
  }
  memcpy(list->stems + list->stems_length, token, (size_t)length);
  int32_t stem = list->stems_length;
  list->stems_length += length;
  return append_word(list, (hg_word){start, end, stem, length});
}

static int cut(hg_tokenizer *self, int query, const char *text, int32_t length, hg_words *list) {
  int tokens;
  list->count = list->stems_length = 0;
  return hg_each_token(self, query, text, length, list, keep_word, &tokens);
}

int hg_tokenize(hg_tokenizer *self, const char *text, int32_t length, hg_words *words) {
  return cut(self, 0, text, length, words);
}

int hg_tokenize_query(hg_tokenizer *self, const char *text, int32_t length, hg_words *words) {
  // A text of the user's never starts with the mark of a verbatim stem.
  while (length > 0 && *text == HG_VERBATIM) text++, length--;
  return cut(self, 1, text, length, words);
}

typedef struct {
  const hg_word *wanted;
  int32_t count;
  const char *stems;
  hg_words *found;
} search;

static int find_word(void *context, int flags, const char *token, int length, int start, int end) {
  search *search = context;
  (void)flags;
  for (int32_t i = 0; i < search->count; i++) {
    hg_word wanted = search->wanted[i];
    if (wanted.stem_length == length && memcmp(search->stems + wanted.stem, token, (size_t)length) == 0) {
      return append_word(search->found, (hg_word){start, end, i, length});
    }
  }
  return SQLITE_OK;
}

int hg_find(hg_tokenizer *self, const char *text, int32_t length, const hg_word *wanted, int32_t count,
            const char *stems, hg_words *words) {
  search search = {wanted, count, stems, words};
  int tokens;
  words->count = words->stems_length = 0;
  return hg_each_token(self, 0, text, length, &search, find_word, &tokens);
}

void hg_words_free(hg_words *list) {
  free(list->words);
  free(list->stems);
  memset(list, 0, sizeof *list);
}
