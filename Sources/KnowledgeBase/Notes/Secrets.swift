/// Finds what looks like a key or a token: by how the services that hand them out mark them.
enum Secrets {
  struct Secret: Equatable {
    let name: String
    let place: Int
  }

  /// What it begins with, how many characters follow at least, and what it is.
  private static let marks: [(prefix: String, least: Int, name: String)] = [
    ("sk-", 16, "an API key"), ("ghp_", 30, "a GitHub token"), ("gho_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"), ("glpat-", 16, "a GitLab token"), ("AKIA", 16, "an AWS access key"),
    ("xoxb-", 16, "a Slack token"), ("xoxp-", 16, "a Slack token"), ("AIza", 30, "a Google API key"),
    ("hf_", 30, "a Hugging Face token"), ("npm_", 30, "an npm token"),
  ]

  static func find(in text: [UInt8]) -> [Secret] {
    var found: [Secret] = []
    var start = 0
    while start < text.count {
      guard isPart(text[start]) else {
        start += 1
        continue
      }
      let end = text[start...].firstIndex { !isPart($0) } ?? text.count
      let token = text[start..<end]
      if let name = name(of: token) { found.append(Secret(name: name, place: start)) }
      if token.elementsEqual("Bearer".utf8), let next = word(after: end, in: text), next.count >= 20 {
        if name(of: next) == nil && next.contains(where: isDigit) {
          found.append(Secret(name: "a bearer token", place: start))
        }
      }
      if token.starts(with: "-----BEGIN".utf8),
        text[end...].prefix(24).split(separator: 0x20).contains(where: { $0.starts(with: "PRIVATE".utf8) })
      {
        found.append(Secret(name: "a private key", place: start))
      }
      start = end
    }
    return found
  }

  /// A real key holds digits; `sk-your-key-goes-here` is an example of one.
  private static func name(of token: ArraySlice<UInt8>) -> String? {
    marks.first { mark in
      token.starts(with: mark.prefix.utf8) && token.count >= mark.prefix.utf8.count + mark.least
        && token.contains(where: isDigit)
    }?.name
  }

  private static func word(after end: Int, in text: [UInt8]) -> ArraySlice<UInt8>? {
    guard end < text.count, text[end] == 0x20 else { return nil }
    return text[(end + 1)...].prefix { isPart($0) || $0 == UInt8(ascii: ".") }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
