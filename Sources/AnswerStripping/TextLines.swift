import NDJSON

/// The lines of a text, which end with LF, CR or CRLF. Linear in its length, whatever the line ends.
struct TextLines: Sequence, IteratorProtocol {
  /// One line.
  struct Line {
    /// Without the line end.
    let range: Range<Int>
    /// Behind the line end.
    let next: Int
  }

  private let text: UnsafeRawBufferPointer
  private var position: Int
  // The next ones at or behind `position`; each byte is searched once for each.
  private var feed: Int
  private var carriage: Int

  /// The lines from `start` on.
  init(_ text: UnsafeRawBufferPointer, from start: Int = 0) {
    self.text = text
    position = start
    feed = text.firstOffset(of: 0x0A, in: start..<text.count) ?? text.count
    carriage = text.firstOffset(of: 0x0D, in: start..<text.count) ?? text.count
  }

  mutating func next() -> Line? {
    guard position < text.count else { return nil }
    if feed < position { feed = text.firstOffset(of: 0x0A, in: position..<text.count) ?? text.count }
    if carriage < position { carriage = text.firstOffset(of: 0x0D, in: position..<text.count) ?? text.count }
    let end = Swift.min(feed, carriage)
    let next = Swift.min(text.count, end == carriage && feed == end + 1 ? feed + 1 : end + 1)
    defer { position = next }
    return Line(range: position..<end, next: next)
  }
}
