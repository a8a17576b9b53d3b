// libFuzzer harness of the record library's C++ part, held against simdjson's own DOM parser.

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "CSimdJSON.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

/// Whether the outcome may differ: numbers that do not fit 64 bits are JSON and yet refused by simdjson, and so is
/// nesting deeper than 1024.
bool may_differ(simdjson::error_code error) {
  return error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR;
}

void check_string(const uint8_t *content, size_t length, std::string_view expected) {
  // Exactly as much room as promised: the address sanitizer sees a byte more.
  std::vector<uint8_t> output(length);
  size_t count = hg_json_unescape(content, length, output.data());
  require(std::string_view(reinterpret_cast<char *>(output.data()), count) == expected);
  require(hg_json_escaped_offset(content, length, 0) == 0);
  require(hg_json_escaped_offset(content, length, count) == length);
}

void check_compact(std::vector<uint8_t> text) {
  std::vector<char> expected(text.size());
  size_t expected_length = 0;
  require(!simdjson::minify(reinterpret_cast<char *>(text.data()), text.size(), expected.data(), expected_length));
  size_t length = hg_json_compact(text.data(), text.size());
  require(length == expected_length && !memcmp(text.data(), expected.data(), length));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static hg_json_parser *ours = hg_json_parser_create();
  static simdjson::dom::parser theirs;
  // A copy of just this size: reading past the end is found.
  std::vector<uint8_t> text(data, data + size);
  hg_json_document document;
  hg_json_status status = hg_json_parse(ours, text.data(), size, &document);
  simdjson::dom::element root;
  auto error = theirs.parse(reinterpret_cast<const char *>(data), size, true).get(root);
  if (may_differ(error)) return 0;
  if (status == HG_JSON_LONE_SURROGATE && !error) return 0;
  require((status == HG_JSON_OK) == (error == simdjson::SUCCESS));
  require(hg_json_plain_prefix(text.data(), size) <= size);
  if (error) return 0;
  check_compact(text);

  simdjson::dom::object object;
  if (root.get(object)) return 0;
  require(object.size() == document.count || document.count >= 0xFFFFFF);
  uint32_t index = 0;
  for (auto field : object) {
    const hg_json_member &member = document.members[index++];
    check_string(text.data() + member.name_start, member.name_end - member.name_start, field.key);
    std::string_view value;
    if (!field.value.get(value)) {
      check_string(text.data() + member.value_start + 1, member.value_end - member.value_start - 2, value);
    }
    // Each value is a whole text of its own.
    hg_json_parser *inner = hg_json_parser_create();
    hg_json_document part;
    require(hg_json_parse(inner, text.data() + member.value_start, member.value_end - member.value_start, &part) == HG_JSON_OK);
    hg_json_parser_destroy(inner);
  }
  return 0;
}
