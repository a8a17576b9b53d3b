import Testing

@testable import KnowledgeBase

@Suite struct ExcerptTests {
  static let sentences: [(text: String, sentences: [String])] = [
    ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    ("Use e.g. this one. Then that.", ["Use e.g. this one.", "Then that."]),
    ("Version 1.5 is out. Yes.", ["Version 1.5 is out.", "Yes."]),
    ("He said \"no.\" She left.", ["He said \"no.\"", "She left."]),
    ("a line\nthat goes on\n\nnew paragraph", ["a line\nthat goes on", "new paragraph"]),
    ("# Heading\ntext", ["# Heading", "text"]),
    ("- one\n- two\n2. three", ["- one", "- two", "2. three"]),
    ("これは文です。次の文です！本当？", ["これは文です。", "次の文です！", "本当？"]),
    ("  \n\n ", []),
    ("", []),
  ]

  @Test(arguments: sentences)
  func sentencesEndWhereTheyEnd(_ wanted: (text: String, sentences: [String])) {
    let text = Array(wanted.text.utf8)
    #expect(Sentences(text, 0..<text.count).map { String(decoding: text[$0], as: UTF8.self) } == wanted.sentences)
  }

  private func excerpt(_ text: String, _ query: [String: Float], maximum: Int) throws -> String {
    let database = try Database(path: nil, create: true)
    let bytes = Array(text.utf8)
    let places = TokenizedText.places(of: Array(query.keys), in: bytes, 0..<bytes.count, database.tokenizer)
    return Excerpt(bytes, 0..<bytes.count, places: places, weights: Array(query.values)).best(maximum: maximum)
  }

  @Test func thePassageWithTheQuerysWordsIsChosen() throws {
    let text = "Cats sleep a lot. Dogs run. Releases are tagged. Deploy by hand. Birds sing."
    #expect(try excerpt(text, ["releas": 2, "deploi": 2], maximum: 40) == "Releases are tagged. Deploy by hand.")
    #expect(try excerpt(text, ["bird": 1], maximum: 12) == "Birds sing.")
    #expect(try excerpt(text, ["bird": 1], maximum: 1_000) == text)
    #expect(try excerpt(text, [:], maximum: 20) == "Cats sleep a lot.")
    #expect(try excerpt(text, ["cat": 1], maximum: 0) == "")
  }

  @Test func oneRareWordBeatsACommonOneThatRepeats() throws {
    let text = "The server, the server, the server. A kraken lives here."
    #expect(try excerpt(text, ["server": 1, "kraken": 4], maximum: 40) == "A kraken lives here.")
  }

  @Test(arguments: [10, 50, 100, 399, 400, 5_000])
  func isNeverLongerThanAskedFor(_ maximum: Int) throws {
    for text in [
      String(repeating: "verylongword", count: 500), String(repeating: "語", count: 1_000),
      String(repeating: "some words and ", count: 300), "Short. " + String(repeating: "x ", count: 2_000),
    ] {
      let found = try excerpt(text, ["word": 1], maximum: maximum)
      #expect(found.utf8.count <= maximum)
      #expect(!found.isEmpty)
      #expect(!found.contains("\u{FFFD}"))
    }
  }
}
