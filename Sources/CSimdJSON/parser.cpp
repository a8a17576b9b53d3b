// Validation and member spans.
//
// simdjson's first stage (SIMD) checks UTF-8, finds every string, rejects raw control characters and lists where each
// token starts. Its second stage would build a tape: it writes all strings a second time, refuses numbers that do not
// fit 64 bits and limits the depth. We need no tape, only the spans of the top level, so the second stage here is a
// walk over the tokens that checks the grammar and notes those spans.

#include <simdjson.h>

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "CSimdJSON.h"
#include "grammar.h"

using hyperguild::GrammarWalk;
using hyperguild::unknown;

namespace {

constexpr size_t smallest_capacity = 64 * 1024;

/// Memory that one huge text needed is given back when a text this many times smaller comes.
constexpr size_t shrink_factor = 64;

#ifdef HG_SIMDJSON_LIBRARY

// The loader takes 0.8 of a search's 3.3 ms for libsimdjson and the C++ library that comes with it: it is loaded with the
// first text, and a search reads none. Where it is missing the program ends as if it had been linked.
decltype(&simdjson::get_active_implementation) load() {
  void *library = dlopen(HG_SIMDJSON_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
  void *symbol = library ? dlsym(library, "_ZN8simdjson25get_active_implementationEv") : nullptr;
  if (!symbol) {
    fprintf(stderr, "error while loading shared libraries: %s\n", dlerror());
    _exit(127);
  }
  return reinterpret_cast<decltype(&simdjson::get_active_implementation)>(symbol);
}

const simdjson::implementation *implementation() {
  static const auto get_active_implementation = load();
  return get_active_implementation();
}

#else

const simdjson::implementation *implementation() { return simdjson::get_active_implementation(); }

#endif

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
    auto error = implementation()->create_dom_parser_implementation(capacity, 1, parser->stage);
    if (error) return status_of(error);
  }
  auto error = parser->stage->stage1(bytes, length, simdjson::stage1_mode::regular);
  if (error) return status_of(error);
  uint32_t token_count = parser->stage->n_structural_indexes;
  if (token_count == 0) return HG_JSON_EMPTY;
  GrammarWalk walk(bytes, uint32_t(length), parser->stage->structural_indexes.get(), token_count);
  bool valid = walk.run(parser->stack, parser->members, *document);
  document->members = parser->members.data();
  document->count = uint32_t(parser->members.size());
  document->error_offset = walk.where;
  return valid ? HG_JSON_OK : walk.status;
}
