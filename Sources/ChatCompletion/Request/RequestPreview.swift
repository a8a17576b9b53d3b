public import NDJSON
import Servers

/// What would be sent for a record.
public struct RequestPreview {
  private let builder: RequestBuilder

  /// Makes a preview.
  ///
  /// - Parameter options: As for a run.
  public init(_ options: CompletionOptions) { builder = RequestBuilder(options: options) }

  /// The line of a record in a batch; one that is there already says nothing of others.
  ///
  /// - Parameter record: The record.
  /// - Returns: A JSON object on one line.
  /// - Throws: The record's error, if nothing would be sent.
  public func batchLine(of record: Record) throws(RecordError) -> [UInt8] {
    do throws(CompletionFailure) {
      let request = try builder.request(of: record)
      let hash = RequestHash.hex(of: request.identity).withUnsafeBytes { CustomID.hash($0) } ?? 0
      return BatchFile.line(request, CustomID(hash: hash, occurrence: 1))
    } catch {
      throw error.recordError
    }
  }

  /// The body of a record's first request.
  ///
  /// - Parameter record: The record.
  /// - Returns: A JSON object on one line.
  /// - Throws: The record's error, if nothing would be sent.
  public func body(of record: Record) throws(RecordError) -> [UInt8] {
    do throws(CompletionFailure) {
      let body = try builder.request(of: record).body(modelIndex: 0)
      return JSONCompactor.copy(JSONValue(body.bytes))
    } catch {
      throw error.recordError
    }
  }
}
