import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// What one batch answered: lines in any order, found by the name of the request.
final class BatchAnswers {
  /// Lines whose names are of no request, or that are no lines of a batch.
  private(set) var unknownCount = 0
  /// Lines of requests that were answered already.
  private(set) var repeatedCount = 0

  private let store: FileDescriptor
  private var places: [CustomID: (offset: Int, count: Int)] = [:]
  private var taken = 0
  private var buffer: [UInt8] = []
  private var end = 0

  /// Reads the files of a batch.
  ///
  /// - Parameter files: The output, then the errors: what was answered wins.
  /// - Throws: The error of reading them or of writing them together.
  init(_ files: [FileDescriptor]) throws(Errno) {
    store = try TemporaryFile.open()
    let parser = JSONParser()
    for file in files {
      try systemCall { Int(lseek(file.rawValue, 0, SEEK_SET)) }
      let reader = LineReader(file, maximum: 1 << 32)
      repeat {
        while let line = reader.next() { try add(line.bytes, parser) }
      } while try reader.fill()
      while let line = reader.next() { try add(line.bytes, parser) }
    }
    try flush()
    buffer = []
  }

  deinit { closeQuietly(store) }

  private func add(_ line: UnsafeRawBufferPointer?, _ parser: JSONParser) throws(Errno) {
    guard let line, let record = try? parser.record(line), let name = record["custom_id"]?.escapedContent,
      let id = CustomID(name)
    else {
      unknownCount += 1
      return
    }
    guard places[id] == nil else {
      repeatedCount += 1
      return
    }
    places[id] = (end + buffer.count, line.count)
    buffer.append(contentsOf: line)
    if buffer.count >= 128 << 10 { try flush() }
  }

  private func flush() throws(Errno) {
    try writeAll(buffer, to: store)
    end += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// The line that answers a request.
  ///
  /// - Parameter id: The request's name.
  /// - Returns: The line; nil when there is none.
  /// - Throws: The error of reading.
  func take(_ id: CustomID) throws(Errno) -> [UInt8]? {
    guard let place = places.removeValue(forKey: id) else { return nil }
    return try BatchSpool.read(place.count, of: store, at: place.offset)
  }

  /// Lines that nobody took: of no request.
  var leftCount: Int { unknownCount + places.count }
}
