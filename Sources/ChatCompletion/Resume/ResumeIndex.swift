import Crypto
import NDJSON

/// What an earlier run answered: which requests, and for which records.
public struct ResumeIndex {
  /// How often each was answered and not asked for again yet. Half a hash tells any number of records apart.
  private var answers: [UInt128: Int] = [:]

  /// Makes an empty index.
  public init() {}

  /// Notes what a line of an earlier output answers; errors answer nothing.
  ///
  /// - Parameter record: The line.
  mutating func add(_ record: Record) {
    if let response = record["response"] { return addBatch(record, response) }
    if let error = record["error"], !error.isNull { return add(Self.key(Array("passed".utf8), Array(record.line))) }
    guard let hash = record["request_hash"]?.escapedContent else { return }
    let id = RequestBuilder.isBatchLine(record) ? record["custom_id"] : record["id"]
    add(Self.key(Array(hash), id.map { Array($0.bytes) } ?? []))
  }

  private mutating func addBatch(_ record: Record, _ response: JSONValue) {
    let prefix = BatchLine.idPrefix.utf8
    guard let status = response["status_code"]?.int, (200...299).contains(status), record["error"]?.isNull ?? true,
      let id = record["id"]?.escapedContent, id.starts(with: prefix)
    else { return }
    let custom = record["custom_id"].flatMap { $0.isNull ? nil : Array($0.bytes) }
    add(Self.key(Array(id.dropFirst(prefix.count)), custom ?? []))
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

  private mutating func take(_ key: UInt128) -> Bool {
    guard let count = answers[key] else { return false }
    answers[key] = count == 1 ? nil : count - 1
    return true
  }

  private mutating func add(_ key: UInt128) { answers[key, default: 0] += 1 }

  private static func key(_ first: [UInt8], _ second: [UInt8]) -> UInt128 {
    var hash = SHA256()
    hash.update(data: first)
    hash.update(data: [0])
    hash.update(data: second)
    var key: UInt128 = 0
    for byte in hash.finalize().prefix(16) { key = key << 8 | UInt128(byte) }
    return key
  }
}
