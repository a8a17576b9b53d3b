// The grammar of JSON, walked over the tokens that simdjson's first stage found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "CSimdJSON.h"

namespace hyperguild {

/// An offset that is not known.
constexpr uint32_t unknown = UINT32_MAX;

/// One walk over the tokens of one text: checks them, and notes the spans of the top level.
class GrammarWalk {
 public:
  /// `tokens` has the offset of each of the `token_count` tokens, at least one.
  GrammarWalk(const uint8_t *bytes, uint32_t length, const uint32_t *tokens, uint32_t token_count)
    : bytes(bytes), length(length), tokens(tokens), token_count(token_count) {}

  /// Why the text is not JSON, and where.
  hg_json_status status = HG_JSON_OK;
  uint32_t where = unknown;

  /// Walks; false when the text is not JSON. `stack` is working memory, `members` gets what lies at the top level.
  bool run(std::vector<uint8_t> &stack, std::vector<hg_json_member> &members, hg_json_document &document);

 private:
  const uint8_t *const bytes;
  const uint32_t length;
  const uint32_t *const tokens;
  const uint32_t token_count;
  /// A string that ends before it has no escapes: the first backslash behind some earlier place of the walk.
  uint32_t next_backslash = 0;

  bool fail(hg_json_status s, size_t offset) {
    status = s;
    where = uint32_t(offset);
    return false;
  }

  uint32_t token_end(uint32_t index) const { return index + 1 < token_count ? tokens[index + 1] : length; }

  bool scalar(uint32_t index, uint32_t &end, uint32_t &flags);
  bool string(uint32_t index, uint32_t &end, uint32_t &flags);
  bool number(uint32_t start, uint32_t &end);
  bool literal(uint32_t start, const char *word, uint32_t size, uint32_t &end);
  bool check_escapes(uint32_t start, uint32_t end, uint32_t &flags);
  uint32_t unicode_escape(const uint8_t *p, const uint8_t *stop, uint32_t &flags);
};

}  // namespace hyperguild
