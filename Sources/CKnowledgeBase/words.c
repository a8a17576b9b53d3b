// The tokenizer `hyperguild`: words folded (folding.c) and stemmed by FTS5's `porter`, with a cache of stems in front of it,
// because a word seen before need not be stemmed again, and pairs of characters for scripts that are written without
// spaces.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

// A search cuts a few pages of text and must not touch megabytes of memory; building an index cuts millions of words.
enum { FEW_SLOTS = 1 << 9, MANY_SLOTS = 1 << 15, WORD_MAX = 28 };

typedef struct {
  uint8_t length, stem_length;
  char word[WORD_MAX], stem[WORD_MAX + 2];
} cache_slot;

struct hg_tokenizer {
  fts5_tokenizer porter;
  Fts5Tokenizer *instance;
  cache_slot *cache;
  uint32_t slots, misses;
  hg_folding foldings[HG_FOLDINGS];
  // The folded word that is being put together.
  char *word;
  int word_length, word_capacity;
  int32_t counts[HG_COLUMNS];
  int column;
};

// Where the words of one call go, and how many there were.
typedef struct {
  hg_token_sink sink;
  void *context;
  int tokens;
} relay;

typedef struct {
  char *stem;
  int length;
} stem_result;

static int keep_stem(void *context, int flags, const char *token, int length, int start, int end) {
  stem_result *result = context;
  (void)flags, (void)start, (void)end;
  if (length <= WORD_MAX + 2) {
    memcpy(result->stem, token, (size_t)length);
    result->length = length;
  }
  return SQLITE_OK;
}

static const uint8_t ascii_fold[128] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7',
    ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f',
    ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n',
    ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v',
    ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',
    ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l',
    ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
    ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

// Scripts that put no spaces between words: Thai to Khmer, kana, Han, Hangul (whose words are compounds).
static int is_unspaced(uint32_t c) {
  if (c < 0x0E00) return 0;
  return (c <= 0x0EFF && c != 0x0E3F) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) ||
         c == 0x3005 || c == 0x3007 || (c >= 0x3041 && c <= 0x30FF && c != 0x30A0 && c != 0x30FB) ||
         (c >= 0x31F0 && c <= 0x31FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFF66 && c <= 0xFF9F) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

static int emit_stem(hg_tokenizer *self, const char *word, int length, uint32_t hash, int start, int end, relay *to) {
  cache_slot *slot = &self->cache[(hash ^ hash >> 15) & (self->slots - 1)];
  if (slot->length != length || memcmp(slot->word, word, (size_t)length) != 0) {
    if (++self->misses == MANY_SLOTS / 2 && self->slots == FEW_SLOTS) {
      cache_slot *grown = calloc(MANY_SLOTS, sizeof *grown);
      if (grown) {
        free(self->cache);
        self->cache = grown, self->slots = MANY_SLOTS;
        slot = &self->cache[(hash ^ hash >> 15) & (self->slots - 1)];
      }
    }
    stem_result result = {slot->stem, 0};
    slot->length = 0;
    int rc = self->porter.xTokenize(self->instance, &result, FTS5_TOKENIZE_DOCUMENT, word, length, keep_stem);
    if (rc != SQLITE_OK) return rc;
    slot->length = (uint8_t)length, slot->stem_length = (uint8_t)result.length;
    memcpy(slot->word, word, (size_t)length);
  }
  to->tokens++;
  return to->sink(to->context, 0, slot->stem, slot->stem_length, start, end);
}

static uint32_t add_to_hash(uint32_t hash, char byte) { return (hash ^ (uint8_t)byte) * 16777619u; }

enum { HASH_OF_NOTHING = 2166136261u };

static int append(hg_tokenizer *self, const char *bytes, int length) {
  if (length > self->word_capacity - self->word_length) {
    int capacity = (self->word_capacity + length) * 2 + 64;
    char *grown = realloc(self->word, (size_t)capacity);
    if (!grown) return SQLITE_NOMEM;
    self->word = grown, self->word_capacity = capacity;
  }
  memcpy(self->word + self->word_length, bytes, (size_t)length);
  self->word_length += length;
  return SQLITE_OK;
}

