import NDJSON

/// Members of records that look like one of the API's, or ask for what there is not, and are not sent: each is told once
/// a run.
///
/// A class because the builder of requests, which finds them, does not change otherwise. One thread.
final class MisspeltMembers {
  /// Members that records have by contract: they are near to some of the API's, and mean something else.
  private static let ours: Set<String> = [
    "id", "custom_id", "method", "url", "body", "user", "system", "messages", "model", "models", "fallbacks", "params",
    "skill",
    "phase", "session_id", "project_root", "tags", "route", "knowledge", "text", "json", "schema", "files", "stripped",
    "verdict", "error", "stream", "reasoning", "usage", "tool_calls", "attempts", "cache", "cached", "confidence",
    "warnings",
    "metrics", "message", "prompt", "tool", "version", "source", "score",
  ]
  /// How many different names are remembered; the rest is not looked at.
  private static let remembered = 1000

  private var seen: Set<UInt64> = []
  private var warnings: [String] = []

  /// Looks at a member that is not sent.
  func add(_ name: JSONValue) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    guard !seen.contains(hash), seen.count < Self.remembered else { return }
    seen.insert(hash)
    guard let text = name.string, text.utf8.count <= 40 else { return }
    // Else one would pay for an answer about a picture that the model has not seen.
    if text == "files" { warnings.append("'files' is not sent: attachments are not supported") }
    guard !Self.ours.contains(text) else { return }
    guard let meant = Self.meant(by: text) else { return }
    warnings.append("'\(text)' is not sent: is '\(meant)' meant?")
  }

  /// What is to be told now.
  func take() -> [String] {
    guard !warnings.isEmpty else { return [] }
    defer { warnings = [] }
    return warnings
  }

  /// The member that a name comes near to: the same without capitals and signs between words, or one letter off.
  private static func meant(by text: String) -> String? {
    let plain = plain(text)
    for member in RequestMembers.all {
      let name = "\(member.name)"
      let known = self.plain(name)
      if plain == known || known.count >= 5 && isOneEdit(plain, known) { return name }
    }
    return nil
  }

  private static func plain(_ name: String) -> [UInt8] {
    name.utf8.compactMap { byte in
      switch byte {
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: " "): nil
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      default: byte
      }
    }
  }

  /// Whether one letter was left out, added, replaced, or changed places with its neighbour.
  private static func isOneEdit(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard abs(one.count - other.count) <= 1 else { return false }
    let start = zip(one, other).prefix { $0 == $1 }.count
    let left = one[start...]
    let right = other[start...]
    if left.dropFirst().elementsEqual(right.dropFirst()) || left.dropFirst().elementsEqual(right)
      || left.elementsEqual(right.dropFirst())
    {
      return true
    }
    guard left.count >= 2, right.count >= 2 else { return false }
    return Array(left.prefix(2)) == Array(right.prefix(2).reversed())
      && left.dropFirst(2).elementsEqual(right.dropFirst(2))
  }
}
