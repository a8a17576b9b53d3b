public import NDJSON

/// Takes off an answer what small models append or wrap around it, and nothing else.
///
/// What it takes off is kept in the record's `stripped`; the rest of `text` keeps its bytes.
public struct AnswerStripper {
  /// What to do to an answer.
  public struct Options: Sendable {
    /// The names an object must have at its top level to be taken off the end.
    public var keys = ["status", "phase"]
    /// Whether the reasoning in front of the answer goes too.
    public var removesThinking = false
    /// Whether one Markdown fence around the whole answer goes.
    public var unwraps = false
    /// Whether the last JSON value in the text becomes `json`.
    public var extracts = false

    /// The options of a plain `hg-strip`.
    public init() {}
  }

  private let options: Options
  private let keys: SchemaKeys
  private let blocks: SchemaBlocks
  private let extractor = JSONExtractor()
  private let scratch = ScratchMemory()

  /// Makes a stripper.
  ///
  /// - Parameter options: What to do.
  public init(_ options: Options = Options()) {
    self.options = options
    keys = SchemaKeys(options.keys)
    blocks = SchemaBlocks(keys)
  }

  /// Notes what changes in one record: `text` and `stripped`, `warnings`, or `json`. Records without a string `text` stay.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - edits: Gets the changes.
  public func strip(_ record: Record, _ edits: inout RecordEdits) {
    guard let index = record.index(of: "text") else { return }
    let value = record.value(at: index)
    guard let content = value.escapedContent, !content.isEmpty else { return }
    // What lies before this offset holds no block and stays as it is: it need not be decoded.
    var start = 0
    if !options.removesThinking && !options.unwraps && !options.extracts {
      let escaped = EscapedText(bytes: content, hidesASCII: record.hidesASCII(at: index))
      guard escaped.mayEndInBlock(keys) else { return }
      start = escaped.startOfBlocks
    }
    let tail = EscapedString(UnsafeRawBufferPointer(rebasing: content[start...]))
    let buffer = scratch.buffer(count: tail.bytes.count)
    let text = UnsafeRawBufferPointer(rebasing: buffer[..<tail.unescape(into: buffer)])
    if options.extracts {
      guard let found = extractor.lastValue(in: text) else { return }
      edits.set("json") { $0.compact(found) }
    } else {
      strip(text, tail, of: content, record, &edits)
    }
  }

  /// `text` is the unescaped `tail` of the string `content`.
  private func strip(
    _ text: UnsafeRawBufferPointer, _ tail: EscapedString, of content: UnsafeRawBufferPointer, _ record: Record,
    _ edits: inout RecordEdits
  ) {
    let thinking = options.removesThinking ? ThinkBlock.leading(in: text) : []
    let start = thinking.last?.next ?? 0
    let token =
      thinking.isEmpty
      ? text.count..<text.count : HarmonyMessage.closingToken(in: text, from: thinking[0].range.lowerBound)
    let answer = UnsafeRawBufferPointer(rebasing: text[start..<max(start, token.lowerBound)])
    var found = blocks.find(in: answer)
    let isLeft = found.last.map { leavesSomething($0, of: answer, tail, content) } ?? true
    if !isLeft {
      // The answer is nothing but the schema: the finding is in it.
      found = []
      warn("schema_only", record, &edits)
    } else if !thinking.isEmpty, invisibleStart(answer, 0..<answer.count) == answer.count {
      warn("reasoning_only", record, &edits)
    }
    let rest = UnsafeRawBufferPointer(rebasing: answer[..<(found.last?.end ?? answer.count)])
    let wrapping = options.unwraps ? Wrapping(rest) : nil
    guard !thinking.isEmpty || !found.isEmpty || wrapping != nil else { return }

    edits.set("text") { writer in
      if let wrapping, wrapping.indent > 0 {
        writer.string(wrapping.unindentedContent(of: rest))
      } else {
        let kept = wrapping?.content ?? 0..<rest.count
        writer.escapedString(Self.kept(start + kept.lowerBound..<start + kept.upperBound, of: tail, in: content))
      }
    }
    edits.set("stripped") { writer in
      writer.array { array in
        array.elementsOf(record["stripped"])
        for block in thinking { array.string(UnsafeRawBufferPointer(rebasing: text[block.range])) }
        if let wrapping { array.string(UnsafeRawBufferPointer(rebasing: rest[wrapping.openingLine])) }
        for block in found.reversed() {
          let json = UnsafeRawBufferPointer(rebasing: answer[block.json])
          switch block.content {
          case .json: array.compact(JSONValue(json))
          case .loose(let meant): array.raw(meant)
          case .cutOff: array.string(json)
          }
        }
        if !token.isEmpty { array.string(UnsafeRawBufferPointer(rebasing: text[token])) }
      }
    }
  }

