import Platform
import SystemPackage

/// The sessions' names in a directory, beside those that were known.
struct DirectoryListing {
  private(set) var failure: Errno?
  /// Which of the known files are there.
  private var present: [Bool] = []
  /// The others, and some that were known but came in another order.
  private var others: [[UInt8]] = []

  /// Reads the names.
  ///
  /// - Parameters:
  ///   - descriptor: The directory.
  ///   - files: What is known.
  mutating func read(_ descriptor: Int32, _ files: SessionFiles) {
    present = Array(repeating: false, count: files.progress.count)
    // The system mostly gives them in the order of the last time: then none has to be looked up.
    var expected = 0
    do throws(Errno) {
      try Directory.forEachName(in: FileDescriptor(rawValue: descriptor)) { name in
        guard SessionName.isSession(name) else { return }
        for number in expected..<min(expected + 4, present.count) where files.names.has(number, name) {
          present[number] = true
          expected = number + 1
          return
        }
        others.append(Array(name))
      }
    } catch {
      failure = error
    }
  }

  /// Notes what is there.
  ///
  /// - Parameter files: What is known; gets the new names.
  /// - Returns: The numbers of the files that came, and of those that were counted and are gone.
  func apply(to files: inout SessionFiles) -> (added: [Int], removed: [Int]) {
    var present = present
    for name in others {
      let number = name.withUnsafeBytes { files.number(of: $0) }
      if number == present.count { present.append(false) }
      present[number] = true
    }
    var (added, removed): ([Int], [Int]) = ([], [])
    for number in present.indices {
      let progress = files.progress[number]
      if !present[number], progress.isCounted { removed.append(number) }
      guard progress.isThere != present[number] else { continue }
      files.progress[number].isThere = present[number]
      if present[number] { added.append(number) }
    }
    return (added, removed)
  }
}
