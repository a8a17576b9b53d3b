public import NDJSON

/// The schemas of a run: the one of the command line, and those that records bring, each compiled once. One thread.
public final class SchemaCache {
  /// How many schemas of records are kept, and how long one may be that is, in bytes.
  private static let keptSchemas = 64
  private static let keptLength = 64 << 10

  private let standard: AnswerSchema?
  private var compiled: [[UInt8]: AnswerSchema] = [:]

  /// Makes a cache.
  ///
  /// - Parameter standard: What holds for records that bring no schema.
  public init(standard: AnswerSchema?) { self.standard = standard }

  /// The schema that a record's answer must fit.
  ///
  /// - Parameter own: The record's `schema`.
  /// - Returns: Its own, else the standard one; nil when there is neither.
  /// - Throws: Why its own cannot be used.
  public func schema(own: JSONValue?) throws(SchemaError) -> AnswerSchema? {
    guard let own, !own.isNull else { return standard }
    let bytes = Array(own.bytes)
    if let known = compiled[bytes] { return known }
    let made = try AnswerSchema(own.bytes)
    guard bytes.count <= Self.keptLength else { return made }
    // Records with a schema of their own each would fill the memory.
    if compiled.count >= Self.keptSchemas { compiled.removeAll(keepingCapacity: true) }
    compiled[bytes] = made
    return made
  }
}
