import TestSupport
import Testing

@testable import KnowledgeBase

@Suite struct TokenizedTextTests {
  static let texts: [(text: String, stems: [String])] = [
    ("Running runs run", ["run", "run", "run"]),
    ("don't e-mail x_1", ["don", "t", "e", "mail", "x", "1"]),
    ("Café naïve ÜBER", ["cafe", "naiv", "uber"]),
    ("日本語", ["日本", "本語", "語"]),
    ("の", ["の"]),
    ("東京tower", ["東京", "京", "tower"]),
    ("한국어 검색", ["한국", "국어", "어", "검색", "색"]),
    ("🎉 emoji 🎉", ["emoji"]),
    ("a\u{0}b", ["a", "b"]),
    ("", []),
  ]

  @Test(arguments: texts)
  func areCutAndStemmed(_ wanted: (text: String, stems: [String])) throws {
    let database = try Database(path: nil, create: true)
    #expect(TokenizedText(wanted.text.utf8, database.tokenizer).stems == wanted.stems)
  }

  @Test func placesAreThoseOfTheText() throws {
    let database = try Database(path: nil, create: true)
    let text = Array("Öl, naïve 日本語 words; über-all".utf8)
    for word in TokenizedText(text, database.tokenizer).words {
      let slice = String(decoding: text[word.range], as: UTF8.self)
      #expect(TokenizedText(slice.utf8, database.tokenizer, isQuery: true).stems == [word.stem], "\(slice)")
    }
  }

  @Test func brokenUTF8IsCutWithoutHarm() throws {
    let database = try Database(path: nil, create: true)
    for seed in 0..<300 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let bytes = (0..<generator.below(61)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      for word in TokenizedText(bytes, database.tokenizer).words {
        #expect(word.range.upperBound <= bytes.count, "seed \(seed)")
      }
    }
  }

  static let queries: [(text: String, terms: [String: Float])] = [
    ("how do we deploy the deploy", ["deploi": 2]),
    ("to be or not to be", ["to": 2, "be": 2, "or": 1, "not": 1]),
    ("日本", ["日本": 1]),
    ("本", ["本": 1]),
    ("\u{1}deploying", ["deploi": 1]),
    // Operators of a query language are words like any other; OR is a stop word.
    ("\" OR * ( ) NEAR:^{}", ["near": 1]),
    ("🎉", [:]),
    ("", [:]),
  ]

  @Test(arguments: queries)
  func queriesKeepTheTellingWords(_ wanted: (text: String, terms: [String: Float])) throws {
    let database = try Database(path: nil, create: true)
    let query = SearchQuery(wanted.text, database.tokenizer)
    let terms = Dictionary(uniqueKeysWithValues: query.terms.map { ($0.stem, $0.weight) })
    #expect(terms == wanted.terms)
  }

  @Test func aLongQueryKeepsWhatItSaysMost() throws {
    let database = try Database(path: nil, create: true)
    let text = (0..<2_000).map { "word\($0)" }.joined(separator: " ") + " kraken kraken"
    let query = SearchQuery(text, database.tokenizer)
    #expect(query.terms.count == SearchQuery.mostTerms)
    #expect(query.terms.contains { $0.stem == "kraken" })
    #expect(query.pairs.allSatisfy { $0.first < query.terms.count && $0.second < query.terms.count })
  }
}
