// Escapes: undoing them in valid strings, and finding what needs them.

#include <cstring>

#include "CSimdJSON.h"
#include "backslashes.h"

using hyperguild::backslashes;
using hyperguild::block_size;

namespace {

inline uint32_t hex_digit(uint8_t c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

inline uint32_t unit_at(const uint8_t *p) {
  return hex_digit(p[0]) << 12 | hex_digit(p[1]) << 8 | hex_digit(p[2]) << 4 | hex_digit(p[3]);
}

inline uint8_t *put_utf8(uint8_t *out, uint32_t scalar) {
  if (scalar < 0x80) {
    *out++ = uint8_t(scalar);
  } else if (scalar < 0x800) {
    *out++ = uint8_t(0xC0 | scalar >> 6);
    *out++ = uint8_t(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    *out++ = uint8_t(0xE0 | scalar >> 12);
    *out++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
    *out++ = uint8_t(0x80 | (scalar & 0x3F));
  } else {
    *out++ = uint8_t(0xF0 | scalar >> 18);
    *out++ = uint8_t(0x80 | (scalar >> 12 & 0x3F));
    *out++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
    *out++ = uint8_t(0x80 | (scalar & 0x3F));
  }
  return out;
}

}  // namespace

size_t hg_json_unescape(const uint8_t *content, size_t length, uint8_t *output) {
  const uint8_t *p = content, *const stop = content + length;
  uint8_t *out = output;
  while (p != stop) {
    size_t plain;
    if (size_t(stop - p) >= block_size) {
      // Copied whole, then looked at. What is left of the output is never shorter than what is left of the input.
      memcpy(out, p, block_size);
      uint32_t mask = backslashes(p);
      plain = mask ? size_t(__builtin_ctz(mask)) : block_size;
    } else {
      uint32_t mask = backslashes(p, stop - p);
      plain = mask ? size_t(__builtin_ctz(mask)) : size_t(stop - p);
      memmove(out, p, plain);
    }
    p += plain;
    out += plain;
    if (p == stop || *p != '\\') continue;
    uint8_t letter = p[1];
    p += 2;
    switch (letter) {
      case 'b': *out++ = '\b'; break;
      case 'f': *out++ = '\f'; break;
      case 'n': *out++ = '\n'; break;
      case 'r': *out++ = '\r'; break;
      case 't': *out++ = '\t'; break;
      case 'u': {
        uint32_t scalar = unit_at(p);
        p += 4;
        if ((scalar & 0xFC00) == 0xD800) {
          scalar = 0x10000 + ((scalar & 0x3FF) << 10 | (unit_at(p + 2) & 0x3FF));
          p += 6;
        }
        out = put_utf8(out, scalar);
        break;
      }
      default: *out++ = letter;
    }
  }
  return out - output;
}

size_t hg_json_escaped_offset(const uint8_t *content, size_t length, size_t plain_offset) {
  const uint8_t *p = content, *const stop = content + length;
  size_t left = plain_offset;
  while (left > 0 && p != stop) {
    size_t rest = size_t(stop - p), size = rest < block_size ? rest : block_size;
    uint32_t mask = size == block_size ? backslashes(p) : backslashes(p, size);
    size_t plain = mask ? size_t(__builtin_ctz(mask)) : size;
    if (plain > left) plain = left;
    p += plain;
    left -= plain;
    if (left == 0 || p == stop || *p != '\\') continue;
    if (p[1] != 'u') {
      p += 2;
      left -= 1;
      continue;
    }
    uint32_t unit = unit_at(p + 2);
    bool pair = (unit & 0xFC00) == 0xD800;
    p += pair ? 12 : 6;
    size_t width = pair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    left -= width < left ? width : left;
  }
  return p - content;
}

size_t hg_json_compact(uint8_t *text, size_t length) {
  uint8_t *out = text;
  for (const uint8_t *p = text, *const stop = text + length; p != stop;) {
    if (*p != '"') {
      *out = *p++;
      out += *out > ' ';
      continue;
    }
    do {
      if (*p == '\\') *out++ = *p++;
      *out++ = *p++;
    } while (*p != '"');
    *out++ = *p++;
  }
  return out - text;
}

size_t hg_json_plain_prefix(const uint8_t *bytes, size_t length) {
  size_t i = 0;
  // Eight bytes at a time: a byte below 0x20, a quote or a backslash sets the top bit of its lane (the usual exact
  // test for a zero byte and for a byte below n; bytes from 0x80 on are masked out by ~word).
  constexpr uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    memcpy(&word, bytes + i, 8);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    uint64_t hit = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    if (hit & tops) break;
  }
  while (i < length && bytes[i] >= 0x20 && bytes[i] != '"' && bytes[i] != '\\') ++i;
  return i;
}

size_t hg_bytes_find(const uint8_t *bytes, size_t length, const uint8_t *needle, size_t needle_length) {
  auto found = static_cast<const uint8_t *>(memmem(bytes, length, needle, needle_length));
  return found ? found - bytes : SIZE_MAX;
}

size_t hg_bytes_find_last(const uint8_t *bytes, size_t length, uint8_t byte) {
  auto found = static_cast<const uint8_t *>(memrchr(bytes, byte, length));
  return found ? found - bytes : SIZE_MAX;
}