// The word that was put together. What is longer than a word can be is not stemmed.
static int emit_folded(hg_tokenizer *self, int start, int end, relay *to) {
  int length = self->word_length;
  self->word_length = 0;
  if (length == 0) return SQLITE_OK;
  if (length > WORD_MAX) {
    to->tokens++;
    return to->sink(to->context, 0, self->word, length, start, end);
  }
  uint32_t hash = HASH_OF_NOTHING;
  for (int i = 0; i < length; i++) hash = add_to_hash(hash, self->word[i]);
  return emit_stem(self, self->word, length, hash, start, end, to);
}

// A word of ASCII letters and digits.
static int emit_word(hg_tokenizer *self, const char *text, int start, int end, relay *to) {
  int length = end - start;
  if (length > WORD_MAX) {
    for (int i = start; i < end; i++) {
      if (append(self, (const char *)&ascii_fold[(uint8_t)text[i]], 1) != SQLITE_OK) return SQLITE_NOMEM;
    }
    return emit_folded(self, start, end, to);
  }
  char word[WORD_MAX];
  uint32_t hash = HASH_OF_NOTHING;
  for (int i = 0; i < length; i++) {
    word[i] = (char)ascii_fold[(uint8_t)text[start + i]];
    hash = add_to_hash(hash, word[i]);
  }
  return emit_stem(self, word, length, hash, start, end, to);
}

// The characters of a run without spaces become its overlapping pairs, and, in a document, its last character: so that a
// query of one character, asked as a prefix, finds it everywhere.
typedef struct {
  char bytes[8];
  int length, start, end, pairs;
} unspaced_run;

static int add_unspaced(unspaced_run *run, uint32_t character, int start, int end, relay *to) {
  char pair[8];
  int length = run->length, rc = SQLITE_OK;
  memcpy(pair, run->bytes, (size_t)length);
  run->length = hg_encode(character, run->bytes);
  memcpy(pair + length, run->bytes, (size_t)run->length);
  if (length > 0) {
    rc = to->sink(to->context, 0, pair, length + run->length, run->start, end);
    to->tokens++, run->pairs++;
  }
  run->start = start, run->end = end;
  return rc;
}

static int end_unspaced(unspaced_run *run, int query, relay *to) {
  int rc = SQLITE_OK;
  if (run->length > 0 && (!query || run->pairs == 0)) {
    rc = to->sink(to->context, 0, run->bytes, run->length, run->start, run->end);
    to->tokens++;
  }
  run->length = run->pairs = 0;
  return rc;
}

// Text with characters beyond ASCII, up to the next ASCII space or mark.
static int cut_wide(hg_tokenizer *self, const char *text, int start, int length, int query, relay *to, int *end) {
  int at = start, from = start, until = start, rc = SQLITE_OK;
  unspaced_run run = {{0}, 0, 0, 0, 0};
  hg_folded folded;
  self->word_length = 0;
  while (at < length && rc == SQLITE_OK) {
    uint8_t byte = (uint8_t)text[at];
    if (byte < 0x80 && !ascii_fold[byte]) break;
    at = hg_fold_next(self->foldings, text, at, length, &folded);
    for (int i = 0; i < folded.count && rc == SQLITE_OK; i++) {
      uint32_t character = folded.characters[i];
      int wide = is_unspaced(character), letter = !wide && hg_is_letter(character);
      if (!letter) rc = emit_folded(self, from, until, to);
      if (!wide && rc == SQLITE_OK) rc = end_unspaced(&run, query, to);
      if (wide && rc == SQLITE_OK) rc = add_unspaced(&run, character, folded.start, folded.end, to);
      if (letter && rc == SQLITE_OK) {
        char bytes[4];
        if (self->word_length == 0) from = folded.start;
        rc = append(self, bytes, hg_encode(character, bytes));
        until = folded.end;
      }
    }
  }
  if (rc == SQLITE_OK) rc = emit_folded(self, from, until, to);
  if (rc == SQLITE_OK) rc = end_unspaced(&run, query, to);
  self->word_length = 0;
  return *end = at, rc;
}

