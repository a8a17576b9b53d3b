/// Why a text is not a YAML document that this library reads.
public struct YAMLError: Error, Equatable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Kind: Sendable, Equatable {
    /// The text is not YAML, or not UTF-8.
    case syntax
    /// A mapping holds the same key twice.
    case duplicateKey
    /// A mapping key is a sequence or a mapping.
    case compoundKey
    /// An alias names no anchor that is complete at that place.
    case unknownAnchor
    /// The text holds more than one document.
    case multipleDocuments
    /// It is YAML, but not what its reader expects there.
    case content
    /// A limit of ``YAMLLimits`` is exceeded.
    case limit
  }

  /// What kind of fault it is.
  public let kind: Kind
  /// What is wrong, in words, without the place.
  public let message: String
  /// Where.
  public let location: YAMLLocation

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - kind: What kind of fault it is.
  ///   - message: What is wrong, in words, without the place.
  ///   - location: Where.
  public init(kind: Kind, message: String, location: YAMLLocation) {
    self.kind = kind
    self.message = message
    self.location = location
  }

  /// Place and message: `3:7: did not find expected key`.
  public var description: String { "\(location): \(message)" }
}
