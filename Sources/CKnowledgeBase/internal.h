#pragma once

#include "CKnowledgeBase.h"

/// In a query, a phrase that starts with this byte is a stem as the index holds it.
enum { HG_VERBATIM = 1 };

typedef int (*hg_token_sink)(void *context, int flags, const char *token, int length, int start, int end);

int hg_each_token(hg_tokenizer *tokenizer, int query, const char *text, int length, void *context, hg_token_sink sink,
                int *tokens);
int hg_register_tokenizer(fts5_api *api, hg_tokenizer **tokenizer);
int hg_register_ranking(fts5_api *api);
