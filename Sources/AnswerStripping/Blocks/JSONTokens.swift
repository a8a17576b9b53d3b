import NDJSON

/// How a string ends.
enum StringEnd: Equatable {
  /// Behind its closing quote, at this offset.
  case closed(Int)
  /// The text ends inside it.
  case cutOff
  /// A control character or an escape that cannot stand in it.
  case invalid
}

/// Follows the string whose opening quote is at `start`, in UTF-8.
func stringEnd(in text: UnsafeRawBufferPointer, from start: Int) -> StringEnd {
  var position = start + 1
  while position < text.count {
    switch text[position] {
    case UInt8(ascii: "\""): return .closed(position + 1)
    case UInt8(ascii: "\\"):
      guard let width = escapeWidth(in: text, at: position) else { return .invalid }
      position += width
    case 0..<0x20: return .invalid
    default: position += 1
    }
  }
  return .cutOff
}

/// The width of the escape at `start`, up to the end of the text when that cuts it off; nil when it is not one.
private func escapeWidth(in text: UnsafeRawBufferPointer, at start: Int) -> Int? {
  guard start + 1 < text.count else { return 1 }
  guard text[start + 1] == UInt8(ascii: "u") else {
    return #""\/bfnrt"#.utf8.contains(text[start + 1]) ? 2 : nil
  }
  guard let high = unit(in: text, at: start + 2) else { return nil }
  let rest = text.count - start
  guard rest > 6, (0xD800..<0xE000).contains(high) else {
    return rest >= 6 && (0xDC00..<0xE000).contains(high) ? nil : min(6, rest)
  }
  // The second half of a pair must follow.
  guard high < 0xDC00, text[start + 6] == UInt8(ascii: "\\") else { return nil }
  guard rest > 7 else { return rest }
  guard text[start + 7] == UInt8(ascii: "u"), let low = unit(in: text, at: start + 8) else { return nil }
  guard rest >= 12 else { return rest }
  return (0xDC00..<0xE000).contains(low) ? 12 : nil
}

/// Four hexadecimal digits as a number, fewer where the text ends; nil when there is something else.
private func unit(in text: UnsafeRawBufferPointer, at start: Int) -> Int? {
  var unit = 0
  for offset in start..<start + 4 {
    guard offset < text.count else { return unit }
    guard let digit = Character(Unicode.Scalar(text[offset])).hexDigitValue, text[offset] < 0x80 else { return nil }
    unit = unit << 4 | digit
  }
  return unit
}

/// The end of the number or literal at `start`, which the end of the text may cut off; nil when there is none. What
/// follows is not looked at.
func endOfWord(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
  switch text[start] {
  case UInt8(ascii: "t"): endOfLiteral("true", in: text, from: start)
  case UInt8(ascii: "f"): endOfLiteral("false", in: text, from: start)
  case UInt8(ascii: "n"): endOfLiteral("null", in: text, from: start)
  default: endOfNumber(in: text, from: start)
  }
}

private func endOfLiteral(_ literal: StaticString, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
  for offset in 0..<literal.utf8CodeUnitCount where start + offset < text.count {
    guard text[start + offset] == literal.utf8Start[offset] else { return nil }
  }
  return min(text.count, start + literal.utf8CodeUnitCount)
}

private func endOfNumber(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
  var position = start
  /// Takes one digit or more; false when there is something else.
  func takeDigits() -> Bool {
    guard position < text.count else { return true }
    let first = position
    while position < text.count, (0x30...0x39).contains(text[position]) { position += 1 }
    return position > first
  }
  if text[position] == UInt8(ascii: "-") { position += 1 }
  if position < text.count, text[position] == UInt8(ascii: "0") {
    position += 1
  } else if !takeDigits() {
    return nil
  }
  if position < text.count, text[position] == UInt8(ascii: ".") {
    position += 1
    guard takeDigits() else { return nil }
  }
  if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
    position += 1
    if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
      position += 1
    }
    guard takeDigits() else { return nil }
  }
  return position
}
