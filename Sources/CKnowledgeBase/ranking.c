// BM25F over title, labels and body, with a bonus for words that stand side by side in the query and in the note.
//
// Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6: the frequencies of a
// word in the columns are weighted, normalised by the length of each column and added up before they saturate. FTS5's own
// bm25() counts a word's rows anew in every query and asks for a row's size with a look-up; both are handed in here.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const char hg_ranking_type[] = "hyperguild-ranking";
const char hg_frequencies_type[] = "hyperguild-frequencies";

static const float saturation = 1.1f;
static const float column_weight[HG_COLUMNS] = {[HG_BODY] = 1.0f, [HG_TITLE] = 2.0f, [HG_LABELS] = 1.0f};
static const float column_slope[HG_COLUMNS] = {[HG_BODY] = 0.6f, [HG_TITLE] = 0.5f, [HG_LABELS] = 0.5f};

static uint32_t at_most(int32_t length, uint32_t most) { return (uint32_t)length > most ? most : (uint32_t)length; }

uint32_t hg_pack_lengths(const int32_t lengths[HG_COLUMNS]) {
  return at_most(lengths[HG_TITLE], 255) << 24 | at_most(lengths[HG_LABELS], 255) << 16 |
         at_most(lengths[HG_BODY], 65534);
}

static float column_norm(const hg_ranking *ranking, int column, uint32_t lengths) {
  uint32_t length = column == HG_TITLE ? lengths >> 24 : column == HG_LABELS ? lengths >> 16 & 255 : lengths & 65535;
  float average = ranking->average[column] > 0 ? ranking->average[column] : 1;
  float slope = column_slope[column];
  return column_weight[column] / (1 - slope + slope * (float)length / average);
}

static int keep_position(hg_positions *list, int column, int offset) {
  if (list->count == list->capacity) {
    int32_t capacity = list->capacity ? list->capacity * 2 : 64;
    int64_t *grown = realloc(list->at, (size_t)capacity * sizeof *grown);
    if (!grown) return SQLITE_NOMEM;
    list->at = grown, list->capacity = capacity;
  }
  list->at[list->count++] = (int64_t)column << 32 | offset;
  return SQLITE_OK;
}

// How often a position of `second` follows one of `first`. Both ascend.
static int count_adjacent(const hg_positions *first, const hg_positions *second) {
  int found = 0;
  for (int32_t i = 0, j = 0; i < first->count && j < second->count;) {
    int64_t distance = second->at[j] - first->at[i];
    if (distance < 1) j++;
    else if (distance > 1) i++;
    else found++, i++, j++;
  }
  return found;
}

// Ranks `a` behind `b`: a lower score, or the later row.
static int is_worse(hg_hit a, hg_hit b) { return a.score != b.score ? a.score < b.score : a.row > b.row; }

