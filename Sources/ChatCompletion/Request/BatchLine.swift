import NDJSON

/// A line as the OpenAI Batch API writes it.
enum BatchLine {
  /// What the `id` starts with; the request's hash follows, for `--resume`.
  static let idPrefix = "batch_req_"

  /// An HTTP response in a line.
  struct Response {
    let status: Int
    let requestID: [UInt8]?
    let body: [UInt8]?
  }

  /// Writes a line.
  ///
  /// - Parameters:
  ///   - id: The record's `custom_id` or `id` as it stands there; empty when there is none.
  ///   - hash: The request's hash; empty when there was no request.
  ///   - response: The response of a success, or of an answer that was not accepted.
  ///   - failure: The failure: with a status that is an error the API puts it into the response, else into `error`.
  /// - Returns: The line with its end.
  static func text(id: [UInt8], hash: [UInt8], _ response: Response?, _ failure: CompletionFailure?) -> [UInt8] {
    let null = Array("null".utf8)
    var writer = JSONWriter()
    writer.object { line in
      line.name("id")
      if hash.isEmpty { line.null() } else { line.string(Array(idPrefix.utf8) + hash) }
      line.name("custom_id")
      line.raw(id.isEmpty ? null : id)
      line.name("response")
      let refusal = response == nil ? failure.flatMap(refusal) : nil
      if let response = response ?? refusal {
        line.object { object in
          object.member("status_code", response.status)
          object.name("request_id")
          object.raw(response.requestID ?? null)
          object.name("body")
          object.raw(response.body ?? null)
        }
      } else {
        line.null()
      }
      line.name("error")
      if let failure, refusal == nil {
        line.object { object in
          object.member("code", failure.kind.rawValue)
          object.member("message", failure.message)
        }
      } else {
        line.null()
      }
    }
    return writer.bytes + [0x0A]
  }

  private static func refusal(_ failure: CompletionFailure) -> Response? {
    guard let status = failure.status, !(200...299).contains(status) else { return nil }
    var body = JSONWriter()
    body.object { object in
      object.name("error")
      object.object { error in
        error.member("message", failure.message)
        error.member("type", failure.kind.rawValue)
      }
    }
    return Response(status: status, requestID: nil, body: body.bytes)
  }
}
