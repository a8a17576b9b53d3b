import Crypto
import NDJSON
import Platform
import Servers
import SystemPackage

/// The requests of one batch, in a file without a name that is uploaded as it is: the whole body of a form.
final class BatchFile {
  static let boundary = "hg-batch-7f3c1a90d2e84b65"

  /// Its place among the run's batches, from 0.
  let number: Int
  let model: String
  /// What the uploaded file is called: unlike any other, so that it is found again.
  let name: String
  private(set) var lineCount = 0
  /// SHA-256 of the lines; empty until it is closed.
  private(set) var digest: [UInt8] = []
  /// The length of the whole form; 0 until it is closed.
  private(set) var formCount = 0
  let descriptor: FileDescriptor

  private var lineBytes = 0
  private var buffer: [UInt8] = []
  private var hasher = SHA256()
  private var occurrences: [UInt128: Int32] = [:]

  init(number: Int, model: String, name: String, provider: String?) throws(Errno) {
    self.number = number
    self.model = model
    self.name = name
    descriptor = try TemporaryFile.open()
    let fields = [("purpose", "batch")] + (provider.map { [("custom_llm_provider", $0)] } ?? [])
    var head = ""
    for (field, value) in fields {
      head += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n"
    }
    head += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
    try put(Array((head + "Content-Type: application/jsonl\r\n\r\n").utf8))
  }

  deinit { closeQuietly(descriptor) }

  /// Whether a line more would be too much.
  func isFull(adding count: Int, _ configuration: BatchConfiguration, knownLines: Int?) -> Bool {
    if let knownLines { return lineCount >= knownLines }
    return lineCount > 0
      && (lineCount >= configuration.mostLines || lineBytes + count + 200 > configuration.mostBytes)
  }

  /// Appends a request.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - hash: Half of its hash.
  /// - Returns: Which of the same requests it is.
  /// - Throws: The error of writing.
  func add(_ request: ChatRequest, hash: UInt128) throws(Errno) -> Int32 {
    let occurrence = (occurrences[hash] ?? 0) + 1
    occurrences[hash] = occurrence
    var line = Self.line(request, CustomID(hash: hash, occurrence: occurrence))
    line.append(0x0A)
    lineCount += 1
    lineBytes += line.count
    hasher.update(data: line)
    try put(line)
    return occurrence
  }

  /// A request as a line.
  static func line(_ request: ChatRequest, _ id: CustomID) -> [UInt8] {
    var writer = JSONWriter(capacity: request.identity.bytes.count + 128)
    writer.object { line in
      line.member("custom_id", id.text)
      line.member("method", "POST")
      line.member("url", "/v1/chat/completions")
      line.name("body")
      line.raw(request.identity.bytes)
    }
    return writer.bytes
  }

  /// Ends the form; nothing can be added afterwards.
  func close() throws(Errno) {
    guard digest.isEmpty else { return }
    try put(Array("\r\n--\(Self.boundary)--\r\n".utf8))
    try flush()
    digest = hasher.finalize().map { $0 }
    occurrences = [:]
    buffer = []
  }

  private func put(_ bytes: [UInt8]) throws(Errno) {
    buffer += bytes
    formCount += bytes.count
    if buffer.count >= 64 << 10 { try flush() }
  }

  private func flush() throws(Errno) {
    try writeAll(buffer, to: descriptor)
    buffer.removeAll(keepingCapacity: true)
  }
}
