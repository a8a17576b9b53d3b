import NDJSON

/// A JSON Schema that answers must fit: compiled, and as a server gets it.
public final class AnswerSchema: Sendable {
  /// The value of `response_format` that asks a server for such answers, as JSON on one line.
  public let responseFormat: [UInt8]

  let validator: SchemaValidator

  /// Compiles a schema.
  ///
  /// - Parameter schema: The schema, one JSON text; a byte-order mark in front is skipped.
  /// - Throws: Where it is not a schema, or says what is not supported.
  public init(_ schema: UnsafeRawBufferPointer) throws(SchemaError) {
    let mark = [UInt8]("\u{FEFF}".utf8)
    let text = UnsafeRawBufferPointer(rebasing: schema.starts(with: mark) ? schema[mark.count...] : schema[...])
    let parser = JSONParser()
    let value: JSONValue
    do throws(JSONSyntaxError) { value = try parser.parse(text).value } catch {
      throw SchemaError("", "it is not JSON: \(error)")
    }
    validator = try SchemaValidator(compiling: value)
    responseFormat = ResponseFormat.bytes(of: value, isStrict: validator.isStrict)
    withExtendedLifetime(parser) {}
  }
}
