// Validation and member spans.
//
// simdjson's first stage (SIMD) checks UTF-8, finds every string, rejects raw control characters and lists where each
// token starts. Its second stage would build a tape: it writes all strings a second time, refuses numbers that do not
// fit 64 bits and limits the depth. We need no tape, only the spans of the top level, so the second stage here is a
// walk over the tokens that checks the grammar and notes those spans.

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <vector>

#include "CSimdJSON.h"
#include "backslashes.h"

namespace {

constexpr size_t smallest_capacity = 64 * 1024;

/// Memory that one huge text needed is given back when a text this many times smaller comes.
constexpr size_t shrink_factor = 64;
constexpr uint32_t unknown = UINT32_MAX;

inline bool is_digit(uint8_t c) { return c - '0' < 10u; }

inline bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What may stand behind a number or a literal.
inline bool ends_scalar(uint8_t c) {
  return is_space(c) || c == ',' || c == '}' || c == ']' || c == ':' || c == '{' || c == '[';
}

inline int hex_value(uint8_t c) {
  if (is_digit(c)) return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The four hexadecimal digits at `p`, or -1.
inline int32_t hex4(const uint8_t *p) {
  int a = hex_value(p[0]), b = hex_value(p[1]), c = hex_value(p[2]), d = hex_value(p[3]);
  return (a | b | c | d) < 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

struct Walk {
  const uint8_t *bytes;
  uint32_t length;
  const uint32_t *tokens;
  uint32_t token_count;
  hg_json_status status = HG_JSON_OK;
  uint32_t where = unknown;
  /// A string that ends before it has no escapes: the first backslash behind some earlier place of the walk.
  uint32_t next_backslash = 0;

  bool fail(hg_json_status s, size_t offset) {
    status = s;
    where = uint32_t(offset);
    return false;
  }

  /// The width of the escape at `p`, checked; 0 when it is none. `stop` is the end of the string's content.
  uint32_t escape(const uint8_t *p, const uint8_t *stop, uint32_t &flags) {
    // A closed string never ends in a single backslash: p[1] is inside it.
    switch (p[1]) {
      case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return 2;
      case 'u': break;
      default: return fail(HG_JSON_BAD_ESCAPE, p - bytes);
    }
    int32_t unit = stop - p >= 6 ? hex4(p + 2) : -1;
    if (unit < 0) return fail(HG_JSON_BAD_ESCAPE, p - bytes);
    if (unit < 0x80) flags |= HG_JSON_VALUE_HIDES_ASCII;
    if ((unit & 0xF800) != 0xD800) return 6;
    bool pair = unit < 0xDC00 && stop - p >= 12 && p[6] == '\\' && p[7] == 'u';
    int32_t low = pair ? hex4(p + 8) : -1;
    if (low < 0 || (low & 0xFC00) != 0xDC00) return fail(HG_JSON_LONE_SURROGATE, p - bytes);
    return 12;
  }

  /// Checks the escapes between `start` and `end`; `flags` says what kinds there are.
  bool check_escapes(uint32_t start, uint32_t end, uint32_t &flags) {
    // Where the last escape ended: a backslash before it is the second half of that one.
    uint32_t behind = start;
    flags = 0;
    for (uint32_t block = start; block < end; block += hyperguild::block_size) {
      uint32_t mask = length - block >= hyperguild::block_size
        ? hyperguild::backslashes(bytes + block) : hyperguild::backslashes(bytes + block, length - block);
      if (end - block < hyperguild::block_size) mask &= (1u << (end - block)) - 1;
      if (!mask) continue;
      flags |= HG_JSON_VALUE_ESCAPED;
      do {
        uint32_t at = block + uint32_t(__builtin_ctz(mask));
        mask &= mask - 1;
        if (at < behind) continue;
        uint32_t width = escape(bytes + at, bytes + end, flags);
        if (!width) return false;
        behind = at + width;
      } while (mask);
    }
    return true;
  }

  uint32_t token_end(uint32_t index) const { return index + 1 < token_count ? tokens[index + 1] : length; }

  /// The end of the string that starts at token `index`, behind its closing quote.
  bool string(uint32_t index, uint32_t &end, uint32_t &flags) {
    uint32_t start = tokens[index];
    end = token_end(index);
    while (is_space(bytes[end - 1])) --end;
    if (end - start < 2 || bytes[end - 1] != '"') return fail(HG_JSON_UNEXPECTED, start);
    if (next_backslash < start) {
      auto found = static_cast<const uint8_t *>(memchr(bytes + start, '\\', length - start));
      next_backslash = found ? uint32_t(found - bytes) : length;
    }
    if (next_backslash >= end) {
      flags = 0;
      return true;
    }
    return check_escapes(start + 1, end - 1, flags);
  }

  bool number(uint32_t start, uint32_t &end) {
    const uint8_t *p = bytes + start, *const stop = bytes + length;
    if (*p == '-') ++p;
    if (p == stop || !is_digit(*p)) return fail(HG_JSON_BAD_NUMBER, start);
    if (*p == '0') {
      ++p;
    } else {
      while (p != stop && is_digit(*p)) ++p;
    }
    if (p != stop && *p == '.') {
      ++p;
      if (p == stop || !is_digit(*p)) return fail(HG_JSON_BAD_NUMBER, start);
      while (p != stop && is_digit(*p)) ++p;
    }
    if (p != stop && (*p | 0x20) == 'e') {
      ++p;
      if (p != stop && (*p == '+' || *p == '-')) ++p;
      if (p == stop || !is_digit(*p)) return fail(HG_JSON_BAD_NUMBER, start);
      while (p != stop && is_digit(*p)) ++p;
    }
    if (p != stop && !ends_scalar(*p)) return fail(HG_JSON_BAD_NUMBER, start);
    end = uint32_t(p - bytes);
    return true;
  }

  bool literal(uint32_t start, const char *word, uint32_t size, uint32_t &end) {
    if (length - start < size || memcmp(bytes + start, word, size) != 0) return fail(HG_JSON_BAD_LITERAL, start);
    end = start + size;
    if (end != length && !ends_scalar(bytes[end])) return fail(HG_JSON_BAD_LITERAL, start);
    return true;
  }

  /// A value that is neither object nor array.
  bool scalar(uint32_t index, uint32_t &end, uint32_t &flags) {
    uint32_t start = tokens[index];
    flags = 0;
    switch (bytes[start]) {
      case '"': return string(index, end, flags);
      case 't': return literal(start, "true", 4, end);
      case 'f': return literal(start, "false", 5, end);
      case 'n': return literal(start, "null", 4, end);
      case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        return number(start, end);
      default: return fail(HG_JSON_UNEXPECTED, start);
    }
  }

  bool run(std::vector<uint8_t> &stack, std::vector<hg_json_member> &members, hg_json_document &document);
};

bool Walk::run(std::vector<uint8_t> &stack, std::vector<hg_json_member> &members, hg_json_document &document) {
  stack.clear();
  members.clear();
  hg_json_member member{};
  uint32_t i = 0, end = 0, flags = 0;
  // How many containers are open, and the innermost one: the stack is touched only where that changes.
  size_t depth = 0;
  uint8_t innermost = 0;
  document.root_start = tokens[0];

value: {
  if (i >= token_count) return fail(HG_JSON_UNFINISHED, length);
  uint8_t c = bytes[tokens[i]];
  if (depth == 1) member.value_start = tokens[i];
  if (c == '{') {
    stack.push_back(innermost = '{');
    ++depth;
    if (++i < token_count && bytes[tokens[i]] == '}') goto close;
    goto name;
  }
  if (c == '[') {
    stack.push_back(innermost = '[');
    ++depth;
    if (++i < token_count && bytes[tokens[i]] == ']') goto close;
    goto value;
  }
  if (!scalar(i, end, flags)) return false;
  if (depth == 1) member.flags |= flags;
  ++i;
  goto after;
}

name: {
  if (i >= token_count) return fail(HG_JSON_UNFINISHED, length);
  uint32_t start = tokens[i];
  if (bytes[start] != '"') return fail(HG_JSON_UNEXPECTED, start);
  if (!string(i, end, flags)) return false;
  if (depth == 1) {
    member.name_start = start + 1;
    member.name_end = end - 1;
    member.flags = flags ? HG_JSON_NAME_ESCAPED : 0;
  }
  if (++i >= token_count) return fail(HG_JSON_UNFINISHED, length);
  if (bytes[tokens[i]] != ':') return fail(HG_JSON_UNEXPECTED, tokens[i]);
  ++i;
  goto value;
}

close:
  end = tokens[i] + 1;
  ++i;
  stack.pop_back();
  innermost = --depth ? stack.back() : 0;

after:
  // A value ended at `end`; it stands in the container on top of the stack.
  if (depth == 0) {
    document.root_end = end;
    return i == token_count ? true : fail(HG_JSON_TRAILING, tokens[i]);
  }
  if (depth == 1) {
    member.value_end = end;
    members.push_back(member);
    member.flags = 0;
  }
  if (i >= token_count) return fail(HG_JSON_UNFINISHED, length);
  switch (bytes[tokens[i]]) {
    case ',':
      ++i;
      if (innermost == '{') goto name;
      goto value;
    case '}':
      if (innermost != '{') return fail(HG_JSON_UNEXPECTED, tokens[i]);
      goto close;
    case ']':
      if (innermost != '[') return fail(HG_JSON_UNEXPECTED, tokens[i]);
      goto close;
    default: return fail(HG_JSON_UNEXPECTED, tokens[i]);
  }
}

hg_json_status status_of(simdjson::error_code code) {
  switch (code) {
    case simdjson::SUCCESS: return HG_JSON_OK;
    case simdjson::EMPTY: return HG_JSON_EMPTY;
    case simdjson::UTF8_ERROR: return HG_JSON_NOT_UTF8;
    case simdjson::UNESCAPED_CHARS: return HG_JSON_CONTROL_CHARACTER;
    case simdjson::UNCLOSED_STRING: return HG_JSON_UNCLOSED_STRING;
    case simdjson::CAPACITY: return HG_JSON_TOO_LARGE;
    case simdjson::MEMALLOC: return HG_JSON_NO_MEMORY;
    default: return HG_JSON_UNEXPECTED;
  }
}

}  // namespace

struct hg_json_parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::vector<uint8_t> stack;
  std::vector<hg_json_member> members;
};

hg_json_parser *hg_json_parser_create(void) { return new (std::nothrow) hg_json_parser; }

void hg_json_parser_destroy(hg_json_parser *parser) { delete parser; }

hg_json_status hg_json_parse(
  hg_json_parser *parser, const uint8_t *bytes, size_t length, hg_json_document *document) {
  *document = {nullptr, 0, 0, 0, unknown};
  if (length >= simdjson::SIMDJSON_MAXSIZE_BYTES) return HG_JSON_TOO_LARGE;
  if (!parser->stage || parser->stage->capacity() < length ||
      (parser->stage->capacity() > shrink_factor * smallest_capacity &&
       parser->stage->capacity() / shrink_factor > length)) {
    size_t capacity = smallest_capacity;
    while (capacity < length) capacity += capacity / 2;
    if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES) capacity = simdjson::SIMDJSON_MAXSIZE_BYTES;
    parser->stage.reset();
    parser->stack = {};
    parser->members = {};
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser->stage);
    if (error) return status_of(error);
  }
  auto error = parser->stage->stage1(bytes, length, simdjson::stage1_mode::regular);
  if (error) return status_of(error);
  Walk walk{bytes, uint32_t(length), parser->stage->structural_indexes.get(), parser->stage->n_structural_indexes};
  if (walk.token_count == 0) return HG_JSON_EMPTY;
  bool valid = walk.run(parser->stack, parser->members, *document);
  document->members = parser->members.data();
  document->count = uint32_t(parser->members.size());
  document->error_offset = walk.where;
  return valid ? HG_JSON_OK : walk.status;
}
