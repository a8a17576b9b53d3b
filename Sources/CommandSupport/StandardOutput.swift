import NDJSON
import SystemPackage

/// Whole answers on stdout that are not records.
public enum StandardOutput {
  /// Writes bytes at once; on a terminal, what would act on it is escaped.
  ///
  /// - Parameter bytes: What to write.
  /// - Throws: `ProgramFailure` when stdout cannot take it.
  public static func write(_ bytes: some Sequence<UInt8>) throws(ProgramFailure) {
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      try output.append { $0.append(contentsOf: bytes) }
      try output.flush()
    } catch {
      throw .writing(error)
    }
  }
}
