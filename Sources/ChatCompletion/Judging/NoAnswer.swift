/// What came whole and still does not count as an answer: it is an error, and goes to the next model.
public struct NoAnswer: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Takes the bits.
  ///
  /// - Parameter rawValue: Any.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Neither text nor tool calls.
  public static let empty = NoAnswer(rawValue: 1)
  /// Cut off at `max_tokens`.
  public static let length = NoAnswer(rawValue: 2)
  /// Withheld by the server, in whole or in part.
  public static let contentFilter = NoAnswer(rawValue: 4)

  /// What does not count as an answer unless the user says otherwise.
  public static let standard: NoAnswer = [.empty, .contentFilter]

  /// Their names, in their order.
  public static let names: [(name: String, value: NoAnswer)] = [
    ("empty", .empty), ("length", .length), ("content_filter", .contentFilter),
  ]
}

extension NoAnswer: CustomStringConvertible {
  /// As an option takes it: `empty,content_filter`, or `none`.
  public var description: String {
    let names = Self.names.filter { contains($0.value) }.map(\.name)
    return names.isEmpty ? "none" : names.joined(separator: ",")
  }
}
