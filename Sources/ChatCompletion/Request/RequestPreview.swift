public import NDJSON
import Servers

/// What would be sent for a record.
public struct RequestPreview {
  private let builder: RequestBuilder

  /// Makes a preview.
  ///
  /// - Parameter options: As for a run.
  public init(_ options: CompletionOptions) { builder = RequestBuilder(options: options) }

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
