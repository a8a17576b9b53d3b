/// A place in a text that looks like a secret.
public struct SecretFinding: Sendable, Equatable {
  /// What it is, for a message: "a GitHub token".
  public let name: String
  /// The whole of it, offsets in bytes.
  public internal(set) var range: Range<Int>
  /// The part behind the mark that tells its kind; the whole where there is no mark.
  public internal(set) var body: Range<Int>

  init(_ name: String, _ range: Range<Int>, body: Range<Int>? = nil) {
    self.name = name
    self.range = range
    self.body = body ?? range
  }
}
