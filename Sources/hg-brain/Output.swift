import CommandSupport
import KnowledgeBase
import NDJSON
import SystemPackage

/// Lines on stdout that answer no record.
struct Output {
  private let output = RecordOutput(.standardOutput)

  /// Writes one JSON object as a line.
  func line(_ body: (inout JSONWriter) -> Void) throws(ProgramFailure) {
    var writer = JSONWriter()
    body(&writer)
    do throws(Errno) { try output.line { $0.append(contentsOf: writer.bytes) } } catch { throw .writing(error) }
  }

  /// Writes bytes as they are.
  func bytes(_ bytes: [UInt8]) throws(ProgramFailure) {
    var failure: Errno?
    bytes.withUnsafeBytes { buffer in
      do throws(Errno) { try output.append(buffer) } catch { failure = error }
    }
    if let failure { throw .writing(failure) }
  }

  func flush() throws(ProgramFailure) {
    do throws(Errno) { try output.flush() } catch { throw .writing(error) }
  }
}

extension ContextBlock {
  /// Writes which notes are in it, as `knowledge` has it.
  func write(to writer: inout JSONWriter) {
    writer.array { array in
      for result in results {
        array.object { object in
          object.member("path", result.path)
          object.member("title", result.title)
          object.member("score", result.score)
        }
      }
    }
  }
}

extension SearchResult {
  /// Writes the result as search prints it.
  func write(to writer: inout JSONWriter) {
    writer.object { object in
      object.member("path", path)
      object.member("title", title)
      object.member("excerpt", excerpt)
      object.member("score", score)
    }
  }
}

extension Diagnostics {
  static let brain = Diagnostics(program: "hg-brain")
}
