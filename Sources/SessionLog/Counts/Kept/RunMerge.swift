import Platform
import SystemPackage

/// Puts entries of several sources together, in the order of their times.
struct RunMerge {
  /// Entries in order, of a run or of memory.
  private struct Source {
    var names: EntryNames
    let run: KeptRun?
    var nextBlock = 0
    var entries: [CountedEntry] = []
    var place = 0
    /// Into the names of the run that is written now.
    var translation = Translation()

    /// Goes on to the next entry.
    ///
    /// - Returns: False at the end.
    mutating func advance() throws(KeptCounts.Failure) -> Bool {
      place += 1
      return try fill()
    }

    mutating func fill() throws(KeptCounts.Failure) -> Bool {
      while place >= entries.count {
        guard let run, nextBlock < Int(run.footer.blocks) else { return false }
        guard let (block, _) = run.block(nextBlock) else { throw .damaged }
        nextBlock += 1
        entries.removeAll(keepingCapacity: true)
        place = 0
        var read = entries
        guard run.forEachEntry(of: block, names, { read.append($0) }) else { throw .damaged }
        entries = read
      }
      return true
    }
  }

  private var sources: [Source] = []
  /// A heap of the sources by their next entry.
  private var heap: [(time: Int64, source: Int)] = []
  /// Entries of one time, which may take each other away.
  private var group: [(entry: CountedEntry, source: Int)] = []
  private static let largestGroup = 1 << 16

  /// Whether there are any that take others away.
  private var hasNegatives = false

  /// Adds the entries of a run.
  mutating func add(_ run: KeptRun, files: NameTable) throws(KeptCounts.Failure) {
    guard let names = run.names(files: files) else { throw .damaged }
    hasNegatives = hasNegatives || run.footer.negatives > 0
    sources.append(Source(names: names, run: run))
  }

  /// Adds entries in any order.
  mutating func add(_ entries: [CountedEntry], _ names: EntryNames) {
    hasNegatives = hasNegatives || entries.contains { $0.facts.contains(.isNegative) }
    let sorted = entries.placesByTime().map { entries[Int($0)] }
    sources.append(Source(names: names, run: nil, entries: sorted))
  }

  /// Writes all entries into runs.
  ///
  /// - Parameters:
  ///   - numbers: Gives a number to each run.
  ///   - limits: How long a run and its blocks are.
  ///   - folder: Where they are written.
  ///   - files: The names of the files.
  /// - Returns: The numbers of the runs.
  /// - Throws: When a source is damaged, or a run cannot be written.
  mutating func write(
    _ numbers: inout UInt64, _ limits: KeptCounts.Limits, in folder: FilePath, files: NameTable
  ) throws(KeptCounts.Failure) -> [UInt64] {
    for index in sources.indices where try sources[index].fill() { push(index) }
    var written: [UInt64] = []
    while !heap.isEmpty || !group.isEmpty {
      var writer = try KeptCounts.system { () throws(Errno) in
        try RunWriter(numbers, in: folder, files: files, block: limits.block, hasSums: true)
      }
      defer { writer.close() }
      for index in sources.indices { sources[index].translation = Translation() }
      try fill(&writer, upTo: limits.run)
      try KeptCounts.system { () throws(Errno) in try writer.finish() }
      if writer.count > 0 { written.append(numbers) }
      numbers += 1
    }
    return written
  }

  private mutating func fill(_ writer: inout RunWriter, upTo largest: Int) throws(KeptCounts.Failure) {
    while writer.count < largest {
      if !hasNegatives {
        guard let source = heap.first?.source else { return }
        let place = sources[source].place
        try append(sources[source].entries[place], of: source, to: &writer)
        try advance()
        continue
      }
      while group.isEmpty {
        guard !heap.isEmpty else { return }
        try takeGroup()
      }
      for (entry, source) in group { try append(entry, of: source, to: &writer) }
      group.removeAll(keepingCapacity: true)
    }
  }

  @inline(__always)
  private mutating func append(
    _ entry: CountedEntry, of source: Int, to writer: inout RunWriter
  ) throws(KeptCounts.Failure) {
    do throws(Errno) {
      try writer.append(entry, sources[source].names, &sources[source].translation)
    } catch {
      throw .system(error)
    }
  }

  /// Goes on behind the earliest entry.
  private mutating func advance() throws(KeptCounts.Failure) {
    let source = heap[0].source
    if try sources[source].advance() {
      heap[0].time = sources[source].entries[sources[source].place].time
    } else {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    }
    sink()
  }

  /// Takes the entries of the next moment.
  private mutating func takeGroup() throws(KeptCounts.Failure) {
    guard let time = heap.first?.time else { return }
    var hasNegative = false
    while let next = heap.first, next.time == time, group.count < Self.largestGroup {
      let entry = sources[next.source].entries[sources[next.source].place]
      hasNegative = hasNegative || entry.facts.contains(.isNegative)
      group.append((entry, next.source))
      try advance()
    }
    if hasNegative { cancel() }
  }

  /// Leaves out what was taken away again: both.
  private mutating func cancel() {
    // Entries of two sources are the same when their names are.
    var names = EntryNames()
    var translations = Array(repeating: Translation(), count: sources.count)
    let translated = group.map { translations[$0.source].entry($0.entry, from: sources[$0.source].names, to: &names) }
    var kept = Array(repeating: true, count: group.count)
    var open: [CountedEntry: [Int]] = [:]
    for (index, entry) in translated.enumerated() where entry.facts.contains(.isNegative) {
      open[entry.negated, default: []].append(index)
    }
    for (index, entry) in translated.enumerated() where !entry.facts.contains(.isNegative) {
      guard let other = open[entry]?.popLast() else { continue }
      kept[index] = false
      kept[other] = false
    }
    group = zip(group, kept).filter { $1 }.map { $0.0 }
  }

  private mutating func push(_ source: Int) {
    heap.append((sources[source].entries[sources[source].place].time, source))
    var child = heap.count - 1
    while child > 0, heap[child].time < heap[(child - 1) / 2].time {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].time < heap[least].time {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}

extension [CountedEntry] {
  /// The places of the entries in the order of their times. Only places are moved: entries are large.
  func placesByTime() -> [Int32] {
    var order = enumerated().map { (time: $1.time, place: Int32($0)) }
    order.sort { $0.time < $1.time }
    return order.map(\.place)
  }
}
