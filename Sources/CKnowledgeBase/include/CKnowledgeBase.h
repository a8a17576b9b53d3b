// The inner loops of the knowledge base: looking at every file of the tree, cutting text into words, ranking the rows that
// FTS5 matches, comparing embeddings. FTS5 calls its parts back through C function pointers, millions of times a query.
#pragma once

#include <stddef.h>
#include <stdint.h>

// As in sqlite3.h, which the module CSQLite has.
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

// The tree

/// A Markdown file below the root of a tree.
typedef struct {
  uint64_t path_hash;
  uint64_t signature;  // of what stat says: size, times, inode
  int64_t changed_ns;  // when the kernel last saw a change, CLOCK_REALTIME
  int64_t size;
  uint64_t inode, device;
  uint32_t path;  // offset in `paths`, relative to the root, ends with a zero byte
  uint32_t path_length;
  int32_t is_link;
} hg_file;

/// What could not be looked at.
typedef struct {
  uint32_t path;  // as that of a file; of a directory it ends with a slash, of the root it is empty
  uint32_t path_length;
  int32_t error;  // errno
} hg_unreadable;

/// The Markdown files of a tree, in no order.
typedef struct {
  hg_file *files;
  int64_t count, capacity;
  char *paths;
  size_t paths_length, paths_capacity;
  hg_unreadable *unreadable;
  int64_t unreadable_count, unreadable_capacity;
} hg_tree;

/// Lists the Markdown files (`.md`, `.markdown`) below a directory. Names that start with a dot are left out.
/// Symbolic links to files are listed with `is_link` set, their target's state and nothing else checked; links to directories
/// are not followed. Returns 0, or the errno of opening the root or of running out of memory.
int hg_tree_read(int root, hg_tree *tree);

/// Frees what a tree holds.
void hg_tree_free(hg_tree *tree);

/// A hash of bytes that is the same on every machine: FNV-1a over 8-byte words, then mixed.
uint64_t hg_hash(const void *bytes, size_t length);

/// What a file adds to the digest of its tree. Order does not matter: digests are sums.
uint64_t hg_digest(uint64_t path_hash, uint64_t signature);

// Words

/// Columns of the full-text table. The order is part of the index's format: what FTS5 stores of a word that is only in the first
/// column is two bytes shorter, so that is the column which holds most words.
enum { HG_BODY = 0, HG_TITLE = 1, HG_LABELS = 2, HG_COLUMNS = 3 };

/// One word of a text: where it stands, and its stem in `stems`.
typedef struct {
  int32_t start, end;
  int32_t stem, stem_length;
} hg_word;

/// The words of one text. Zero-initialise, fill any number of times, free once.
typedef struct {
  hg_word *words;
  int32_t count, capacity;
  char *stems;
  int32_t stems_length, stems_capacity;
} hg_words;

/// The tokenizer of one connection.
typedef struct hg_tokenizer hg_tokenizer;

/// Registers the tokenizer `hyperguild` and the functions `hyperguild_...` with a connection.
/// Returns SQLITE_OK or an SQLite error code. The connection owns the tokenizer.
int hg_register(sqlite3 *db, hg_tokenizer **tokenizer);

/// Cuts `text` into words, as the index does. Returns SQLITE_OK or SQLITE_NOMEM.
int hg_tokenize(hg_tokenizer *tokenizer, const char *text, int32_t length, hg_words *words);

/// As `hg_tokenize`, for the text of a query: one character of a script without spaces stays one word.
int hg_tokenize_query(hg_tokenizer *tokenizer, const char *text, int32_t length, hg_words *words);

/// The words of `text` whose stem is one of `wanted`, which stand one after another in `stems`: in `words`, `stem` is the number of it,
/// and there are no stems. Returns SQLITE_OK or SQLITE_NOMEM.
int hg_find(hg_tokenizer *tokenizer, const char *text, int32_t length, const hg_word *wanted, int32_t count,
            const char *stems, hg_words *words);

/// Composes a text (Unicode's form C). Returns its length, or less than 0 for what is not UTF-8 or does not fit into memory; `out`
/// is to be freed.
int64_t hg_compose_text(const char *text, int64_t length, char **out);

