extension HTTPClient {
  /// Why `wait` returned, besides events.
  public struct Wake: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int
    /// Takes the bits.
    ///
    /// - Parameter rawValue: Any.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The watched input can be read without blocking.
    public static let input = Wake(rawValue: 1)
    /// A signal asks to stop.
    public static let interruption = Wake(rawValue: 2)
  }
}
