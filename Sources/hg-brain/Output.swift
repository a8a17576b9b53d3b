import CommandSupport
import KnowledgeBase
import NDJSON
import Platform
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
    do throws(Errno) { try bytes.withBytes { (buffer) throws(Errno) in try output.append(buffer) } } catch {
      throw .writing(error)
    }
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
