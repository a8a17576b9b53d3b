// English words that say how a sentence is built and not what it is about: pronouns, articles, auxiliaries and what contractions leave
// behind, the commonest conjunctions, prepositions, adverbs. Sorted; a table of bytes costs nothing at start.

#include <string.h>

#include "CKnowledgeBase.h"

enum { LONGEST = 10 };

static const char stop_words[][LONGEST + 1] = {
   "a", "about", "above", "after", "again", "against", "ain", "all", "am", "an", "and", "any", "are", "aren", "as",
   "at", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "couldn", "d",
   "did", "didn", "do", "does", "doesn", "doing", "don", "down", "during", "each", "few", "for", "from", "further",
   "had", "hadn", "has", "hasn", "have", "haven", "having", "he", "her", "here", "hers", "herself", "him", "himself",
   "his", "how", "i", "if", "in", "into", "is", "isn", "it", "its", "itself", "just", "ll", "m", "me", "mightn",
   "more", "most", "mustn", "my", "myself", "needn", "no", "nor", "not", "now", "of", "off", "on", "once", "only",
   "or", "other", "others", "our", "ours", "ourselves", "out", "over", "own", "re", "s", "same", "shall", "shan",
   "she", "should", "shouldn", "so", "some", "such", "t", "than", "that", "the", "their", "theirs", "them",
   "themselves", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up",
   "ve", "very", "was", "wasn", "we", "were", "weren", "what", "when", "where", "which", "while", "who", "whom",
   "whose", "why", "will", "with", "won", "wouldn", "you", "your", "yours", "yourself", "yourselves",
};

int hg_is_stop_word(const char *word, int32_t length) {
  if (length < 1 || length > LONGEST) return 0;
  char folded[LONGEST + 1] = {0};
  for (int32_t i = 0; i < length; i++) folded[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] | 32 : word[i]);
  size_t low = 0, high = sizeof stop_words / sizeof *stop_words;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = memcmp(folded, stop_words[middle], sizeof folded);
    if (order == 0) return 1;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return 0;
}
