// One Unicode: what is the same to a reader is the same word, however it was typed.
//
// Compatibility forms, case and format characters go, as Unicode's NFKC_Casefold has it (Standard, section 3.13, "caseless
// matching"), and beyond that the marks that people leave out when they type: accents of Latin, Greek and Cyrillic, points
// of Arabic and Hebrew. Vowel signs of Indic scripts, Thai, kana and all others are letters and stay.

#include <string.h>
#include <utf8proc.h>

#include "internal.h"

// The longest decomposition is that of U+FDFA, eighteen characters.
enum { LONGEST_DECOMPOSITION = 18 };

int hg_decode(const uint8_t *text, int left, uint32_t *character) {
  static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t lead = text[0];
  int size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (size == 0 || size > left) return *character = 0xFFFD, 1;
  uint32_t value = size == 1 ? lead : lead & (0x7Fu >> size);
  for (int i = 1; i < size; i++) {
    if ((text[i] & 0xC0) != 0x80) return *character = 0xFFFD, 1;
    value = value << 6 | (text[i] & 0x3F);
  }
  if (value < least[size] || value > 0x10FFFF || (value & 0xFFFFF800) == 0xD800) return *character = 0xFFFD, 1;
  return *character = value, size;
}

int hg_encode(uint32_t c, char *out) {
  if (c < 0x80) return out[0] = (char)c, 1;
  int size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const uint8_t lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (int i = size - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  return out[0] = (char)(lead[size] | c), size;
}

static int is_mark(uint32_t c) {
  utf8proc_category_t category = utf8proc_category((int32_t)c);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

// Marks that say how a letter is pronounced and that people leave out: of Latin, Greek and Cyrillic, of Hebrew, of Arabic.
static int is_left_out(uint32_t c) {
  if (c < 0x0300) return 0;
  if (c <= 0x036F) return 1;
  if (c == 0x0640) return 1;  // the Arabic letter that is nothing but a longer line
  int in_range = (c >= 0x0483 && c <= 0x0489) || (c >= 0x0591 && c <= 0x05C7) || (c >= 0x0610 && c <= 0x061A) ||
                 (c >= 0x064B && c <= 0x065F) || c == 0x0670 || (c >= 0x06D6 && c <= 0x06ED) ||
                 (c >= 0x0898 && c <= 0x08FF) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
                 (c >= 0x20D0 && c <= 0x20FF) || (c >= 0x2DE0 && c <= 0x2DFF) || (c >= 0xA66F && c <= 0xA69F) ||
                 (c >= 0xFE20 && c <= 0xFE2F) || c == 0xFB1E;
  return in_range && is_mark(c);
}

// Letters whose mark is a part of them in Unicode, and that people type without it anyway: Lodz, Da Nang, Orsted.
static int plain_letter(uint32_t c, uint32_t *out) {
  switch (c) {
    case 0x00E6: return out[0] = 'a', out[1] = 'e', 2;
    case 0x00F8: return *out = 'o', 1;
    case 0x0111: return *out = 'd', 1;
    case 0x0127: return *out = 'h', 1;
    case 0x0131: return *out = 'i', 1;
    case 0x0142: return *out = 'l', 1;
    case 0x0153: return out[0] = 'o', out[1] = 'e', 2;
    case 0x0167: return *out = 't', 1;
    case 0x0237: return *out = 'j', 1;
    default: return *out = c, 1;
  }
}

// The characters of one character of the text, decomposed; none for one that is left out.
static int fold_character(uint32_t c, uint32_t *out) {
  const utf8proc_property_t *property = utf8proc_get_property((int32_t)c);
  if (c == 0xFFFD) return *out = c, 1;
  if (property->ignorable || property->category == UTF8PROC_CATEGORY_CF || is_left_out(c)) return 0;
  int32_t parts[LONGEST_DECOMPOSITION], folded[LONGEST_DECOMPOSITION];
  int boundary = 0, count = 0;
  long n = utf8proc_decompose_char((int32_t)c, parts, LONGEST_DECOMPOSITION, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
                                   &boundary);
  for (long i = 0; i < n && i < LONGEST_DECOMPOSITION; i++) {
    // Marks before case: the folding of a Greek iota that stands below a letter is a letter.
    if (is_left_out((uint32_t)parts[i])) continue;
    long m = utf8proc_decompose_char(parts[i], folded, LONGEST_DECOMPOSITION,
                                     UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &boundary);
    for (long j = 0; j < m && j < LONGEST_DECOMPOSITION && count < HG_FOLDED_MOST - 1; j++) {
      if (!is_left_out((uint32_t)folded[j])) count += plain_letter((uint32_t)folded[j], out + count);
    }
  }
  return count;
}

// Whether a character belongs to the one before it: marks, and the vowels and last consonants of a Korean syllable.
static int continues(uint32_t c) {
  if (c < 0x0300) return 0;
  if ((c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3)) return 0;
  return (c >= 0x1160 && c <= 0x11FF) || (c >= 0x314F && c <= 0x3163) || c == 0xFF9E || c == 0xFF9F ||
         (c >= 0xFFC2 && c <= 0xFFDC) || is_mark(c);
}

// Characters that folding leaves as they are: most of Chinese, Japanese and Korean text.
static int is_folded(uint32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x3041 && c <= 0x3096) ||
         (c >= 0x30A1 && c <= 0x30FA) || (c >= 0x3400 && c <= 0x4DBF);
}

// Marks in their canonical order, each sequence composed as far as Unicode has a character for it.
static int compose(uint32_t *characters, int count) {
  for (int i = 1; i < count; i++) {
    int class = utf8proc_get_property((int32_t)characters[i])->combining_class;
    for (int j = i; class > 0 && j > 0; j--) {
      if (utf8proc_get_property((int32_t)characters[j - 1])->combining_class <= class) break;
      uint32_t swapped = characters[j];
      characters[j] = characters[j - 1], characters[j - 1] = swapped;
    }
  }
  long composed = utf8proc_normalize_utf32((int32_t *)characters, count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  return composed > 0 && composed < count ? (int)composed : count;
}

int hg_fold_next(hg_folding *memory, const char *text, int at, int length, hg_folded *out) {
  uint32_t c, next = 0;
  out->start = at;
  at += hg_decode((const uint8_t *)text + at, length - at, &c);
  int size = 0;
  if (at < length && (uint8_t)text[at] >= 0xCC) size = hg_decode((const uint8_t *)text + at, length - at, &next);
  if (size == 0 || !continues(next)) {
    out->end = at;
    if (is_folded(c)) return out->characters[0] = c, out->count = 1, at;
    hg_folding *slot = &memory[c & (HG_FOLDINGS - 1)];
    if (slot->of != c || c == 0) {
      uint32_t folded[HG_FOLDED_MOST];
      int count = fold_character(c, folded);
      if (count > 1) count = compose(folded, count);
      if (count > (int)(sizeof slot->characters / sizeof *slot->characters)) {
        memcpy(out->characters, folded, (size_t)count * sizeof *folded);
        return out->count = count, at;
      }
      slot->of = c, slot->count = (uint32_t)count;
      memcpy(slot->characters, folded, (size_t)count * sizeof *folded);
    }
    out->count = (int)slot->count;
    memcpy(out->characters, slot->characters, sizeof slot->characters);
    return at;
  }
  out->count = fold_character(c, out->characters);
  // No script has a longer row of marks than this; what is left of it stands alone.
  while (size > 0 && continues(next) && out->count + LONGEST_DECOMPOSITION < HG_FOLDED_MOST) {
    out->count += fold_character(next, out->characters + out->count);
    at += size, size = 0;
    if (at < length && (uint8_t)text[at] >= 0xCC) size = hg_decode((const uint8_t *)text + at, length - at, &next);
  }
  if (out->count > 1) out->count = compose(out->characters, out->count);
  return out->end = at;
}

int hg_is_letter(uint32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  switch (utf8proc_category((int32_t)c)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO: case UTF8PROC_CATEGORY_CO:
      return 1;
    default: return 0;
  }
}

int64_t hg_compose_text(const char *text, int64_t length, char **out) {
  uint8_t *composed = NULL;
  utf8proc_ssize_t count =
      utf8proc_map((const uint8_t *)text, length, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  return *out = (char *)composed, count;
}