int hg_each_token(hg_tokenizer *self, int query, const char *text, int length, void *context, hg_token_sink sink,
                int *tokens) {
  relay to = {sink, context, 0};
  int rc = SQLITE_OK, at = 0;
  // The query builder hands over stems: they must not be cut or stemmed again.
  if (query && length > 1 && text[0] == HG_VERBATIM) {
    *tokens = 1;
    return sink(context, 0, text + 1, length - 1, 1, length);
  }
  while (at < length && rc == SQLITE_OK) {
    uint8_t byte = (uint8_t)text[at];
    if (byte < 0x80 && !ascii_fold[byte]) {
      at++;
      continue;
    }
    int end = at;
    while (end < length && (uint8_t)text[end] < 0x80 && ascii_fold[(uint8_t)text[end]]) end++;
    if (end < length && (uint8_t)text[end] >= 0x80) {
      rc = cut_wide(self, text, at, length, query, &to, &at);
    } else {
      rc = emit_word(self, text, at, end, &to);
      at = end;
    }
  }
  return *tokens = to.tokens, rc;
}

void hg_reset_counts(hg_tokenizer *self) {
  memset(self->counts, 0, sizeof self->counts);
  self->column = 0;
}

int32_t hg_column_words(const hg_tokenizer *self, int column) { return self->counts[column]; }

// FTS5's side: every table of a connection shares the connection's tokenizer.

static int fts_create(void *context, const char **arguments, int count, Fts5Tokenizer **out) {
  (void)arguments, (void)count;
  return *out = (Fts5Tokenizer *)context, SQLITE_OK;
}

static void fts_delete(Fts5Tokenizer *instance) { (void)instance; }

static int fts_tokenize(Fts5Tokenizer *instance, void *context, int flags, const char *text, int length,
                        hg_token_sink sink) {
  hg_tokenizer *self = (hg_tokenizer *)instance;
  int tokens = 0, query = (flags & FTS5_TOKENIZE_QUERY) != 0;
  int rc = hg_each_token(self, query, text, length, context, sink, &tokens);
  if (!query && self->column < HG_COLUMNS) self->counts[self->column++] = tokens;
  return rc;
}

static void destroy(void *context) {
  hg_tokenizer *self = context;
  if (self->instance) self->porter.xDelete(self->instance);
  free(self->cache);
  free(self->word);
  free(self);
}

// What `porter` stems: a word that was cut and folded here.

static int whole_create(void *context, const char **arguments, int count, Fts5Tokenizer **out) {
  (void)arguments, (void)count;
  return *out = (Fts5Tokenizer *)context, SQLITE_OK;
}

static int whole_tokenize(Fts5Tokenizer *instance, void *context, int flags, const char *text, int length,
                          hg_token_sink sink) {
  (void)instance, (void)flags;
  return sink(context, 0, text, length, 0, length);
}

int hg_register_tokenizer(fts5_api *api, hg_tokenizer **out) {
  hg_tokenizer *self = calloc(1, sizeof *self);
  if (!self) return SQLITE_NOMEM;
  self->slots = FEW_SLOTS;
  self->cache = calloc(FEW_SLOTS, sizeof *self->cache);
  void *context = NULL;
  const char *arguments[] = {"hyperguild-whole"};
  fts5_tokenizer whole = {whole_create, fts_delete, whole_tokenize};
  int rc = self->cache ? api->xCreateTokenizer(api, arguments[0], self, &whole, NULL) : SQLITE_NOMEM;
  if (rc == SQLITE_OK) rc = api->xFindTokenizer(api, "porter", &context, &self->porter);
  if (rc == SQLITE_OK) rc = self->porter.xCreate(context, arguments, 1, &self->instance);
  if (rc != SQLITE_OK) return destroy(self), rc;
  fts5_tokenizer module = {fts_create, fts_delete, fts_tokenize};
  rc = api->xCreateTokenizer(api, "hyperguild", self, &module, destroy);
  if (rc != SQLITE_OK) return destroy(self), rc;
  return *out = self, SQLITE_OK;
}
