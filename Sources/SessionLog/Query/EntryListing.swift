public import NDJSON
import Platform
public import SystemPackage

/// Entries across sessions in the order of their time stamps; those of one moment in the order of their files.
public struct EntryListing {
  /// Where an entry stands.
  private struct Location {
    let time: Int64
    let file: Int32
    let length: Int32
    let offset: Int
  }

  private let files: [FilePath]
  private var locations: [Location] = []

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
      files = sessions.files(ofSession: session)
    } else {
      files = try sessions.files()
    }
    let parser = JSONParser()
    var buffer = [UInt8](repeating: 0, count: 512 << 10)
    for (index, file) in files.enumerated() {
      guard let size = try LogSegment.regularFileSize(file) else { continue }
      var found: [Location] = []
      try LogSegment(file: file, range: 0..<size).forEachLine(&buffer) { line, offset in
        guard let entry = try? parser.record(line) else { return }
        let time = entry["timestamp"].flatMap { Timestamp($0) }
        if let since { guard let time, time >= since else { return } }
        found.append(
          Location(
            time: time?.milliseconds ?? .min, file: Int32(index), length: Int32(clamping: line.count), offset: offset))
      }
      locations += found
    }
    // Of one moment: by session, then as they were appended.
    locations.sort { ($0.time, $0.file, $0.offset) < ($1.time, $1.file, $1.offset) }
  }

  /// Writes the entries, each as it stands in its log.
  ///
  /// - Parameter output: Gets one line an entry.
  /// - Throws: The error of `write(2)`.
  public func write(to output: RecordOutput) throws(Errno) {
    var open: (index: Int32, descriptor: FileDescriptor)?
    defer { if let open { closeQuietly(open.descriptor) } }
    for location in locations {
      if open?.index != location.file {
        if let open { closeQuietly(open.descriptor) }
        open = nil
        // A log that was removed meanwhile has no entries any more.
        guard let descriptor = try? openForReading(files[Int(location.file)]) else { continue }
        open = (location.file, descriptor)
      }
      guard let descriptor = open?.descriptor else { continue }
      let line = [UInt8](unsafeUninitializedCapacity: Int(location.length)) { bytes, count in
        count = (try? readSome(from: descriptor, at: location.offset, into: UnsafeMutableRawBufferPointer(bytes))) ?? 0
      }
      guard line.count == Int(location.length) else { continue }
      try output.line { $0.append(contentsOf: line) }
    }
  }
}