/// Whether an English word, in ASCII letters of any case, is too common to search for.
int hg_is_stop_word(const char *word, int32_t length);

/// Frees what a word list holds.
void hg_words_free(hg_words *words);

/// Forgets the counts of `hg_column_words`; to be called before each insertion.
void hg_reset_counts(hg_tokenizer *tokenizer);

/// Words in a column of the row inserted last.
int32_t hg_column_words(const hg_tokenizer *tokenizer, int column);

// Ranking

/// A marker for a row whose note is gone.
#define HG_DELETED UINT32_MAX

/// Packs the lengths of a row's columns, in words: 16 bits body, 8 bits title, 8 bits labels.
uint32_t hg_pack_lengths(const int32_t lengths[HG_COLUMNS]);

/// Two phrases that stand side by side in the query.
typedef struct {
  int32_t first, second;
  float weight;
} hg_pair;

typedef struct {
  int64_t row;
  float score;
} hg_hit;

/// Where a phrase stands in the row being ranked.
typedef struct {
  int64_t *at;
  int32_t count, capacity;
} hg_positions;

/// A ranking under way. The caller fills the first part; the function fills `hits`, a heap, least score first.
typedef struct {
  const float *weights;  // by phrase: how often the query says it, times its inverse document frequency
  int32_t phrase_count;
  const hg_pair *pairs;
  int32_t pair_count;
  const uint32_t *lengths;  // by row number
  int64_t row_count;
  float average[HG_COLUMNS];
  hg_hit *hits;
  int32_t hit_capacity;

  int32_t hit_count;
  hg_positions *scratch;  // by phrase
} hg_ranking;

/// The type name that `sqlite3_bind_pointer` needs to hand an `hg_ranking` to `hyperguild_rank`.
extern const char hg_ranking_type[];

/// Binds `ranking` to a parameter of a statement. It must outlive the statement's last step.
int hg_bind_ranking(sqlite3_stmt *statement, int index, hg_ranking *ranking);

/// The best of the rows that score more than `least`: fills `hits`, a heap, least score first. Of equal rows the first ones are kept.
/// Returns how many there are, at most `capacity`, which is not 0.
int32_t hg_best_rows(const float *scores, int64_t count, float least, hg_hit *hits, int32_t capacity);

/// Frees the scratch memory of a ranking, not what the caller gave.
void hg_ranking_free(hg_ranking *ranking);

/// In how many rows each phrase of a query stands.
typedef struct {
  int64_t *counts;
  int32_t count;
} hg_frequencies;

/// The type name that `sqlite3_bind_pointer` needs to hand an `hg_frequencies` to `hyperguild_frequencies`.
extern const char hg_frequencies_type[];

/// Binds `frequencies` to a parameter of a statement. It must outlive the statement's last step.
int hg_bind_frequencies(sqlite3_stmt *statement, int index, hg_frequencies *frequencies);

// Embeddings

/// The longest vector.
enum { HG_DIMENSIONS = 65536 };

/// Rounds a vector to bytes, its greatest component to 127 or -127. Returns what a step of one is worth in the vector scaled to
/// length 1, which is never 0. What rounding does to a cosine is a third of a thousandth for 384 dimensions.
float hg_quantize(const float *vector, int32_t dimension, int8_t *codes);

/// The cosines between `query` and `count` vectors of `dimension` that stand one after another, those of the rows from `first` on.
/// `lengths` and `similarities` are by row number; what a row without a vector (its scale is 0) or without a note (by its length) has
/// in `similarities` stays there.
void hg_similarities(const int8_t *query, float query_scale, int32_t dimension, const float *scales,
                     const int8_t *codes, int64_t first, int64_t count, const uint32_t *lengths, float *similarities);

// What Swift cannot call or name

/// Settings of the library, before anything else is called: `sqlite3_config` is variadic. Returns SQLITE_OK, or SQLITE_MISUSE when the
/// library is in use already.
int hg_configure(void);

/// Keeps the write-ahead log when the last connection closes; `sqlite3_db_config` is variadic.
void hg_keep_log(sqlite3 *db);
