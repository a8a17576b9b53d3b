import Crypto
import NDJSON
import Records

/// What an earlier run answered: which requests, and for which records.
public struct ResumeIndex {
  /// What was answered and not asked for again yet, as often as it was: the first 16 bits of a hash are the place, the
  /// next 64 stand there. 80 bits tell ten million records apart, but for one chance in ten thousand million, in 10 bytes
  /// each; a set of whole hashes takes 55.
  private var answers = [[UInt64]](repeating: [], count: 1 << 16)

  /// Makes an empty index.
  public init() {}

  /// Whether a line is one that a run writes: an answer, a failure, the piece of a stream, or what came with an error.
  ///
  /// - Parameter record: The line.
  /// - Returns: Whether it is.
  static func isOwn(_ record: Record) -> Bool {
    if hash(of: record) != nil || batchHash(of: record) != nil { return true }
    if let stage = record["error"]?["stage"], Stage.allCases.contains(where: { stage.isString($0.rawValue) }) {
      return true
    }
    if record["delta"]?.isString ?? false, record["id"] != nil, record.count == 2 { return true }
    // A failure in the form of the Batch API, of a record that could not be sent at all.
    return record.shape == .batchResult && record["response"] != nil && record["error"] != nil && record["id"] != nil
  }

  /// Notes what a line of an earlier output answers; errors answer nothing.
  ///
  /// - Parameter record: The line.
  mutating func add(_ record: Record) {
    if let hash = Self.batchHash(of: record) { return addBatch(record, hash) }
    if record.hasFailed { return add(Self.key(Array("passed".utf8), Array(record.line))) }
    guard let hash = Self.hash(of: record) else { return }
    let id = record.shape == .batchRequest ? record["custom_id"] : record["id"]
    add(Self.key(Array(hash), id.map { Array($0.bytes) } ?? []))
  }

  private mutating func addBatch(_ record: Record, _ hash: UnsafeRawBufferPointer) {
    guard let status = record["response"]?["status_code"]?.int, (200...299).contains(status), !record.hasFailed else {
      return
    }
    let custom = record["custom_id"]?.unlessNull.map { Array($0.bytes) }
    add(Self.key(Array(hash), custom ?? []))
  }

  /// The hash of the request that a record answers.
  private static func hash(of record: Record) -> UnsafeRawBufferPointer? {
    guard let hash = record["request_hash"]?.escapedContent, isHash(hash) else { return nil }
    return hash
  }

  /// The same of a line as the Batch API writes it: what a run of ours wrote has it in its `id`. A `response` of the
  /// user's own makes no such line.
  private static func batchHash(of record: Record) -> UnsafeRawBufferPointer? {
    let prefix = BatchLine.idPrefix.utf8
    guard let id = record["id"]?.escapedContent, id.starts(with: prefix), record["response"] != nil else { return nil }
    let hash = UnsafeRawBufferPointer(rebasing: id[prefix.count...])
    return isHash(hash) ? hash : nil
  }

  private static func isHash(_ digits: UnsafeRawBufferPointer) -> Bool {
    digits.count == 64 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Takes an answer for a request out of the index.
  ///
  /// - Parameters:
  ///   - hash: The request's hash.
  ///   - id: The record's id as it stands there: the same question of two records needs two answers.
  /// - Returns: Whether there was one.
  mutating func takeAnswer(hash: [UInt8], id: [UInt8]) -> Bool { take(Self.key(hash, id)) }

  /// Takes a record out of the index that went through with the error it came with.
  mutating func takePassed(_ line: UnsafeRawBufferPointer) -> Bool { take(Self.key(Array("passed".utf8), Array(line))) }

  private mutating func take(_ key: Key) -> Bool {
    guard let found = answers[key.place].firstIndex(of: key.rest) else { return false }
    answers[key.place].swapAt(found, answers[key.place].count - 1)
    answers[key.place].removeLast()
    return true
  }

  private mutating func add(_ key: Key) {
    let count = answers[key.place].count
    // Left to itself, an array doubles.
    if count == answers[key.place].capacity { answers[key.place].reserveCapacity(count + max(4, count / 4)) }
    answers[key.place].append(key.rest)
  }

  private struct Key {
    let place: Int
    let rest: UInt64
  }

  private static func key(_ first: [UInt8], _ second: [UInt8]) -> Key {
    var hash = SHA256()
    hash.update(data: first)
    hash.update(data: [0])
    hash.update(data: second)
    return hash.finalize().withUnsafeBytes { digest in
      Key(
        place: Int(digest.loadUnaligned(as: UInt16.self)),
        rest: digest.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
    }
  }
}
