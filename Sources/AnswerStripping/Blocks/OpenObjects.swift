import NDJSON

/// The objects in a part of a text that start on a line of their own and are not complete, in order.
///
/// They are found in one pass, and looked at from the last one backwards while the text gets shorter.
struct OpenObjects {
  /// Where the part starts.
  let region: Int

  /// Where each starts, and how far at most it can reach (or `Int.max`).
  private var objects: [(start: Int, reach: Int)] = []

  /// Looks through `text` from `region` on. Linear in the length of that part.
  init(_ text: UnsafeRawBufferPointer, from region: Int) {
    self.region = region
    var position = region
    while let start = startOfObjectLine(in: text, from: position) {
      switch JSONPrefix(text, from: start).extent {
      case .cutOff:
        objects.append((start, .max))
        return
      case .complete(let end): position = end
      // Objects that start in between are inside this one: they fail, or end, where it does.
      case .invalid(let offset):
        objects.append((start, reach(of: offset, in: text)))
        position = max(offset, start + 1)
      }
    }
  }

  /// Where the object starts that may be cut off when the text ends at `end`. Forgets what starts behind it.
  mutating func last(cutOffAt end: Int) -> Int? {
    while let object = objects.last, object.start >= end { objects.removeLast() }
    guard let object = objects.last, object.reach >= end else { return nil }
    return object.start
  }
}

/// How far at most a text may be the start of JSON when the token at `offset` cannot stand there: to the end of the
/// line, for a shorter token could (`n`, a string that is cut off).
private func reach(of offset: Int, in text: UnsafeRawBufferPointer) -> Int {
  text[offset...].firstIndex { $0 < 0x20 } ?? text.count
}

/// The next `{` that is the first thing on its line.
private func startOfObjectLine(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
  var position = start
  while let brace = text.firstOffset(of: UInt8(ascii: "{"), in: position..<text.count) {
    var before = brace
    while before > start, text[before - 1] == 0x20 || text[before - 1] == 0x09 { before -= 1 }
    if before == 0 || text[before - 1] == 0x0A || text[before - 1] == 0x0D { return brace }
    position = brace + 1
  }
  return nil
}
