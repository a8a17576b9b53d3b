#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parser keeps its memory between documents. One thread at a time.
typedef struct hg_json_parser hg_json_parser;

/// Where one member of an object, or one element of an array, lies. Offsets in bytes from the start of the text.
typedef struct {
  uint32_t name_start, name_end;    ///< the name without its quotes; both 0 in an array
  uint32_t value_start, value_end;  ///< the value; a string with its quotes
  uint32_t flags;                   ///< of the constants below
} hg_json_member;

enum {
  HG_JSON_NAME_ESCAPED = 1,
  HG_JSON_VALUE_ESCAPED = 2,      ///< a string with at least one escape
  HG_JSON_VALUE_HIDES_ASCII = 4,  ///< a string with a `\u` escape that stands for an ASCII character
};

typedef enum {
  HG_JSON_OK = 0,
  HG_JSON_EMPTY,
  HG_JSON_NOT_UTF8,
  HG_JSON_CONTROL_CHARACTER,
  HG_JSON_UNCLOSED_STRING,
  HG_JSON_BAD_ESCAPE,
  HG_JSON_LONE_SURROGATE,
  HG_JSON_BAD_NUMBER,
  HG_JSON_BAD_LITERAL,
  HG_JSON_UNEXPECTED,
  HG_JSON_UNFINISHED,
  HG_JSON_TRAILING,
  HG_JSON_TOO_LARGE,
  HG_JSON_NO_MEMORY,
} hg_json_status;

typedef struct {
  const hg_json_member *members;  ///< of the outermost object or array; valid until the next parse
  uint32_t count;
  uint32_t root_start, root_end;  ///< the outermost value without the white space around it
  uint32_t error_offset;          ///< where it went wrong, in bytes; UINT32_MAX when that is not known
} hg_json_document;

/// Makes a parser; NULL when there is no memory.
hg_json_parser *hg_json_parser_create(void);

void hg_json_parser_destroy(hg_json_parser *parser);

/// Checks one JSON text by RFC 8259, all of it, and finds what lies at its top level.
///
/// Numbers of any size and precision and nesting of any depth are accepted. Escaped lone surrogates are not: they
/// are no Unicode text. `bytes` needs no padding.
hg_json_status hg_json_parse(
  hg_json_parser *parser, const uint8_t *bytes, size_t length, hg_json_document *document);

/// Undoes the escapes of a valid JSON string's content (without its quotes).
///
/// Returns the number of bytes written to `output`, which has room for `length` bytes.
size_t hg_json_unescape(const uint8_t *content, size_t length, uint8_t *output);

/// The offset in a valid JSON string's content at which `plain_offset` bytes of the unescaped string have passed.
///
/// `plain_offset` is at the boundary of a character.
size_t hg_json_escaped_offset(const uint8_t *content, size_t length, size_t plain_offset);

/// Takes the white space between the tokens out of a valid JSON text, in place.
///
/// Returns the number of bytes that are left.
size_t hg_json_compact(uint8_t *text, size_t length);

/// Counts the bytes at the start of `bytes` that a JSON string holds as they are: all but quotes, backslashes and
/// control characters.
size_t hg_json_plain_prefix(const uint8_t *bytes, size_t length);

/// Finds `needle`: its offset in `bytes`, or SIZE_MAX. (`memmem` is a GNU extension that Swift does not import.)
size_t hg_bytes_find(const uint8_t *bytes, size_t length, const uint8_t *needle, size_t needle_length);

/// Finds the last `byte`: its offset in `bytes`, or SIZE_MAX. (`memrchr` is a GNU extension as well.)
size_t hg_bytes_find_last(const uint8_t *bytes, size_t length, uint8_t byte);

#ifdef __cplusplus
}
#endif
