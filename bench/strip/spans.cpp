// What simdjson alone reaches: read lines, validate each and find the members of its top level, write nothing.
//
//   spans dom < records.ndjson        every byte is checked (DOM), and a tape built
//   spans ondemand < records.ndjson   values are skipped, not checked (On-Demand)

#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include <unistd.h>

int main(int argc, char **argv) {
  bool skips = argc > 1 && strcmp(argv[1], "ondemand") == 0;
  simdjson::dom::parser checking;
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
      if (!skips) {
        simdjson::dom::object object;
        if (checking.parse(buffer.data() + start, next - start, false).get(object)) {
          ++invalid;
        } else {
          for (auto field : object) members += !field.key.empty();
        }
        start = next;
        continue;
      }
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
