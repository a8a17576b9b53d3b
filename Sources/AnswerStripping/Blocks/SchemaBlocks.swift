import NDJSON

/// Finds the result-schema objects at the end of an answer.
///
/// An object counts when it is the last thing in the text and has every one of the keys at its top level. It may
/// stand in a fenced block, there also as small models write it, bare, or be cut off by the end of the text.
struct SchemaBlocks {
  /// A block to take off.
  struct Found {
    /// Where the text ends without it and without the white space before it.
    let end: Int
    /// The object's text.
    let json: Range<Int>
    /// What is kept of it.
    let content: Content
  }

  enum Content {
    /// The object's text is JSON.
    case json
    /// The JSON that the object's text means.
    case loose([UInt8])
    /// The object was cut off.
    case cutOff
  }

  private let keys: SchemaKeys
  private let parser = JSONParser()

  init(_ keys: SchemaKeys) { self.keys = keys }

  /// All blocks to take off, the last one in the text first. Linear in the length of the text.
  func find(in text: UnsafeRawBufferPointer) -> [Found] {
    var fences = FencedBlock.all(in: text)
    var open: OpenObjects?
    var found: [Found] = []
    var end = text.count
    while let next = last(in: UnsafeRawBufferPointer(rebasing: text[..<end]), &fences, &open) {
      found.append(next)
      end = next.end
    }
    return found
  }

  /// The block at the very end of the text. Takes the fences it looked at off the list, and keeps the open objects
  /// that it looked for.
  private func last(
    in text: UnsafeRawBufferPointer, _ fences: inout [FencedBlock], _ open: inout OpenObjects?
  ) -> Found? {
    let end = trimmedEnd(text, 0..<text.count)
    guard end > 0 else { return nil }
    if let fence = fences.last, fence.range.upperBound >= end {
      fences.removeLast()
      guard fence.mayHoldJSON(text) else { return nil }
      return fence.isClosed ? closed(fence, text) : unclosed(fence, text)
    }
    if text[end - 1] == UInt8(ascii: "}"), let found = bare(text, end) { return found }
    let region = fences.last?.range.upperBound ?? 0
    if open?.region != region { open = OpenObjects(text, from: region) }
    // Changed where it is: a second holder would have the whole list copied for each block.
    guard let start = open?.last(cutOffAt: text.count) else { return nil }
    return cutOff(start..<text.count, from: start, text, isFenced: false)
  }

  private func closed(_ fence: FencedBlock, _ text: UnsafeRawBufferPointer) -> Found? {
    let json = trimmed(text, fence.content)
    return complete(json, from: fence.range.lowerBound, text)
      ?? loose(json, from: fence.range.lowerBound, text, mayBeCutOff: false)
  }

  private func unclosed(_ fence: FencedBlock, _ text: UnsafeRawBufferPointer) -> Found? {
    let end = endBeforePartialFence(fence, text)
    let json = trimmedStart(text, fence.content.lowerBound..<end)..<end
    guard !json.isEmpty else { return nil }
    let start = fence.range.lowerBound
    if text[json.lowerBound] == UInt8(ascii: "{"),
      let found = complete(json.lowerBound..<trimmedEnd(text, json), from: start, text)
        ?? cutOff(json, from: start, text, isFenced: true)
    {
      return found
    }
    return loose(json, from: start, text, mayBeCutOff: true)
  }

  /// The end of the text, or of the line before the last one when that is the start of a closing fence.
  private func endBeforePartialFence(_ fence: FencedBlock, _ text: UnsafeRawBufferPointer) -> Int {
    var start = trimmedEnd(text, fence.content.lowerBound..<text.count)
    let end = start
    while start > fence.content.lowerBound, text[start - 1] == fence.fenceByte { start -= 1 }
    guard start < end, end - start < fence.fenceLength else { return text.count }
    while start > fence.content.lowerBound, text[start - 1] == 0x20 { start -= 1 }
    let isOnOwnLine = start == fence.content.lowerBound || text[start - 1] == 0x0A || text[start - 1] == 0x0D
    return isOnOwnLine ? start : text.count
  }

  /// An object that ends where the text ends, wherever it starts.
  private func bare(_ text: UnsafeRawBufferPointer, _ end: Int) -> Found? {
    guard let start = startOfContainer(endingAt: end, in: text) else { return nil }
    return complete(start..<end, from: start, text)
  }

  private func complete(_ json: Range<Int>, from start: Int, _ text: UnsafeRawBufferPointer) -> Found? {
    guard let record = try? parser.record(UnsafeRawBufferPointer(rebasing: text[json])), keys.areAll(in: record)
    else { return nil }
    return Found(end: trimmedEnd(text, 0..<start), json: json, content: .json)
  }

  /// The object in a fence that says JSON, or nothing, as small models write it.
  private func loose(
    _ json: Range<Int>, from start: Int, _ text: UnsafeRawBufferPointer, mayBeCutOff: Bool
  ) -> Found? {
    let object = LooseObject(UnsafeRawBufferPointer(rebasing: text[..<json.upperBound]), from: json.lowerBound, parser)
    let end = trimmedEnd(text, 0..<start)
    switch object.extent {
    case .invalid: return nil
    case .complete:
      let hasKeys = object.json.withUnsafeBytes { bytes in
        (try? parser.record(bytes)).map { keys.areAll(in: $0) } ?? false
      }
      return hasKeys ? Found(end: end, json: json, content: .loose(object.json)) : nil
    case .cutOff:
      let hasKey = object.json.withUnsafeBytes { json in object.names.contains { keys.contains(json, $0) } }
      guard mayBeCutOff, hasKey || mayHaveKey(text, object.partialName, isFirst: object.names.isEmpty, isFenced: true)
      else { return nil }
      return Found(end: end, json: json, content: .cutOff)
    }
  }

  /// A cut-off object shows what it is by one of the keys, or by a last name that can still become one. In a fence
  /// for JSON it may be too short to show anything.
  private func cutOff(
    _ json: Range<Int>, from start: Int, _ text: UnsafeRawBufferPointer, isFenced: Bool
  ) -> Found? {
    let prefix = JSONPrefix(UnsafeRawBufferPointer(rebasing: text[..<json.upperBound]), from: json.lowerBound)
    guard prefix.extent == .cutOff,
      prefix.names.contains(where: { keys.contains(text, $0) })
        || mayHaveKey(text, prefix.partialName, isFirst: prefix.names.isEmpty, isFenced: isFenced)
    else { return nil }
    return Found(end: trimmedEnd(text, 0..<start), json: json, content: .cutOff)
  }

  /// Whether the name that was cut off can become one of the keys. Without one, the first may still come.
  private func mayHaveKey(
    _ text: UnsafeRawBufferPointer, _ partialName: Range<Int>?, isFirst: Bool, isFenced: Bool
  ) -> Bool {
    let isShort = isFenced && isFirst
    return partialName.map { (isShort || !$0.isEmpty) && keys.canGrow(from: text[$0]) } ?? isShort
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
