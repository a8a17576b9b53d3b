import Testing

@testable import KnowledgeBase

/// What reads the same is found, however it was typed: each pair both ways.
@Suite struct OneUnicodeTests {
  struct Pair: Sendable, CustomTestStringConvertible {
    let name: String
    let one: String
    let other: String
    var testDescription: String { name }

    init(_ name: String, _ one: String, _ other: String) {
      self.name = name
      self.one = one
      self.other = other
    }
  }

  static let same: [Pair] = [
    Pair(
      "Korean, decomposed", "데이터베이스",
      "\u{1103}\u{1166}\u{110B}\u{1175}\u{1110}\u{1165}\u{1107}\u{1166}\u{110B}\u{1175}\u{1109}\u{1173}"),
    Pair("Korean with last consonants, decomposed", "한국", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}"),
    Pair("Korean, half width", "가", "\u{FFA1}\u{FFC2}"),
    Pair("Japanese, decomposed", "ガイド", "カ\u{3099}イト\u{3099}"),
    Pair("Japanese, half width", "ガイド", "ｶﾞｲﾄﾞ"),
    Pair("Japanese, half width p", "パン", "ﾊﾟﾝ"),
    Pair("a square of Japanese", "キロ", "㌔"),
    Pair("Cyrillic, decomposed", "йогурт", "и\u{306}огурт"),
    Pair("Cyrillic without its accent", "ёлка", "елка"),
    Pair("Cyrillic й as people type it in a hurry", "ЙОГУРТ", "иогурт"),
    Pair("Cyrillic stress", "замо\u{301}к", "замок"),
    Pair("Ukrainian", "Їжак", "іжак"),
    Pair("Greek accents", "λύση", "λυση"),
    Pair("Greek capitals", "ΛΎΣΗ", "λύση"),
    Pair("Greek, decomposed", "λύση", "λυ\u{301}ση"),
    Pair("a final sigma", "οδός", "ΟΔΟΣ"),
    Pair("Greek of old", "ᾠδῇ", "ωδη"),
    Pair("a diaeresis with an accent", "ΐ", "ι"),
    Pair("a ligature", "ﬁle", "file"),
    Pair("a longer ligature", "eﬃcient", "efficient"),
    Pair("full width", "Ｄｅｐｌｏｙ１２", "deploy12"),
    Pair("soft hyphens", "data\u{AD}base", "database"),
    Pair("zero width spaces", "data\u{200B}base", "database"),
    Pair("a word joiner", "data\u{2060}base", "database"),
    Pair("marks of direction", "\u{202B}koala\u{202C}\u{200F}", "koala"),
    Pair("a byte order mark inside", "\u{FEFF}koala", "koala"),
    Pair("Persian, joined or not", "می\u{200C}خواهم", "میخواهم"),
    Pair("Turkish dotted capital", "İSTANBUL", "istanbul"),
    Pair("Turkish dotless", "kapı", "KAPI"),
    Pair("sharp s", "Straße", "STRASSE"),
    Pair("capital sharp s", "STRAẞE", "strasse"),
    Pair("Latin, decomposed", "café", "cafe\u{301}"),
    Pair("Latin without accents", "naïve façade", "naive facade"),
    Pair("two marks in either order", "q\u{323}\u{307}", "q\u{307}\u{323}"),
    Pair("Vietnamese", "Việt Nam", "viet nam"),
    Pair("Vietnamese, decomposed", "Việt", "Vie\u{323}\u{302}t"),
    Pair("a stroke through a letter", "Đà Nẵng", "da nang"),
    Pair("Polish", "ŁÓDŹ", "lodz"),
    Pair("Danish", "Ørsted", "orsted"),
    Pair("a letter of two", "Œuvre", "oeuvre"),
    Pair("Arabic vowel signs", "مُحَمَّد", "محمد"),
    Pair("Arabic, stretched", "مـحـمـد", "محمد"),
    Pair("Arabic forms of old encodings", "ﻣﺤﻤﺪ", "محمد"),
    Pair("Arabic hamza on alef", "أحمد", "احمد"),
    Pair("Hebrew points", "שָׁלוֹם", "שלום"),
    Pair("Hebrew forms of old encodings", "\u{FB2A}לום", "שלום"),
    Pair("Devanagari with a nukta", "\u{095B}मीन", "\u{091C}\u{093C}मीन"),
    Pair("Bengali, decomposed", "কো", "ক\u{09C7}\u{09BE}"),
    Pair("Tamil, decomposed", "கொ", "க\u{0BC6}\u{0BBE}"),
    Pair("superscripts", "m²", "m2"),
    Pair("a Roman number", "Ⅷ", "viii"),
    Pair("letters of mathematics", "𝐤𝐨𝐚𝐥𝐚", "koala"),
    Pair("letters in circles", "ⓚⓞⓐⓛⓐ", "koala"),
    Pair("a Chinese character of compatibility", "\u{F900}", "豈"),
    Pair("capitals beyond the first plane", "𐐀𐐁", "𐐨𐐩"),
    Pair("a letter of Cherokee", "Ꭰ", "ꭰ"),
  ]

  @Test(arguments: same)
  func bothWaysAreTheSame(_ pair: Pair) throws {
    let database = try Database(path: nil, create: true)
    for (text, query) in [(pair.one, pair.other), (pair.other, pair.one)] {
      let stems = TokenizedText("before \(text) after".utf8, database.tokenizer).stems
      let terms = SearchQuery(query, database.tokenizer).terms
      #expect(!terms.isEmpty)
      for term in terms {
        let found = stems.contains { term.isPrefix ? $0.hasPrefix(term.stem) : $0 == term.stem }
        #expect(found, "\(term.stem) is not in \(stems)")
      }
    }
  }

