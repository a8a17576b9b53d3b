#include "grammar.h"

#include <cstring>

#include "backslashes.h"

namespace hyperguild {

namespace {

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

/// The letters that make an escape with the backslash before them, less `u`.
struct SimpleEscapes {
  bool is_one[256] = {};
  constexpr SimpleEscapes() {
    for (uint8_t letter : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'}) is_one[letter] = true;
  }
};
constexpr SimpleEscapes simple_escapes;

}  // namespace

/// The width of the `\u` escape at `p`, checked; 0 when it is not one. `stop` is the end of the string's content.
uint32_t GrammarWalk::unicode_escape(const uint8_t *p, const uint8_t *stop, uint32_t &flags) {
  if (p[1] != 'u') return fail(HG_JSON_BAD_ESCAPE, p - bytes);
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
bool GrammarWalk::check_escapes(uint32_t start, uint32_t end, uint32_t &flags) {
  flags = 0;
  // Where the last escape ended: a backslash before it is the second half of that one.
  uint32_t behind = start;
  for (uint32_t block = start; block < end; block += block_size) {
    uint32_t mask = end - block >= block_size ? backslashes(bytes + block) : backslashes(bytes + block, end - block);
    if (mask) flags |= HG_JSON_VALUE_ESCAPED;
    for (; mask; mask &= mask - 1) {
      uint32_t at = block + uint32_t(__builtin_ctz(mask));
      if (at < behind) continue;
      // A closed string never ends in a single backslash: the byte behind it is inside.
      uint32_t width = simple_escapes.is_one[bytes[at + 1]] ? 2 : unicode_escape(bytes + at, bytes + end, flags);
      if (!width) return false;
      behind = at + width;
    }
  }
  return true;
}

/// The end of the string that starts at token `index`, behind its closing quote.
bool GrammarWalk::string(uint32_t index, uint32_t &end, uint32_t &flags) {
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
  return check_escapes(next_backslash > start ? next_backslash : start + 1, end - 1, flags);
}

bool GrammarWalk::number(uint32_t start, uint32_t &end) {
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

bool GrammarWalk::literal(uint32_t start, const char *word, uint32_t size, uint32_t &end) {
  if (length - start < size || memcmp(bytes + start, word, size) != 0) return fail(HG_JSON_BAD_LITERAL, start);
  end = start + size;
  if (end != length && !ends_scalar(bytes[end])) return fail(HG_JSON_BAD_LITERAL, start);
  return true;
}

/// A value that is neither object nor array.
bool GrammarWalk::scalar(uint32_t index, uint32_t &end, uint32_t &flags) {
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

bool GrammarWalk::run(std::vector<uint8_t> &stack, std::vector<hg_json_member> &members, hg_json_document &document) {
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

}  // namespace hyperguild
