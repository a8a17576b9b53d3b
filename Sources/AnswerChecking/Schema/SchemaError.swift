/// Why a JSON Schema cannot be used, and where.
public struct SchemaError: Error, Equatable, CustomStringConvertible {
  /// The JSON Pointer (RFC 6901) of the keyword at fault; empty for the schema as a whole.
  public let pointer: String

  /// What is wrong and what is allowed, for a person.
  public let message: String

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - pointer: The JSON Pointer of the keyword.
  ///   - message: For a person.
  public init(_ pointer: String, _ message: String) {
    self.pointer = pointer
    self.message = message
  }

  /// The place and the message: `/properties/a/type: "strin" is not a type`.
  public var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
}
