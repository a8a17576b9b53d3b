// What simdjson alone reaches: read lines, validate each and find the members of its top level, write nothing.
//
//   spans < records.ndjson

#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include <unistd.h>

int main() {
  simdjson::ondemand::parser parser;
  std::vector<char> buffer(1 << 20);
  size_t held = 0, members = 0, records = 0, invalid = 0;
  for (;;) {
    if (buffer.size() - held < (64 << 10) + simdjson::SIMDJSON_PADDING) buffer.resize(buffer.size() * 2);
    ssize_t count = read(0, buffer.data() + held, buffer.size() - held - simdjson::SIMDJSON_PADDING);
    if (count <= 0) break;
    size_t filled = held + size_t(count), start = 0;
    while (auto end = static_cast<char *>(memchr(buffer.data() + start, '\n', filled - start))) {
      size_t next = size_t(end - buffer.data()) + 1;
      ++records;
      simdjson::ondemand::document document;
      simdjson::ondemand::object object;
      auto error = parser.iterate(buffer.data() + start, next - start, buffer.size() - start).get(document);
      if (!error) error = document.get_object().get(object);
      if (error) {
        ++invalid;
      } else {
        for (auto field : object) {
          if (field.error()) { ++invalid; break; }
          ++members;
        }
      }
      start = next;
    }
    held = filled - start;
    memmove(buffer.data(), buffer.data() + start, held);
  }
  fprintf(stderr, "%zu records, %zu members, %zu invalid\n", records, members, invalid);
}
