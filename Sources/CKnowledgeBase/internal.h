#pragma once

#include <sqlite3.h>

#include "CKnowledgeBase.h"

/// In a query, a phrase that starts with this byte is a stem as the index holds it.
enum { HG_VERBATIM = 1 };

/// The most characters that one combining sequence becomes; FOLDINGS is how many are remembered, a power of two.
enum { HG_FOLDED_MOST = 64, HG_FOLDINGS = 256 };

/// A character and its marks, folded: where they stand in the text, and what they are to a search. Nothing, when they are left out.
typedef struct {
  int start, end, count;
  uint32_t characters[HG_FOLDED_MOST];
} hg_folded;

/// A character that was folded before.
typedef struct {
  uint32_t of, count, characters[2];
} hg_folding;

/// Decodes one character of valid or invalid UTF-8; an invalid byte counts as one character, U+FFFD, which is not a letter.
/// Returns how many bytes it takes.
int hg_decode(const uint8_t *text, int left, uint32_t *character);

/// Writes a character as UTF-8. Returns how many bytes, at most four.
int hg_encode(uint32_t character, char *out);

/// Folds the combining sequence at `at`. Returns where the next one begins. `memory` has HG_FOLDINGS elements, zeros at first.
int hg_fold_next(hg_folding *memory, const char *text, int at, int length, hg_folded *out);

/// Whether a folded character is part of a word: letters, numbers, and the marks that are letters.
int hg_is_letter(uint32_t character);

typedef int (*hg_token_sink)(void *context, int flags, const char *token, int length, int start, int end);

int hg_each_token(hg_tokenizer *tokenizer, int query, const char *text, int length, void *context, hg_token_sink sink,
                int *tokens);
int hg_register_tokenizer(fts5_api *api, hg_tokenizer **tokenizer);
int hg_register_ranking(fts5_api *api);
