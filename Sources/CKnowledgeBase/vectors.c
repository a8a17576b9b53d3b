#include <float.h>
#include <math.h>

#include "CKnowledgeBase.h"

float hg_quantize(const float *vector, int32_t dimension, int8_t *codes) {
  float most = 0, squares = 0;
  for (int32_t i = 0; i < dimension; i++) {
    most = fmaxf(most, fabsf(vector[i]));
    squares += vector[i] * vector[i];
  }
  float step = most / 127, length = sqrtf(squares);
  for (int32_t i = 0; i < dimension; i++) codes[i] = step > 0 ? (int8_t)lrintf(vector[i] / step) : 0;
  float scale = step / length;
  return scale > 0 && isfinite(scale) ? scale : FLT_MIN;
}

// At most 127 * 127 * 65,536: no overflow.
static int32_t dot(const int8_t *a, const int8_t *b, int32_t dimension) {
  int32_t sum = 0;
  for (int32_t i = 0; i < dimension; i++) sum += (int16_t)a[i] * (int16_t)b[i];
  return sum;
}

void hg_similarities(const int8_t *query, float query_scale, int32_t dimension, const float *scales,
                     const int8_t *codes, int64_t first, int64_t count, const uint32_t *lengths, float *similarities) {
  for (int64_t i = 0; i < count; i++) {
    if (scales[i] > 0 && lengths[first + i] != HG_DELETED) {
      similarities[first + i] = query_scale * scales[i] * (float)dot(query, codes + i * dimension, dimension);
    }
  }
}
