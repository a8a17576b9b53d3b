import CKnowledgeBase
import CSQLite

/// The words of a text as the index cuts and stems them.
struct TokenizedText {
  /// Where a word stands in the text, and its stem.
  struct Word {
    let range: Range<Int>
    let stem: String
  }

  let words: [Word]

  var stems: [String] { words.map(\.stem) }

  /// Cuts a text.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - tokenizer: Of the connection.
  ///   - isQuery: Whether it is a query: a single character of a script without spaces is a word then.
  init(_ text: some Collection<UInt8>, _ tokenizer: OpaquePointer, isQuery: Bool = false) {
    var list = hg_words()
    defer { hg_words_free(&list) }
    let cut = isQuery ? hg_tokenize_query : hg_tokenize
    var copy = ContiguousArray(text)
    let code = copy.withUnsafeMutableBytes { bytes in
      cut(tokenizer, bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), &list)
    }
    guard code == SQLITE_OK else {
      words = []
      return
    }
    words = UnsafeBufferPointer(start: list.words, count: Int(list.count)).map { word in
      let stem = UnsafeRawBufferPointer(start: list.stems + Int(word.stem), count: Int(word.stem_length))
      return Word(range: Int(word.start)..<Int(word.end), stem: String(decoding: stem, as: UTF8.self))
    }
  }

  /// Where a term stands in a text.
  struct Occurrence {
    let range: Range<Int>
    /// The number of the term.
    let term: Int
  }

  /// The places of some stems in a part of a text, in its order. Words that are not asked for cost nothing but cutting them.
  static func places(of stems: [String], in text: [UInt8], _ part: Range<Int>, _ tokenizer: OpaquePointer)
    -> [Occurrence]
  {
    guard !stems.isEmpty else { return [] }
    var joined: [CChar] = []
    let wanted = stems.map { stem in
      let start = joined.count
      joined.append(contentsOf: stem.utf8.lazy.map { CChar(bitPattern: $0) })
      return hg_word(start: 0, end: 0, stem: Int32(start), stem_length: Int32(joined.count - start))
    }
    var list = hg_words()
    defer { hg_words_free(&list) }
    let code = text.withUnsafeBytes { bytes in
      let part = UnsafeRawBufferPointer(rebasing: bytes[part]).bindMemory(to: CChar.self)
      return hg_find(
        tokenizer, part.baseAddress, Int32(clamping: part.count), wanted, Int32(wanted.count), joined, &list)
    }
    guard code == SQLITE_OK else { return [] }
    return UnsafeBufferPointer(start: list.words, count: Int(list.count)).map { word in
      Occurrence(range: (part.lowerBound + Int(word.start))..<(part.lowerBound + Int(word.end)), term: Int(word.stem))
    }
  }
}
