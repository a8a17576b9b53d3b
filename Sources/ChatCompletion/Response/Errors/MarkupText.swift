/// The words of an HTML page: what a login page or a gateway's error says when JSON was wanted.
enum MarkupText {
  private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "#39": "'"]

  /// Whether a text is a page: it begins with a tag.
  static func isPage(_ text: String) -> Bool {
    let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(2)
    guard start.first == "<", let second = start.dropFirst().first else { return false }
    return second == "!" || second == "?" || second.isASCII && second.isLetter
  }

  /// The text between the tags, without scripts and styles.
  ///
  /// - Parameter page: HTML, well-formed or not.
  /// - Returns: Text, its words apart where tags were.
  static func words(of page: String) -> String {
    var words = ""
    var rest = page[...]
    while let open = rest.firstIndex(of: "<") {
      words += decoded(rest[..<open]) + " "
      rest = rest[open...]
      let name = rest.dropFirst().prefix { $0.isLetter }.lowercased()
      guard let close = rest.firstIndex(of: ">") else { return words }
      rest = rest[rest.index(after: close)...]
      guard name == "script" || name == "style" else { continue }
      guard let end = rest.firstRange(of: "</") else { return words }
      rest = rest[end.lowerBound...]
    }
    return words + decoded(rest)
  }

  private static func decoded(_ text: Substring) -> String {
    guard text.contains("&") else { return String(text) }
    var result = ""
    var rest = text
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      rest = rest[rest.index(after: start)...]
      let name = rest.prefix { $0 != ";" }.prefix(8)
      guard let character = entities[String(name)], rest.dropFirst(name.count).first == ";" else {
        result += "&"
        continue
      }
      result += character
      rest = rest.dropFirst(name.count + 1)
    }
    return result + rest
  }
}
