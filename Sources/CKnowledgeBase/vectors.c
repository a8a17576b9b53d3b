#include <math.h>

#include "CKnowledgeBase.h"

// Eight running sums let the compiler keep one vector register of them.
enum { LANES = 8 };

static float dot(const float *a, const float *b, int32_t dimension) {
  float sums[LANES] = {0};
  int32_t i = 0;
  for (; i + LANES <= dimension; i += LANES) {
    for (int32_t lane = 0; lane < LANES; lane++) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (; i < dimension; i++) sum += a[i] * b[i];
  for (int32_t lane = 0; lane < LANES; lane++) sum += sums[lane];
  return sum;
}

void hg_normalize(float *vector, int32_t dimension) {
  float length = sqrtf(dot(vector, vector, dimension));
  if (!(length > 0)) return;
  for (int32_t i = 0; i < dimension; i++) vector[i] /= length;
}

void hg_dot_products(const float *query, const float *vectors, int32_t dimension, int64_t count, float *products) {
  for (int64_t i = 0; i < count; i++) products[i] = dot(query, vectors + i * dimension, dimension);
}
