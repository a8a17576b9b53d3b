import NDJSON
import SystemPackage

/// Puts the lines of records together and writes them.
final class BatchRenderer {
  private let output: RecordOutput
  private var renderer: AnswerRenderer

  init(_ descriptor: FileDescriptor, format: CompletionOptions.Format) {
    output = RecordOutput(descriptor)
    renderer = AnswerRenderer(format: format)
  }

  /// Writes all parts.
  ///
  /// - Parameter parts: In this order.
  /// - Throws: The error of `write(2)`.
  func write(_ parts: OutputBatch) throws(Errno) {
    for part in parts.parts {
      switch part {
      case .bytes(let bytes): try output.append { $0.append(contentsOf: bytes) }
      case .record(let record): try output.append { renderer.append(record, to: &$0) }
      }
    }
    try output.flush()
  }
}
