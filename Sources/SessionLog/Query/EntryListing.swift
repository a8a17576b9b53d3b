public import NDJSON
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Entries across sessions in the order of their time stamps; those of one moment in the order of their files.
public struct EntryListing {
  private struct Place {
    let time: Int64
    let file: Int32
    let length: Int32
    let offset: Int
  }

  private let files: [FilePath]
  private var places: [Place] = []

  /// Finds the entries; they are read when they are written.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are.
  ///   - session: Only this session; nil takes all.
  ///   - since: Only entries from this moment on; nil takes all.
  /// - Throws: `SessionLogError` when a log cannot be read.
  public init(
    in sessions: SessionDirectory, session: String? = nil, since: Timestamp? = nil
  ) throws(SessionLogError) {
    if let session {
      files = [sessions.file(ofSession: session)]
    } else {
      files = try sessions.files()
    }
    let parser = JSONParser()
    var buffer = [UInt8](repeating: 0, count: 512 << 10)
    for (index, file) in files.enumerated() {
      guard let size = try LogSegment.regularFileSize(file) else { continue }
      var found: [Place] = []
      try LogSegment(file: file, range: 0..<size).forEachLine(&buffer) { line, offset in
        guard let entry = try? parser.record(line) else { return }
        let time = entry["timestamp"]?.escapedContent.flatMap { Timestamp($0) }
        guard since == nil || time.map({ $0 >= since ?? $0 }) ?? false else { return }
        found.append(
          Place(
            time: time?.milliseconds ?? .min, file: Int32(index), length: Int32(clamping: line.count), offset: offset))
      }
      places += found
    }
    // Of one moment: by session, then as they were appended.
    places.sort { ($0.time, $0.file, $0.offset) < ($1.time, $1.file, $1.offset) }
  }

  /// Writes the entries, each as it stands in its log.
  ///
  /// - Parameter output: Gets one line an entry.
  /// - Throws: The error of `write(2)`.
  public func write(to output: RecordOutput) throws(Errno) {
    var open: (index: Int32, descriptor: FileDescriptor)?
    defer { if let open { _ = try? open.descriptor.close() } }
    for place in places {
      if open?.index != place.file {
        if let open { _ = try? open.descriptor.close() }
        open = nil
        // A log that was removed meanwhile has no entries any more.
        guard let descriptor = try? openForReading(files[Int(place.file)]) else { continue }
        open = (place.file, descriptor)
      }
      guard let descriptor = open?.descriptor else { continue }
      let line = [UInt8](unsafeUninitializedCapacity: Int(place.length)) { bytes, count in
        count = max(0, pread(descriptor.rawValue, bytes.baseAddress, bytes.count, off_t(place.offset)))
      }
      guard line.count == Int(place.length) else { continue }
      try output.line { $0.append(contentsOf: line) }
    }
  }
}
