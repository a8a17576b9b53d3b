#if canImport(Glibc)
  import Glibc
#endif

/// Numbers byte strings from 0, in the order in which they come up.
package struct NameTable: Sendable {
  private var text: [UInt8] = []
  /// Where each name ends.
  private var ends: [UInt32] = []
  /// Numbers by hash, -1 where there is none; a power of two long, or empty while nobody has looked a name up.
  private var slots: [Int32] = []

  package init() {}

  package var count: Int { ends.count }

  /// The bytes of a name, valid during the call.
  @inline(__always)
  package func withName<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    text.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range(number)])) }
  }

  package func name(_ number: Int) -> [UInt8] { Array(text[range(number)]) }

  private func range(_ number: Int) -> Range<Int> {
    (number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])
  }

  /// The number of a name; a new one when it was not there.
  @inline(__always)
  package mutating func intern(_ name: UnsafeRawBufferPointer) -> Int {
    if ends.count * 2 >= slots.count { rehash(atLeast: ends.count + 1) }
    let slot = place(of: name)
    if slots[slot] >= 0 { return Int(slots[slot]) }
    slots[slot] = Int32(ends.count)
    text.append(contentsOf: name)
    ends.append(UInt32(text.count))
    return ends.count - 1
  }

  package mutating func intern(_ name: [UInt8]) -> Int { name.withUnsafeBytes { intern($0) } }

  /// The number of a name that is there.
  package mutating func number(of name: UnsafeRawBufferPointer) -> Int? {
    if slots.isEmpty { rehash(atLeast: ends.count) }
    let found = slots[place(of: name)]
    return found < 0 ? nil : Int(found)
  }

  /// The slot that holds the name, or the one that it belongs into.
  private func place(of name: UnsafeRawBufferPointer) -> Int {
    var slot = Int(truncatingIfNeeded: Checksum.of(name)) & (slots.count - 1)
    while slots[slot] >= 0, !has(Int(slots[slot]), name) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  /// Whether the name of that number is there, and this one.
  func has(_ number: Int, _ name: UnsafeRawBufferPointer) -> Bool {
    guard number < ends.count else { return false }
    let range = range(number)
    guard range.count == name.count, let other = name.baseAddress else { return range.count == name.count }
    return text.withUnsafeBytes { bytes in
      bytes.baseAddress.map { memcmp($0 + range.lowerBound, other, name.count) == 0 } ?? false
    }
  }

  private mutating func rehash(atLeast count: Int) {
    var size = 16
    while size < count * 4 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    for number in 0..<ends.count {
      let slot = withName(number) { place(of: $0) }
      slots[slot] = Int32(number)
    }
  }
}

extension NameTable {
  /// Appends all names.
  func append(to bytes: inout [UInt8]) {
    bytes.appendVariable(UInt64(ends.count))
    var start: UInt32 = 0
    for end in ends {
      bytes.appendVariable(UInt64(end - start))
      start = end
    }
    bytes.append(contentsOf: text)
  }

  /// Reads names that were appended.
  init(_ reader: inout ByteReader) {
    self.init()
    let count = reader.count(itemsOf: 1)
    ends.reserveCapacity(count)
    var end: UInt64 = 0
    for _ in 0..<count {
      end += min(reader.variable(), UInt64(Int32.max))
      ends.append(UInt32(truncatingIfNeeded: min(end, UInt64(UInt32.max))))
    }
    text = Array(reader.bytes(Int(end)))
    if reader.isDamaged { self.init() }
  }
}
