import AnswerStripping
public import NDJSON

/// What an answer is worth by a schema.
public struct SchemaJudgement: Equatable, Sendable {
  /// The JSON value in the answer, without white space between its tokens; also one that does not fit.
  public let json: [UInt8]?

  /// What is wrong, in words for a model; nil for an answer that fits.
  public let feedback: String?
}

/// Judges answers by a schema: finds the JSON value as `hg-strip --extract` does, and validates it. Keeps its memory from
/// one answer to the next. One thread.
public final class SchemaJudge {
  /// The longest feedback, in bytes.
  private static let longestFeedback = 4 << 10

  private let extractor = JSONExtractor()
  private let scratch = ScratchMemory()
  private var tree = JSONTree()

  /// Makes a judge.
  public init() {}

  /// Judges an answer.
  ///
  /// - Parameters:
  ///   - text: The answer, a JSON string with its quotes.
  ///   - schema: What it must fit.
  /// - Returns: The value that was found, and what is wrong with it.
  public func judge(_ text: JSONValue, by schema: AnswerSchema) -> SchemaJudgement {
    guard let content = text.escapedContent else { return SchemaJudgement(json: nil, feedback: Self.noJSON) }
    let buffer = scratch.buffer(count: content.count)
    let count = EscapedString(content).unescape(into: buffer)
    let answer = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
    guard let value = extractor.lastValue(in: answer) else { return SchemaJudgement(json: nil, feedback: Self.noJSON) }
    return judge(value: value, by: schema)
  }

  /// Judges a value that was found.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - schema: What it must fit.
  /// - Returns: The value on one line, and what is wrong with it.
  public func judge(value: JSONValue, by schema: AnswerSchema) -> SchemaJudgement {
    let json = JSONWriter.bytes { $0.compact(value) }
    let violations = schema.validator.violations(value, &tree)
    guard !violations.isEmpty else { return SchemaJudgement(json: json, feedback: nil) }
    var feedback = "The JSON in the answer does not fit the schema:"
    for violation in violations {
      let line = "\n- \(violation)"
      guard feedback.utf8.count + line.utf8.count <= Self.longestFeedback else { break }
      feedback += line
    }
    return SchemaJudgement(json: json, feedback: feedback)
  }

  /// What is said of an answer without JSON.
  public static let noJSON = "The answer holds no JSON value. Answer with one that fits the schema."
}
