import NDJSON

/// Finds the result-schema objects at the end of an answer.
///
/// An object counts when it is the last thing in the text and has every one of the keys at its top level. It may
/// stand in a fenced block, bare, or be cut off by the end of the text.
struct SchemaBlocks {
  /// A block to take off.
  struct Found {
    /// Where the text ends without it and without the white space before it.
    let end: Int
    /// The object's text.
    let json: Range<Int>
    /// Whether the object is whole; else it was cut off.
    let isComplete: Bool
  }

  private let keys: [String]
  private let longestKey: Int
  private let parser = JSONParser()

  init(keys: [String]) {
    self.keys = keys
    longestKey = keys.map(\.utf8.count).max() ?? 0
  }

  /// All blocks to take off, the last one in the text first.
  func find(in text: UnsafeRawBufferPointer) -> [Found] {
    var fences = FencedBlock.all(in: text)
    var found: [Found] = []
    var end = text.count
    while let next = last(in: UnsafeRawBufferPointer(rebasing: text[..<end]), &fences, mayBeCutOff: found.isEmpty) {
      found.append(next)
      end = next.end
    }
    return found
  }

  /// The block at the very end of the text. Takes the fences it looked at off the list. Only the end of the whole
  /// answer may be cut off: what stands before another block was finished.
  private func last(
    in text: UnsafeRawBufferPointer, _ fences: inout [FencedBlock], mayBeCutOff: Bool
  ) -> Found? {
    let end = trimmedEnd(text, 0..<text.count)
    guard end > 0 else { return nil }
    if let fence = fences.last, fence.range.upperBound >= end {
      fences.removeLast()
      guard isJSON(fence.info, text) else { return nil }
      return fence.isClosed ? closed(fence, text) : unclosed(fence, text)
    }
    if text[end - 1] == UInt8(ascii: "}"), let found = bare(text, end) { return found }
    return mayBeCutOff ? cutOff(text, fences.last) : nil
  }

  private func closed(_ fence: FencedBlock, _ text: UnsafeRawBufferPointer) -> Found? {
    complete(trimmed(text, fence.content), from: fence.range.lowerBound, text)
  }

  private func unclosed(_ fence: FencedBlock, _ text: UnsafeRawBufferPointer) -> Found? {
    var content = trimmed(text, fence.content.lowerBound..<text.count)
    // The closing fence may be cut off as well.
    var fenceStart = content.upperBound
    while fenceStart > content.lowerBound, text[fenceStart - 1] == fence.fenceByte { fenceStart -= 1 }
    if content.upperBound - fenceStart < fence.fenceLength {
      content = trimmed(text, content.lowerBound..<fenceStart)
    }
    guard content.first.map({ text[$0] }) == UInt8(ascii: "{") else { return nil }
    return complete(content, from: fence.range.lowerBound, text)
      ?? cutOff(content, from: fence.range.lowerBound, text, allowsNothing: true)
  }

  /// An object that ends where the text ends, wherever it starts.
  private func bare(_ text: UnsafeRawBufferPointer, _ end: Int) -> Found? {
    guard let start = startOfContainer(endingAt: end, in: text) else { return nil }
    return complete(start..<end, from: start, text)
  }

  /// An object that starts on a line of its own and that the end of the text cut off.
  private func cutOff(_ text: UnsafeRawBufferPointer, _ lastFence: FencedBlock?) -> Found? {
    var position = lastFence?.range.upperBound ?? 0
    while let start = startOfObjectLine(in: text, from: position) {
      let prefix = JSONPrefix(text, from: start)
      switch prefix.outcome {
      case .cutOff: return cutOff(start..<text.count, from: start, text, allowsNothing: false)
      // Objects that start in between are inside this one: they fail, or end, where it does.
      case .complete(let offset), .invalid(let offset): position = max(offset, start + 1)
      }
    }
    return nil
  }

  private func complete(_ json: Range<Int>, from start: Int, _ text: UnsafeRawBufferPointer) -> Found? {
    guard let record = try? parser.record(UnsafeRawBufferPointer(rebasing: text[json])),
      keys.allSatisfy({ record.value(named: $0) != nil })
    else { return nil }
    return Found(end: trimmedEnd(text, 0..<start), json: json, isComplete: true)
  }

  /// A cut-off object shows what it is by one of the keys, or by a last name that can still become one.
  private func cutOff(
    _ json: Range<Int>, from start: Int, _ text: UnsafeRawBufferPointer, allowsNothing: Bool
  ) -> Found? {
    let prefix = JSONPrefix(UnsafeRawBufferPointer(rebasing: text[..<json.upperBound]), from: json.lowerBound)
    guard prefix.outcome == .cutOff else { return nil }
    let hasKey = prefix.names.contains { name in keys.contains { $0.utf8.elementsEqual(text[name]) } }
    let canBecomeKey =
      prefix.partialName.map { name in
        (!name.isEmpty || (allowsNothing && prefix.names.isEmpty)) && keys.contains { $0.utf8.starts(with: text[name]) }
      } ?? (allowsNothing && prefix.names.isEmpty)
    guard hasKey || canBecomeKey else { return nil }
    return Found(end: trimmedEnd(text, 0..<start), json: json, isComplete: false)
  }

  /// Whether a block with this info string may hold JSON: its first word is json, json5 or jsonc, or there is none.
  private func isJSON(_ info: Range<Int>, _ text: UnsafeRawBufferPointer) -> Bool {
    let word = String(decoding: text[info].prefix { !isSpace($0) }, as: UTF8.self).lowercased()
    return ["", "json", "json5", "jsonc"].contains(word)
  }
}

/// The offset of the bracket that the one before `end` closes, in a tail that may be JSON.
///
/// Reading backwards works in valid JSON: outside of strings no quote is escaped, and in strings every one is. In
/// other text the result means nothing; the caller parses what it gets.
func startOfContainer(endingAt end: Int, in text: UnsafeRawBufferPointer) -> Int? {
  var depth = 0
  var isInString = false
  var position = end
  while position > 0 {
    position -= 1
    switch text[position] {
    case UInt8(ascii: "\""):
      var backslashes = 0
      while position - backslashes > 0, text[position - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
      if backslashes % 2 == 0 { isInString.toggle() }
      position -= backslashes
    case UInt8(ascii: "}") where !isInString, UInt8(ascii: "]") where !isInString:
      depth += 1
    case UInt8(ascii: "{") where !isInString, UInt8(ascii: "[") where !isInString:
      depth -= 1
      if depth == 0 { return position }
    default: break
    }
  }
  return nil
}

/// The next `{` that is the first thing on its line.
private func startOfObjectLine(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
  var position = start
  while let brace = text.firstOffset(of: UInt8(ascii: "{"), in: position..<text.count) {
    var before = brace
    while before > 0, text[before - 1] == 0x20 || text[before - 1] == 0x09 { before -= 1 }
    if before == 0 || text[before - 1] == 0x0A || text[before - 1] == 0x0D { return brace }
    position = brace + 1
  }
  return nil
}
