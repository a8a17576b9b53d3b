import CYAML

/// The events of libyaml's parser, as values.
///
/// A class because `yaml_parser_t` keeps pointers into itself and into the text: both stay where they are until `deinit`.
final class EventReader {
  /// One event of the stream.
  enum Event {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(YAMLScalar, anchor: String?)
    case sequenceStart(anchor: String?)
    case sequenceEnd
    case mappingStart(anchor: String?)
    case mappingEnd
  }

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>
  private let firstLine: Int

  /// Makes a reader over a copy of a text.
  init(_ bytes: [UInt8], firstLine: Int) throws(YAMLError) {
    self.firstLine = firstLine
    text = .allocate(capacity: bytes.count)
    _ = text.initialize(from: bytes)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else {
      throw YAMLError(kind: .limit, message: "out of memory", location: YAMLLocation(line: firstLine, column: 1))
    }
    yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    text.deallocate()
  }

  /// The next event and where it begins.
  ///
  /// - Throws: ``YAMLError`` of kind `syntax`.
  func next() throws(YAMLError) -> (event: Event, location: YAMLLocation) {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    return (value(of: event), location(event.start_mark))
  }

  private func value(of event: yaml_event_t) -> Event {
    switch event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_ALIAS_EVENT: return .alias(string(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT: return .scalar(scalar(event), anchor: string(event.data.scalar.anchor))
    case YAML_SEQUENCE_START_EVENT: return .sequenceStart(anchor: string(event.data.sequence_start.anchor))
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_START_EVENT: return .mappingStart(anchor: string(event.data.mapping_start.anchor))
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    default: return .streamEnd
    }
  }

  private func scalar(_ event: yaml_event_t) -> YAMLScalar {
    let data = event.data.scalar
    let style: YAMLScalar.Style =
      switch data.style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE: .literal
      case YAML_FOLDED_SCALAR_STYLE: .folded
      default: .plain
      }
    // By length and not up to a zero byte: "\0" is a character like any other in double quotes.
    let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
    return YAMLScalar(text: String(decoding: bytes, as: UTF8.self), style: style, tag: string(data.tag))
  }

  private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func location(_ mark: yaml_mark_t) -> YAMLLocation {
    YAMLLocation(line: mark.line + firstLine, column: mark.column + 1)
  }

  private func failure() -> YAMLError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
    switch parser.pointee.error {
    case YAML_MEMORY_ERROR:
      return YAMLError(kind: .limit, message: "out of memory", location: location(parser.pointee.mark))
    case YAML_READER_ERROR:
      // The reader runs ahead of the scanner and knows an offset only.
      return YAMLError(kind: .syntax, message: problem, location: location(ofOffset: parser.pointee.problem_offset))
    default:
      return YAMLError(kind: .syntax, message: problem, location: location(parser.pointee.problem_mark))
    }
  }

  private func location(ofOffset offset: Int) -> YAMLLocation {
    let before = text[..<min(max(offset, 0), text.count)]
    let lineFeed = UInt8(ascii: "\n")
    let line = before.reduce(0) { $0 + ($1 == lineFeed ? 1 : 0) }
    let start = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
    // Continuation bytes of UTF-8 begin no scalar.
    let column = before[start...].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    return YAMLLocation(line: line + firstLine, column: column + 1)
  }
}
