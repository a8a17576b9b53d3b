import NDJSON
import Platform
import Records
import Servers
import SystemPackage

/// The records of the input, each with its place in a batch, and the batches.
///
/// The same records make the same batches again: a run that was killed finds its own by that. A batch that was submitted
/// is as long as it was then, so that records which came to the input since go into further ones.
struct BatchPlan: ~Copyable {
  /// The lines of the input.
  var spool: BatchSpool
  /// All batches, by number.
  private(set) var files: [BatchFile] = []
  /// Records that an earlier run answered.
  private(set) var skipped = 0
  /// Records with headers of their own, which a batch cannot carry.
  private(set) var headedCount = 0

  private let builder: RequestBuilder
  private let configuration: BatchConfiguration
  private var open: [String: BatchFile] = [:]
  private var earlier: ResumeIndex?

  init(_ options: CompletionOptions, earlier: ResumeIndex?) throws(Errno) {
    spool = try BatchSpool()
    builder = RequestBuilder(options: options)
    configuration = options.batch
    self.earlier = earlier
  }

  /// Takes a record.
  mutating func add(_ record: Record, line: Int, _ state: BatchState) throws(BatchStop) {
    if record.hasFailed && earlier?.takePassed(record.line) ?? false {
      skipped += 1
      return
    }
    do throws(Errno) {
      guard !record.hasFailed, let request = try? builder.request(of: record) else {
        return try spool.add(.init(kind: .other, line: line), record.line)
      }
      let digits = RequestHash.hex(of: request.identity)
      if earlier?.takeAnswer(hash: digits, id: request.id) ?? false {
        skipped += 1
        return
      }
      if !request.headers.isEmpty { headedCount += 1 }
      let hash = digits.withUnsafeBytes { CustomID.hash($0) } ?? 0
      let file = try file(for: request, state)
      let occurrence = try file.add(request, hash: hash)
      try spool.add(
        .init(kind: .request, line: line, batch: Int32(file.number), occurrence: occurrence), record.line)
    } catch { throw .system(error) }
  }

  /// Takes a line that is not a record.
  mutating func add(bad error: RecordError, raw: UnsafeRawBufferPointer?) throws(BatchStop) {
    let bytes = Array("\(error.kind)\0\(error.message)\0".utf8) + (raw.map { Array($0) } ?? [])
    do throws(Errno) {
      try bytes.withBytes { (bytes) throws(Errno) in
        try spool.add(.init(kind: raw == nil ? .tooLong : .bad, line: error.line ?? 0), bytes)
      }
    } catch { throw .system(error) }
  }

  /// Ends the reading: all batches are closed.
  mutating func finish(_ state: BatchState) throws(BatchStop) {
    do throws(Errno) {
      for file in files { try file.close() }
      try spool.flush()
    } catch { throw .system(error) }
    for (number, entry) in state.entries {
      guard number < files.count, BatchState.Entry(files[number]).digest == entry.digest else {
        throw .otherRequests("batch \(number + 1) has \(entry.lines) requests to '\(entry.model)'")
      }
    }
  }

  private mutating func file(for request: ChatRequest, _ state: BatchState) throws(Errno) -> BatchFile {
    let model = request.models[0]
    if let file = open[model] {
      let known = state.entries[file.number]?.lines
      guard file.isFull(adding: request.identity.bytes.count, configuration, knownLines: known) else { return file }
      try file.close()
    }
    let file = try BatchFile(
      number: files.count, model: model, name: state.name(of: files.count) + ".jsonl", provider: configuration.provider)
    files.append(file)
    open[model] = file
    return file
  }
}