static void keep_hit(hg_hit *heap, int32_t *count, int32_t capacity, hg_hit hit) {
  int32_t at;
  if (*count < capacity) {
    at = (*count)++;
    for (; at > 0 && is_worse(hit, heap[(at - 1) / 2]); at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
  } else {
    if (is_worse(hit, heap[0])) return;
    for (at = 0;;) {
      int32_t child = 2 * at + 1;
      if (child >= *count) break;
      if (child + 1 < *count && is_worse(heap[child + 1], heap[child])) child++;
      if (is_worse(hit, heap[child])) break;
      heap[at] = heap[child], at = child;
    }
  }
  heap[at] = hit;
}

int32_t hg_best_rows(const float *scores, int64_t count, float least, hg_hit *hits, int32_t capacity) {
  int32_t found = 0;
  for (int64_t row = 0; row < count; row++) {
    if (scores[row] > least) keep_hit(hits, &found, capacity, (hg_hit){row, scores[row]});
  }
  return found;
}

static int rank_row(const Fts5ExtensionApi *api, Fts5Context *fts, hg_ranking *ranking) {
  int64_t row = api->xRowid(fts);
  if (row < 0 || row >= ranking->row_count || ranking->lengths[row] == HG_DELETED) return SQLITE_OK;
  uint32_t lengths = ranking->lengths[row];
  float norm[HG_COLUMNS], score = 0;
  for (int column = 0; column < HG_COLUMNS; column++) norm[column] = column_norm(ranking, column, lengths);
  int pairs = ranking->pair_count > 0;
  for (int phrase = 0; phrase < ranking->phrase_count; phrase++) {
    Fts5PhraseIter iterator;
    int column, offset, rc = api->xPhraseFirst(fts, phrase, &iterator, &column, &offset);
    if (rc != SQLITE_OK) return rc;
    hg_positions *positions = &ranking->scratch[phrase];
    positions->count = 0;
    float frequency = 0;
    for (; column >= 0; api->xPhraseNext(fts, &iterator, &column, &offset)) {
      if (column >= HG_COLUMNS) return SQLITE_CORRUPT_VTAB;
      frequency += norm[column];
      if (pairs && keep_position(positions, column, offset) != SQLITE_OK) return SQLITE_NOMEM;
    }
    score += ranking->weights[phrase] * (1 + saturation) * frequency / (frequency + saturation);
  }
  for (int32_t i = 0; i < ranking->pair_count; i++) {
    hg_pair pair = ranking->pairs[i];
    int n = count_adjacent(&ranking->scratch[pair.first], &ranking->scratch[pair.second]);
    if (n) score += pair.weight * (1 + saturation) * (float)n / ((float)n + saturation);
  }
  keep_hit(ranking->hits, &ranking->hit_count, ranking->hit_capacity, (hg_hit){row, score});
  return SQLITE_OK;
}

static void rank(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *result, int count,
                 sqlite3_value **values) {
  hg_ranking *ranking = count == 1 ? sqlite3_value_pointer(values[0], hg_ranking_type) : NULL;
  if (!ranking || api->xPhraseCount(fts) < ranking->phrase_count) {
    sqlite3_result_error_code(result, SQLITE_MISUSE);
    return;
  }
  if (!ranking->scratch) {
    ranking->scratch = calloc((size_t)ranking->phrase_count, sizeof *ranking->scratch);
    if (!ranking->scratch) {
      sqlite3_result_error_nomem(result);
      return;
    }
  }
  int rc = rank_row(api, fts, ranking);
  if (rc != SQLITE_OK) sqlite3_result_error_code(result, rc);
}

// The same by phrase instead of by row: each phrase's rows are walked once, alone, and what they add is summed up by row. FTS5
// spends most of a long query on merging the phrases' rows and on asking each row about phrases it does not hold.

typedef struct {
  int64_t row;
  int32_t start, count;
} row_positions;

typedef struct {
  row_positions *rows;
  int32_t count, capacity;
  hg_positions positions;
  int is_paired;
} phrase_rows;

typedef struct {
  const hg_ranking *ranking;
  float *scores, weight;
  phrase_rows *kept;
} phrase_walk;

static int add_row(const Fts5ExtensionApi *api, Fts5Context *fts, void *context) {
  phrase_walk *walk = context;
  const hg_ranking *ranking = walk->ranking;
  phrase_rows *kept = walk->kept;
  int64_t row = api->xRowid(fts);
  if (row < 0 || row >= ranking->row_count || ranking->lengths[row] == HG_DELETED) return SQLITE_OK;
  Fts5PhraseIter iterator;
  int column, offset, last = -1, rc = api->xPhraseFirst(fts, 0, &iterator, &column, &offset);
  if (rc != SQLITE_OK) return rc;
  int32_t start = kept->positions.count;
  float frequency = 0, norm = 0;
  for (; column >= 0; api->xPhraseNext(fts, &iterator, &column, &offset)) {
    if (column >= HG_COLUMNS) return SQLITE_CORRUPT_VTAB;
    if (column != last) norm = column_norm(ranking, column, ranking->lengths[row]);
    last = column;
    frequency += norm;
    if (kept->is_paired && keep_position(&kept->positions, column, offset) != SQLITE_OK) return SQLITE_NOMEM;
  }
  walk->scores[row] += walk->weight * (1 + saturation) * frequency / (frequency + saturation);
  if (!kept->is_paired) return SQLITE_OK;
  if (kept->count == kept->capacity) {
    int32_t capacity = kept->capacity ? kept->capacity * 2 : 64;
    row_positions *grown = realloc(kept->rows, (size_t)capacity * sizeof *grown);
    if (!grown) return SQLITE_NOMEM;
    kept->rows = grown, kept->capacity = capacity;
  }
  kept->rows[kept->count++] = (row_positions){row, start, kept->positions.count - start};
  return SQLITE_OK;
}

static void add_pair(float *scores, const phrase_rows *first, const phrase_rows *second, float weight) {
  for (int32_t i = 0, j = 0; i < first->count && j < second->count;) {
    row_positions a = first->rows[i], b = second->rows[j];
    if (a.row < b.row) i++;
    else if (a.row > b.row) j++;
    else {
      hg_positions left = {first->positions.at + a.start, a.count, 0};
      hg_positions right = {second->positions.at + b.start, b.count, 0};
      int n = count_adjacent(&left, &right);
      if (n) scores[a.row] += weight * (1 + saturation) * (float)n / ((float)n + saturation);
      i++, j++;
    }
  }
}

static int rank_phrases(const Fts5ExtensionApi *api, Fts5Context *fts, hg_ranking *ranking, float *scores,
                        phrase_rows *phrases) {
  for (int32_t i = 0; i < ranking->pair_count; i++) {
    phrases[ranking->pairs[i].first].is_paired = phrases[ranking->pairs[i].second].is_paired = 1;
  }
  for (int phrase = 0; phrase < ranking->phrase_count; phrase++) {
    phrase_walk walk = {ranking, scores, ranking->weights[phrase], &phrases[phrase]};
    int rc = api->xQueryPhrase(fts, phrase, &walk, add_row);
    if (rc != SQLITE_OK) return rc;
  }
  for (int32_t i = 0; i < ranking->pair_count; i++) {
    hg_pair pair = ranking->pairs[i];
    add_pair(scores, &phrases[pair.first], &phrases[pair.second], pair.weight);
  }
  ranking->hit_count = hg_best_rows(scores, ranking->row_count, 0, ranking->hits, ranking->hit_capacity);
  return SQLITE_OK;
}

static void rank_by_phrase(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *result, int count,
                           sqlite3_value **values) {
  hg_ranking *ranking = count == 1 ? sqlite3_value_pointer(values[0], hg_ranking_type) : NULL;
  if (!ranking || api->xPhraseCount(fts) != ranking->phrase_count) {
    sqlite3_result_error_code(result, SQLITE_MISUSE);
    return;
  }
  float *scores = calloc((size_t)ranking->row_count, sizeof *scores);
  phrase_rows *phrases = calloc((size_t)ranking->phrase_count, sizeof *phrases);
  int rc = scores && phrases ? rank_phrases(api, fts, ranking, scores, phrases) : SQLITE_NOMEM;
  for (int32_t i = 0; phrases && i < ranking->phrase_count; i++) {
    free(phrases[i].rows);
    free(phrases[i].positions.at);
  }
  free(phrases);
  free(scores);
  if (rc != SQLITE_OK) sqlite3_result_error_code(result, rc);
}

void hg_ranking_free(hg_ranking *ranking) {
  for (int32_t i = 0; ranking->scratch && i < ranking->phrase_count; i++) free(ranking->scratch[i].at);
  free(ranking->scratch);
  ranking->scratch = NULL;
}

static int count_row(const Fts5ExtensionApi *api, Fts5Context *fts, void *context) {
  (void)api, (void)fts;
  ++*(int64_t *)context;
  return SQLITE_OK;
}

static void frequencies(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *result, int count,
                        sqlite3_value **values) {
  hg_frequencies *wanted = count == 1 ? sqlite3_value_pointer(values[0], hg_frequencies_type) : NULL;
  if (!wanted || api->xPhraseCount(fts) != wanted->count) {
    sqlite3_result_error_code(result, SQLITE_MISUSE);
    return;
  }
  for (int32_t phrase = 0; phrase < wanted->count; phrase++) {
    wanted->counts[phrase] = 0;
    int rc = api->xQueryPhrase(fts, phrase, &wanted->counts[phrase], count_row);
    if (rc != SQLITE_OK) {
      sqlite3_result_error_code(result, rc);
      return;
    }
  }
}

int hg_bind_ranking(sqlite3_stmt *statement, int index, hg_ranking *ranking) {
  return sqlite3_bind_pointer(statement, index, ranking, hg_ranking_type, NULL);
}

int hg_bind_frequencies(sqlite3_stmt *statement, int index, hg_frequencies *wanted) {
  return sqlite3_bind_pointer(statement, index, wanted, hg_frequencies_type, NULL);
}

int hg_register_ranking(fts5_api *api) {
  int rc = api->xCreateFunction(api, "hyperguild_rank", NULL, rank, NULL);
  if (rc == SQLITE_OK) rc = api->xCreateFunction(api, "hyperguild_rank_phrases", NULL, rank_by_phrase, NULL);
  return rc == SQLITE_OK ? api->xCreateFunction(api, "hyperguild_frequencies", NULL, frequencies, NULL) : rc;
}

int hg_register(sqlite3 *db, hg_tokenizer **tokenizer) {
  fts5_api *api = NULL;
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, NULL);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", NULL);
  sqlite3_step(statement);
  rc = sqlite3_finalize(statement);
  if (rc != SQLITE_OK) return rc;
  if (!api || api->iVersion < 2) return SQLITE_ERROR;
  rc = hg_register_tokenizer(api, tokenizer);
  return rc == SQLITE_OK ? hg_register_ranking(api) : rc;
}
