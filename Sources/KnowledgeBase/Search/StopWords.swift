import CKnowledgeBase

/// English words that are left out of queries, not of the index: a query of nothing else is searched as it is.
enum StopWords {
  static func contains(_ word: ArraySlice<UInt8>) -> Bool {
    word.withUnsafeBytes { hg_is_stop_word($0.bindMemory(to: CChar.self).baseAddress, Int32(clamping: $0.count)) != 0 }
  }
}
