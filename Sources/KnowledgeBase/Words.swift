import CKnowledgeBase

/// The words of a text as the index cuts and stems them.
struct Words {
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
    let cut = isQuery ? hg_cut_query : hg_cut
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
}
