import CSimdJSON

/// Checks JSON texts and finds what lies at their top level. Keeps its memory from one text to the next.
///
/// One parser serves one text at a time: parsing the next one invalidates the spans of the last.
public final class JSONParser {
  // The memory of the C++ parser: made once, freed with this object.
  private let parser: OpaquePointer

  /// Makes a parser; its memory grows with the largest text it sees.
  public init() {
    guard let parser = hg_json_parser_create() else { fatalError("no memory for a JSON parser") }
    self.parser = parser
  }

  deinit { hg_json_parser_destroy(parser) }

  /// Checks one JSON text by RFC 8259 to its last byte.
  ///
  /// - Parameter bytes: The text, in UTF-8, with any white space around it. It must stay as it is for as long as the
  ///   result is used.
  /// - Returns: The value, and the spans of its members or elements, valid until the next call.
  /// - Throws: `JSONSyntaxError`; escaped lone surrogates and invalid UTF-8 are errors too.
  public func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSONDocument {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { throw JSONSyntaxError(code: .empty, offset: nil) }
    var document = hg_json_document()
    let status = hg_json_parse(parser, base.assumingMemoryBound(to: UInt8.self), bytes.count, &document)
    guard status == HG_JSON_OK else { throw JSONSyntaxError(status, offset: document.error_offset) }
    return JSONDocument(text: bytes, document: document, owner: self)
  }

  /// Checks one JSON text that must be an object.
  ///
  /// - Parameter bytes: As for `parse`.
  /// - Returns: The object as a record, valid until the next call.
  /// - Throws: `JSONSyntaxError`; a value that is not an object is `notAnObject`.
  public func record(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> Record {
    let document = try parse(bytes)
    guard let record = Record(document) else {
      throw JSONSyntaxError(code: .notAnObject, offset: document.rootOffset)
    }
    return record
  }
}

/// A checked JSON text: its value and what lies at its top level.
public struct JSONDocument {
  let text: UnsafeRawBufferPointer
  let document: hg_json_document
  /// Holds the memory that `document` points to.
  let owner: JSONParser

  /// The outermost value.
  public var value: JSONValue {
    JSONValue(
      UnsafeRawBufferPointer(rebasing: text[Int(document.root_start)..<Int(document.root_end)]))
  }

  var rootOffset: Int { Int(document.root_start) }
}
