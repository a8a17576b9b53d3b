import NDJSON

/// The lines that go to the client.
enum JSONRPCResponse {
  /// An answer to a request.
  ///
  /// - Parameters:
  ///   - id: The request's.
  ///   - body: Writes the result, one value.
  /// - Returns: The line, without its end.
  static func result(_ id: JSONRPCID, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
    message(id) { object in
      object.name("result")
      body(&object)
    }
  }

  /// A request that could not be understood or is not possible.
  static func error(_ error: JSONRPCError, id: JSONRPCID) -> [UInt8] {
    message(id) { object in
      object.name("error")
      object.object { inner in
        inner.member("code", error.code)
        inner.member("message", error.message)
      }
    }
  }

  /// What a tool said.
  ///
  /// - Parameters:
  ///   - id: The request's.
  ///   - text: For the model to read.
  ///   - structured: The same as a JSON object, when it is one.
  ///   - isError: Whether the tool failed.
  /// - Returns: The line, without its end.
  static func tool(_ id: JSONRPCID, text: String, object structured: [UInt8]? = nil, isError: Bool = false) -> [UInt8] {
    result(id) { writer in
      writer.object { object in
        object.name("content")
        object.array { array in
          array.object { part in
            part.member("type", "text")
            part.member("text", text)
          }
        }
        if let structured {
          object.name("structuredContent")
          object.raw(structured)
        }
        object.member("isError", isError)
      }
    }
  }

  private static func message(_ id: JSONRPCID, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { object in
      object.member("jsonrpc", "2.0")
      object.name("id")
      object.raw(id.json)
      body(&object)
    }
    return writer.bytes
  }
}
