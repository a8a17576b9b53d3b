/// A checksum against torn and damaged files, and for hash tables: it protects against accidents, not against people.
enum Checksum {
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(bytes.count) &* factor
    var offset = 0
    while offset + 8 <= bytes.count {
      hash = mixed(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest = rest << 8 | UInt64(bytes[offset])
      offset += 1
    }
    hash = mixed(hash ^ rest)
    return hash ^ hash >> 29
  }

  static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }

  @inline(__always)
  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value &* factor
    return product ^ product >> 32
  }
}

extension [UInt8] {
  /// Appends a number as it lies in memory, the lowest byte first.
  mutating func append<Number: FixedWidthInteger>(fixed number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// Appends a number in groups of seven bits, the lowest first; all but the last have the high bit (LEB128).
  @inline(__always)
  mutating func appendVariable(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a number that may be negative: 0, -1, 1, -2, ... are 0, 1, 2, 3, ...
  @inline(__always)
  mutating func appendVariable(signed number: Int64) {
    appendVariable(UInt64(bitPattern: number << 1 ^ number >> 63))
  }
}

/// Reads what was appended. Behind the end there are zeros, and the reader says so: what a damaged file makes of a
/// number can be wrong, but never traps.
struct ByteReader {
  private let all: UnsafeRawBufferPointer
  private(set) var position = 0
  /// Whether more was asked for than there is.
  private(set) var isDamaged = false

  /// Takes bytes, which must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) { all = bytes }

  /// How many bytes there are altogether.
  var count: Int { all.count }

  mutating func fixed<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
    let size = MemoryLayout<Number>.size
    guard position + size <= all.count else {
      fail()
      return 0
    }
    defer { position += size }
    return Number(littleEndian: all.loadUnaligned(fromByteOffset: position, as: type))
  }

  @inline(__always)
  mutating func variable() -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while position < all.count, shift < 64 {
      let byte = all[position]
      position += 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
    fail()
    return 0
  }

  @inline(__always)
  mutating func signedVariable() -> Int64 {
    let number = variable()
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= all.count - position else {
      fail()
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: all[position..<position + count])
  }

  /// A count of things to come, each of a least length in bytes; 0 when there cannot be that many.
  mutating func count(itemsOf size: Int) -> Int {
    let number = variable()
    guard number <= UInt64((all.count - position) / size) else {
      fail()
      return 0
    }
    return Int(number)
  }

  private mutating func fail() {
    isDamaged = true
    position = all.count
  }
}