  /// Letters that tell words apart are no accents.
  static let different: [Pair] = [
    Pair("Hindi vowel signs", "कि", "की"), Pair("Hindi with and without a sign", "काम", "कम"),
    Pair("Thai vowels", "ที่", "ทู"), Pair("Thai tones", "มา", "ม้า"), Pair("Tamil signs", "கா", "கி"),
    Pair("Japanese voicing", "かき", "かぎ"), Pair("Japanese p and h", "はん", "ぱん"), Pair("Korean vowels", "고기", "거기"),
    Pair("Khmer signs", "កា", "កី"), Pair("Telugu signs", "కి", "కు"),
  ]

  @Test(arguments: different)
  func whatTellsWordsApartStays(_ pair: Pair) throws {
    let database = try Database(path: nil, create: true)
    let one = TokenizedText(pair.one.utf8, database.tokenizer).stems
    #expect(one != TokenizedText(pair.other.utf8, database.tokenizer).stems)
    // A word is one word: its signs do not cut it.
    let hindi = TokenizedText("हिन्दी में खोज".utf8, database.tokenizer).stems
    #expect(hindi == ["हिन्दी", "में", "खोज"])
  }

  /// An excerpt shows the note's own bytes: where a word stands is said of the text and not of its folded form.
  static let places: [(text: String, query: String, words: [String])] = [
    ("die Ｓｔｒａßｅ, die", "strasse", ["Ｓｔｒａßｅ"]),
    ("x cafe\u{301}s y", "café", ["cafe\u{301}s"]),
    ("a data\u{AD}base, b", "database", ["data\u{AD}base"]),
    (
      "—\u{1103}\u{1166}\u{110B}\u{1175}\u{1110}\u{1165}—", "데이터",
      ["\u{1103}\u{1166}\u{110B}\u{1175}", "\u{110B}\u{1175}\u{1110}\u{1165}"]
    ),
    ("日ｶﾞｲﾄﾞ本", "ガイド", ["ｶﾞｲ", "ｲﾄﾞ"]),
    ("der ﬁle\u{200D} oﬃce", "file office", ["ﬁle\u{200D}", "oﬃce"]),
    ("قال مُحَمَّد هنا", "محمد", ["مُحَمَّد"]),
    ("„İstanbul“", "istanbul", ["İstanbul"]),
  ]

  @Test(arguments: places)
  func placesAreOfTheOriginalBytes(_ wanted: (text: String, query: String, words: [String])) throws {
    let database = try Database(path: nil, create: true)
    let text = Array(wanted.text.utf8)
    let stems = SearchQuery(wanted.query, database.tokenizer).terms.map(\.stem)
    let places = TokenizedText.places(of: stems, in: text, 0..<text.count, database.tokenizer)
    let words = places.map { String(decoding: text[$0.range], as: UTF8.self) }
    // A format character at the end may belong to the word or not: it is not seen.
    #expect(
      words.map { Array($0.unicodeScalars.filter { $0 != "\u{200D}" }) }
        == wanted.words.map { Array($0.unicodeScalars.filter { $0 != "\u{200D}" }) })
  }

  @Test func aHeapOfMarksIsCutWithoutHarm() throws {
    let database = try Database(path: nil, create: true)
    let zalgo = "z" + String(repeating: "\u{0301}\u{05B8}\u{093F}", count: 5_000) + " koala"
    let text = Array(zalgo.utf8)
    let words = TokenizedText(text, database.tokenizer).words
    #expect(words.last?.stem == "koala" && words.allSatisfy { $0.range.upperBound <= text.count })
    for broken: [UInt8] in [
      [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE3, 0x81], [0xF0, 0x9F],
    ] {
      #expect(TokenizedText(broken + Array(" koala".utf8), database.tokenizer).stems == ["koala"])
    }
  }

  @Test func aTextThatIsNotSeenAsksForNothing() {
    for text in [
      "", " ", "\n\t", "\u{200B}\u{FEFF}", "\u{AD}", "\u{202E}\u{2066}", "\u{0}\u{1F}", "\u{3164}", "\u{00A0}\u{3000}",
    ] {
      #expect(!KnowledgeBase.asks(text), "\(text.unicodeScalars.map(\.value))")
    }
    for text in ["a", "の", "🎉", " . "] { #expect(KnowledgeBase.asks(text), "\(text)") }
  }

  static let names: [(bytes: [UInt8], text: String)] = [
    (Array("plain.md".utf8), "plain.md"), (Array("日本語.md".utf8), "日本語.md"), (Array("100%25.md".utf8), "100%25.md"),
    (Array("caf".utf8) + [0xE9] + Array(".md".utf8), "caf\\xE9.md"), ([0xFF, 0xFE], "\\xFF\\xFE"),
    (Array("a\\b\\x20.md".utf8), "a\\b\\x20.md"), (Array("a\\xE9.md".utf8), "a\\x5CxE9.md"),
    (Array("a\\x5C".utf8) + [0x80], "a\\x5Cx5C\\x80"), (Array("é".utf8) + [0xC3], "é\\xC3"),
  ]

  @Test(arguments: names)
  func aNameThatIsNotUTF8HasAText(_ name: (bytes: [UInt8], text: String)) {
    #expect(NotePath.text(name.bytes) == name.text)
    #expect(NotePath.bytes(name.text) == name.bytes)
  }
}
