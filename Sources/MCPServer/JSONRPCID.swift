import NDJSON

/// A request's id: a string, a number or null, which the answer gives back byte for byte.
struct JSONRPCID: Equatable {
  /// The id as the client wrote it.
  let json: [UInt8]
  /// What two ways to write the same id have in common.
  private let key: String

  /// The id of an answer to what could not be read.
  static let none = JSONRPCID(json: Array("null".utf8), key: "null")

  private init(json: [UInt8], key: String) {
    self.json = json
    self.key = key
  }

  /// Reads an id; nil when it is not a string, number or null.
  ///
  /// - Parameters:
  ///   - value: The id.
  ///   - json: How the client wrote it.
  init?(_ value: JSONValue, json: [UInt8]) {
    self.json = json
    if let text = value.string {
      key = "\"\(text)"
    } else if value.kind == .number {
      // A client may send 1 and cancel 1.0. What is too large to compare is compared as it is written.
      key = value.wholeNumber.flatMap { $0.magnitude < 1 << 53 ? "\($0)" : nil } ?? value.text
    } else if value.isNull {
      key = "null"
    } else {
      return nil
    }
  }

  static func == (left: JSONRPCID, right: JSONRPCID) -> Bool { left.key == right.key }
}
