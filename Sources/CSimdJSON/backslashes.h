// Finding backslashes, a block of bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hyperguild {

/// How many bytes `backslashes` looks at.
constexpr size_t block_size = 32;

/// Bit n of the result is set where `bytes[n]` is a backslash; `bytes` has `block_size` bytes.
inline uint32_t backslashes(const uint8_t *bytes) {
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\');
  __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes));
  __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes + 16));
  uint32_t mask = uint32_t(_mm_movemask_epi8(_mm_cmpeq_epi8(high, backslash))) << 16;
  return mask | uint32_t(_mm_movemask_epi8(_mm_cmpeq_epi8(low, backslash)));
#else
  uint32_t mask = 0;
  for (size_t n = 0; n < block_size; ++n) mask |= uint32_t(bytes[n] == '\\') << n;
  return mask;
#endif
}

/// As above, for `count` bytes, fewer than `block_size`, behind which nothing may be read.
inline uint32_t backslashes(const uint8_t *bytes, size_t count) {
  uint8_t block[block_size] = {};
  memcpy(block, bytes, count);
  return backslashes(block);
}

}  // namespace hyperguild
