public import NDJSON

/// Takes off an answer what small models append or wrap around it, and nothing else.
///
/// What it takes off is kept in the record's `stripped`; the rest of `text` keeps its bytes.
public struct AnswerStripper {
  /// What to do to an answer.
  public struct Options: Sendable {
    /// The names an object must have at its top level to be taken off the end.
    public var keys = ["status", "phase"]
    /// Whether leading `<think>` blocks go too.
    public var removesThinking = false
    /// Whether one Markdown fence around the whole answer goes.
    public var unwraps = false
    /// Whether the last JSON value in the text becomes `json`.
    public var extracts = false

    /// The options of a plain `hg-strip`.
    public init() {}
  }

  private let options: Options
  private let needles: [[UInt8]]
  private let blocks: SchemaBlocks
  private let extractor = JSONExtractor()
  private var text: [UInt8] = []

  /// Makes a stripper.
  ///
  /// - Parameter options: What to do.
  public init(_ options: Options = Options()) {
    self.options = options
    needles = options.keys.map { Array("\\\"\($0)".utf8) }
    blocks = SchemaBlocks(keys: options.keys)
  }

  /// Notes what changes in one record: `text` and `stripped`, or `json`. Records without a string `text` stay.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - edits: Gets the changes.
  public mutating func strip(_ record: Record, _ edits: inout RecordEdits) {
    guard let content = record["text"]?.escapedContent else { return }
    let escaped = EscapedText(bytes: content)
    let mustDecode = options.removesThinking || options.unwraps || options.extracts
    guard mustDecode || escaped.mayEndInBlock(needles: needles) else { return }
    text.removeAll(keepingCapacity: true)
    record["text"]?.appendStringBytes(to: &text)
    text.withUnsafeBytes { text in
      if options.extracts {
        extract(text, &edits)
      } else {
        strip(text, escaped, record, &edits)
      }
    }
  }

  private func extract(_ text: UnsafeRawBufferPointer, _ edits: inout RecordEdits) {
    guard let value = extractor.lastValue(in: text) else { return }
    edits.set("json") { $0.compact(value) }
  }

  private func strip(
    _ text: UnsafeRawBufferPointer, _ escaped: EscapedText, _ record: Record, _ edits: inout RecordEdits
  ) {
    let thinking = options.removesThinking ? ThinkBlock.leading(in: text) : []
    let start = thinking.last?.next ?? 0
    let answer = UnsafeRawBufferPointer(rebasing: text[start...])
    let found = blocks.find(in: answer)
    let end = found.last?.end ?? answer.count
    let rest = UnsafeRawBufferPointer(rebasing: answer[..<end])
    let wrapping = options.unwraps ? Wrapping(rest) : nil
    guard start > 0 || !found.isEmpty || wrapping != nil else { return }

    edits.set("text") { writer in
      if let wrapping, wrapping.indent > 0 {
        writer.string(wrapping.unindentedContent(of: rest))
      } else {
        let kept = wrapping?.content ?? 0..<end
        let from = escaped.escapedOffset(of: start + kept.lowerBound)
        let to = escaped.escapedOffset(of: start + kept.upperBound)
        writer.escapedString(UnsafeRawBufferPointer(rebasing: escaped.bytes[from..<to]))
      }
    }
    edits.set("stripped") { writer in
      writer.array { array in
        record["stripped"]?.elements.forEach { array.value($0) }
        for block in thinking { array.string(UnsafeRawBufferPointer(rebasing: text[block.range])) }
        if let wrapping { array.string(UnsafeRawBufferPointer(rebasing: rest[wrapping.openingLine])) }
        for block in found.reversed() {
          let json = UnsafeRawBufferPointer(rebasing: answer[block.json])
          if block.isComplete {
            array.compact(JSONValue(json))
          } else {
            array.string(json)
          }
        }
      }
    }
  }
}