  /// Whether an answer is left without its blocks, of which `first` is the first in the text: something that can be seen
  /// and is not reasoning alone, which stays in the text when nobody asks to take it off.
  private func leavesSomething(
    _ first: SchemaBlocks.Found, of answer: UnsafeRawBufferPointer, _ tail: EscapedString,
    _ content: UnsafeRawBufferPointer
  ) -> Bool {
    // What lies before the tail was not looked at.
    let before = content.count - tail.bytes.count
    let rest = UnsafeRawBufferPointer(rebasing: content[..<before])
    if invisibleStart(answer, 0..<first.end) == first.end {
      let end = EscapedText(bytes: rest, hidesASCII: false).trimmedEnd
      if end <= invisibleStart(rest, 0..<before) { return false }
    }
    return options.removesThinking || !Self.isReasoning(rest, answer[..<first.end])
  }

  /// Whether a text, given as escaped bytes and the unescaped ones behind them, is reasoning and nothing else.
  private static func isReasoning(_ escaped: UnsafeRawBufferPointer, _ tail: Slice<UnsafeRawBufferPointer>) -> Bool {
    // Most are not: reasoning begins with a tag and ends with one.
    let close = UInt8(ascii: ">")
    let last = tail.last { !isJSONSpace($0) }
    guard last ?? close == close, escaped.contains(close) || tail.contains(close) else { return false }
    let text = escaped.isEmpty ? Array(tail) : EscapedString(escaped).unescaped + tail
    return text.withUnsafeBytes { ThinkBlock.leading(in: $0).last?.next == $0.count }
  }

  /// Adds a warning to those that the record has.
  private func warn(_ warning: String, _ record: Record, _ edits: inout RecordEdits) {
    let warnings = record["warnings"]
    guard warnings?.elements.contains(where: { $0.isString(warning) }) != true else { return }
    edits.set("warnings") { writer in
      writer.array { array in
        array.elementsOf(warnings)
        array.string(warning)
      }
    }
  }

  /// The part of `content` that stays, with the escapes it has: what lies before `tail`, and of `tail` a range that is
  /// given in bytes of the unescaped text. Where nothing of `tail` stays, the white space before it goes as well.
  private static func kept(
    _ range: Range<Int>, of tail: EscapedString, in content: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    let before = UnsafeRawBufferPointer(rebasing: content[..<(content.count - tail.bytes.count)])
    let from = range.lowerBound == 0 ? 0 : before.count + tail.escapedOffset(of: range.lowerBound)
    let to =
      range.upperBound == 0
      ? EscapedText(bytes: before, hidesASCII: false).trimmedEnd
      : before.count + tail.escapedOffset(of: range.upperBound)
    return UnsafeRawBufferPointer(rebasing: content[from..<to])
  }
}

extension JSONWriter {
  /// Writes the elements of an array; nothing for null; anything else as one element, so that it is not lost.
  fileprivate mutating func elementsOf(_ value: JSONValue?) {
    guard let value, !value.isNull else { return }
    if value.kind == .array {
      for element in value.elements { self.value(element) }
    } else {
      self.value(value)
    }
  }
}
