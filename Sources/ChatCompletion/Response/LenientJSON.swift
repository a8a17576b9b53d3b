import NDJSON
import Platform

/// JSON as servers send it when they do not mind: `NaN` and `Infinity` in log-probabilities, halves of surrogate pairs.
enum LenientJSON {
  private static let words: [String] = ["-Infinity", "Infinity", "NaN"]

  /// Parses an object, and again with what JSON does not know replaced when that is all that is wrong.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - parser: Its memory is used.
  ///   - body: Gets the record, and the text that it is of: at the offsets of the record, halves as they came. Nil when
  ///     nothing was replaced.
  /// - Returns: What the body returns.
  /// - Throws: What is wrong with the text besides.
  static func read<Result>(
    _ bytes: UnsafeRawBufferPointer, _ parser: JSONParser,
    _ body: (Record, _ original: UnsafeRawBufferPointer?) -> Result
  ) throws(JSONSyntaxError) -> Result {
    do throws(JSONSyntaxError) {
      return body(try parser.record(bytes), nil)
    } catch {
      var text = Array(bytes)
      let hadNumbers = error.code != .loneSurrogate && replaceNumbers(&text)
      guard hadNumbers || error.code == .loneSurrogate else { throw error }
      return try read(repaired: text, parser, body)
    }
  }

  private static func read<Result>(
    repaired text: [UInt8], _ parser: JSONParser, _ body: (Record, UnsafeRawBufferPointer?) -> Result
  ) throws(JSONSyntaxError) -> Result {
    try text.withBytes { (original) throws(JSONSyntaxError) in
      try LoneSurrogates.replaced(original).withBytes { (repaired) throws(JSONSyntaxError) in
        body(try parser.record(repaired), original)
      }
    }
  }

  /// Replaces `NaN`, `Infinity` and `-Infinity` outside of strings by `null`.
  ///
  /// - Returns: Whether there was one.
  private static func replaceNumbers(_ text: inout [UInt8]) -> Bool {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var index = 0
    var isInString = false
    var hasReplaced = false
    while index < text.count {
      let byte = text[index]
      if isInString {
        if byte == UInt8(ascii: "\\"), index + 1 < text.count {
          output.append(byte)
          index += 1
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if let word = words.first(where: { text[index...].starts(with: $0.utf8) }) {
        output.append(contentsOf: "null".utf8)
        index += word.utf8.count
        hasReplaced = true
        continue
      }
      output.append(text[index])
      index += 1
    }
    if hasReplaced { text = output }
    return hasReplaced
  }
}
