import NDJSON

/// What a request is called in its batch: made of its hash, so that the answer finds its record after anything.
///
/// The same request again in the same batch has a number behind it, for names must differ there. Letters, digits and a
/// hyphen, and fewer than 64 of them: every provider takes that.
struct CustomID: Hashable {
  /// Digits of the hash in it.
  private static let digits = 32

  /// Half of the request's hash.
  let hash: UInt128
  /// Which of the same requests in the batch, from 1.
  let occurrence: Int32

  init(hash: UInt128, occurrence: Int32) {
    self.hash = hash
    self.occurrence = occurrence
  }

  /// Reads what `text` wrote; nil for anything else.
  init?(_ text: UnsafeRawBufferPointer) {
    guard text.count >= Self.digits, let hash = Self.hash(UnsafeRawBufferPointer(rebasing: text[..<Self.digits])) else {
      return nil
    }
    self.hash = hash
    if text.count == Self.digits {
      occurrence = 1
    } else {
      let rest = String(decoding: text[Self.digits...], as: UTF8.self)
      guard rest.first == "-", let number = Int32(rest.dropFirst()), number > 1 else { return nil }
      occurrence = number
    }
  }

  /// The name.
  var text: String {
    let digits = String(hash, radix: 16)
    let padded = String(repeating: "0", count: Self.digits - digits.count) + digits
    return occurrence == 1 ? padded : "\(padded)-\(occurrence)"
  }

  /// The first half of a hash in hexadecimal digits.
  static func hash(_ digits: UnsafeRawBufferPointer) -> UInt128? {
    UInt128(String(decoding: digits.prefix(Self.digits), as: UTF8.self), radix: 16)
  }
}
