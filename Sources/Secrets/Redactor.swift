#if canImport(Glibc)
  import Glibc
#endif

/// Takes secrets out of text: all kinds that are known by their looks, and the values of the keys in use.
///
/// It works on text as people read it, before that becomes JSON: never on structure.
public struct Redactor: Sendable {
  /// The variables whose values are secrets.
  public static let variables = [
    "LITELLM_API_KEY", "LITELLM_PROXY_API_KEY", "LITELLM_MASTER_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY",
    "HF_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "BRAIN_TOKEN",
  ]

  /// A shorter value could be any word, `ollama` say; this many bytes of a key in a row give it away.
  public static let shortestValue = 8

  private let values: [[UInt8]]
  private let pieces: Set<UInt64>
  private let replacement: [UInt8]
  private let keepsMarks: Bool

  /// Makes a redactor for text of the user's and of models: the whole of a secret becomes `[redacted]`.
  ///
  /// - Parameter values: The values of the keys in use; those of fewer than eight bytes do not count.
  public init(values: [String]) {
    self.values = values.map { Array($0.utf8) }.filter { $0.count >= Self.shortestValue }
    pieces = []
    replacement = Array("[redacted]".utf8)
    keepsMarks = false
  }

  /// Makes a redactor for what a server said: it echoes what it was sent, sometimes in part. Each piece of the key of
  /// eight bytes and more becomes `***`, and so does what follows the mark of another secret: `sk-***`.
  ///
  /// - Parameter key: The key in use, if any.
  public init(key: String?) {
    let key = Array((key ?? "").utf8)
    var pieces: Set<UInt64> = []
    Self.forEachPiece(of: key) { (piece, _) in pieces.insert(piece) }
    self.pieces = pieces
    // A short one could be any word, unless it has a digit.
    let isShort = (4..<Self.shortestValue).contains(key.count) && key.contains { (0x30...0x39).contains($0) }
    values = isShort ? [key] : []
    replacement = Array("***".utf8)
    keepsMarks = true
  }

  /// How long the longest of the keys in use is, in bytes; 0 without one.
  package var longestValue: Int { values.map(\.count).max() ?? 0 }

  /// The places that look like secrets, in their order; none overlaps another.
  ///
  /// - Parameter text: Any text, unescaped.
  /// - Returns: The places, offsets in bytes.
  public func findings(in text: UnsafeRawBufferPointer) -> [SecretFinding] {
    var scan = SecretScan(text)
    scan.run()
    guard !values.isEmpty || !pieces.isEmpty else { return scan.findings }
    let known = knownKeys(in: text)
    return known.isEmpty ? scan.findings : Self.merged(scan.findings + known)
  }

  /// The text without secrets.
  ///
  /// - Parameter text: Any.
  /// - Returns: The text with a word in place of each secret.
  public func redact(_ text: String) -> String {
    var bytes = Array(text.utf8)
    return redact(&bytes) ? String(decoding: bytes, as: UTF8.self) : text
  }

  /// Replaces the secrets in a text.
  ///
  /// - Parameter text: Unescaped UTF-8.
  /// - Returns: Whether there was one.
  @discardableResult
  public func redact(_ text: inout [UInt8]) -> Bool {
    let found = text.withUnsafeBytes { findings(in: $0) }
    guard !found.isEmpty else { return false }
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var position = 0
    for finding in found {
      let range = keepsMarks ? finding.body : finding.range
      output += text[position..<range.lowerBound] + replacement
      position = range.upperBound
    }
    text = output + text[position...]
    return true
  }

  private func knownKeys(in text: UnsafeRawBufferPointer) -> [SecretFinding] {
    var found: [SecretFinding] = []
    for value in values {
      var position = 0
      while let start = value.withUnsafeBytes({ text.firstOffset(of: $0, from: position) }) {
        position = start + value.count
        found.append(SecretFinding("a key in use", start..<position))
      }
    }
    guard !pieces.isEmpty else { return found }
    Self.forEachPiece(of: text) { (piece, end) in
      if pieces.contains(piece) { found.append(SecretFinding("a key in use", end - Self.shortestValue..<end)) }
    }
    return found
  }

  /// Each eight bytes in a row as a number, and where they end.
  private static func forEachPiece(of bytes: some Sequence<UInt8>, _ body: (UInt64, Int) -> Void) {
    var piece: UInt64 = 0
    var end = 0
    for byte in bytes {
      piece = piece << 8 | UInt64(byte)
      end += 1
      if end >= shortestValue { body(piece, end) }
    }
  }

  private static func merged(_ findings: [SecretFinding]) -> [SecretFinding] {
    var result: [SecretFinding] = []
    for finding in findings.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard let last = result.last, finding.range.lowerBound < last.range.upperBound else {
        result.append(finding)
        continue
      }
      let end = max(last.range.upperBound, finding.range.upperBound)
      result[result.count - 1].range = last.range.lowerBound..<end
      result[result.count - 1].body = min(last.body.lowerBound, finding.body.lowerBound)..<end
    }
    return result
  }
}
