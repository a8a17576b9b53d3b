import NDJSON
import Platform
import SystemPackage

/// The whole of an input as one member of one record: what `--in text` reads.
///
/// A byte order mark in front says how the text is written; it is not part of it. Nor is the line end at the end of a
/// prompt, which `echo` and editors add; of an answer or a note every byte counts.
final class TextInput {
  /// What the text turned out to be.
  enum Content {
    /// The record's JSON.
    case json(UnsafeRawBufferPointer)
    /// Why it is not a record, and the text itself unless it was too long to keep.
    case bad(RecordError, raw: UnsafeRawBufferPointer?)
  }

  /// The members whose content is the text to the last byte: an answer, a note.
  private static let wholeMembers = ["text", "content"]

  private let member: String
  private let maximum: ByteCount
  private var text: [UInt8] = []
  private var isDone = false
  private(set) var isAtEnd = false
  // What `next` handed out; freed with this object.
  private var kept: UnsafeMutableRawBufferPointer?

  init(member: String, maximum: ByteCount) {
    self.member = member
    self.maximum = maximum
  }

  deinit { kept?.deallocate() }

  /// Reads once; past the limit it only counts the text as too long.
  func fill(from descriptor: FileDescriptor) throws(Errno) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { chunk.deallocate() }
    let count = try readSome(from: descriptor, into: chunk)
    isAtEnd = count == 0
    if text.count <= maximum.count { text.append(contentsOf: chunk[..<count]) }
  }

  /// The record's JSON, once, when all was read.
  func next() -> Content? {
    guard isAtEnd, !isDone else { return nil }
    isDone = true
    guard text.count <= maximum.count else {
      let error = RecordError(kind: "line_too_long", message: "the text is longer than --max-line \(maximum)")
      return .bad(error, raw: nil)
    }
    guard String(validating: text, as: UTF8.self) != nil else {
      let error = RecordError(kind: "bad_input", message: "the text is not UTF-8")
      return .bad(error, raw: keep(text))
    }
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    if !Self.wholeMembers.contains(member) {
      if text.last == 0x0A { text.removeLast() }
      if text.last == 0x0D { text.removeLast() }
    }
    var writer = JSONWriter()
    writer.object { object in
      object.name(any: member)
      object.string(text)
    }
    text = []
    return .json(keep(writer.bytes))
  }

  private func keep(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    buffer.copyBytes(from: bytes)
    kept?.deallocate()
    kept = buffer
    return UnsafeRawBufferPointer(buffer)
  }
}
