/// Splits a `text/event-stream` into events, as the HTML standard has it (section 9.2.6): any split of the bytes,
/// LF, CR or CRLF, comments, data on several lines, lines of any length, a byte-order mark at the start.
///
/// Beyond the standard: a field `error`, which some servers write instead of `event: error`, is an event of that name.
public struct ServerSentEventParser {
  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var name: [UInt8] = []
  private var hasData = false
  private var followsCR = false
  private var isFirstLine = true
  /// Whether any field of the format came: what has none is something else under the format's name.
  public private(set) var hasFields = false

  /// Makes a parser for one stream.
  public init() {}

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - chunk: Any number of bytes.
  ///   - event: Gets each event that is complete now: its type (empty for `message`) and its data, both valid
  ///     during the call only.
  public mutating func feed(
    _ chunk: UnsafeRawBufferPointer,
    _ event: (_ name: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) -> Void
  ) {
    var start = 0
    for index in 0..<chunk.count {
      let byte = chunk[index]
      guard byte == 0x0A || byte == 0x0D else { continue }
      // The LF of a CRLF ends no line of its own, also when a split came between the two.
      let isSecondHalf = byte == 0x0A && followsCR && index == start && line.isEmpty
      followsCR = byte == 0x0D
      if !isSecondHalf { endLine(UnsafeRawBufferPointer(rebasing: chunk[start..<index]), event) }
      start = index + 1
    }
    guard start < chunk.count else { return }
    followsCR = false
    line.append(contentsOf: chunk[start...])
  }

  /// Takes the end of a stream that ended as it should: a last line and a last event without their ends are whole then,
  /// although the standard drops them.
  ///
  /// - Parameter event: As in `feed`.
  public mutating func end(_ event: (_ name: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) -> Void) {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    if !line.isEmpty { endLine(none, event) }
    dispatch(event)
  }

  private mutating func endLine(
    _ tail: UnsafeRawBufferPointer, _ event: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    if line.isEmpty {
      take(tail, event)
    } else {
      line.append(contentsOf: tail)
      var whole: [UInt8] = []
      swap(&whole, &line)
      whole.withUnsafeBytes { take($0, event) }
      whole.removeAll(keepingCapacity: true)
      swap(&whole, &line)
    }
  }

  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ event: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    var bytes = bytes
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if isFirstLine && bytes.starts(with: mark) { bytes = UnsafeRawBufferPointer(rebasing: bytes[mark.count...]) }
    isFirstLine = false
    guard !bytes.isEmpty else { return dispatch(event) }
    let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
    var value = bytes[min(colon + 1, bytes.count)...]
    if value.first == 0x20 { value = value.dropFirst() }
    switch colon {
    case 4 where bytes.starts(with: "data".utf8):
      hasFields = true
      if hasData { data.append(0x0A) }
      hasData = true
      data.append(contentsOf: value)
    case 5 where bytes.starts(with: "event".utf8):
      hasFields = true
      name = Array(value)
    case 5 where bytes.starts(with: "error".utf8):
      hasFields = true
      Array("error".utf8).withUnsafeBytes { event($0, UnsafeRawBufferPointer(rebasing: value)) }
    default: break
    }
  }

  private mutating func dispatch(_ event: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    if hasData { name.withUnsafeBytes { name in data.withUnsafeBytes { data in event(name, data) } } }
    hasData = false
    name.removeAll()
    data.removeAll(keepingCapacity: data.capacity <= 1 << 20)
  }
}
