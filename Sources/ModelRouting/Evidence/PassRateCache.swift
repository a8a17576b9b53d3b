public import SystemPackage

/// Pass rates that were counted before, kept on disk for every process of this user.
public struct PassRateCache: Sendable {
  private let file: CacheFile

  /// Names a cache.
  ///
  /// - Parameters:
  ///   - directory: The folder of all caches; made when it is missing.
  ///   - source: What is counted, with everything that changes the counts: folder, window.
  ///   - lifetime: How long counts hold, in seconds.
  public init(directory: FilePath, source: String, lifetime: Double) {
    file = CacheFile(directory: directory, source: source, lifetime: lifetime)
  }

  /// Reads the counts, if they are there and hold.
  ///
  /// - Parameter now: Seconds since 1970.
  /// - Returns: The counts, and when they were counted; `nil` when they have to be counted again.
  public func read(now: Double) -> (table: PassRateTable, counted: Double)? {
    var table = PassRateTable()
    let counted = file.read(now: now) { record in
      guard let (key, counts) = try? PassRateFile.row(record, number: 0) else { return false }
      table.add(counts, to: key)
      return true
    }
    return counted.map { (table, $0) }
  }

  /// Keeps counts. What cannot be kept is counted again next time: no error.
  ///
  /// - Parameters:
  ///   - table: The counts.
  ///   - now: When they were counted, in seconds since 1970.
  public func write(_ table: PassRateTable, now: Double) {
    var rows: [UInt8] = []
    PassRateFile.append(table, to: &rows)
    file.write(rows, count: table.counts.count, now: now)
  }
}
