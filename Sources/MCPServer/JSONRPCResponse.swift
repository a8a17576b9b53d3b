import NDJSON

/// The lines that go to the client.
enum JSONRPCResponse {
  /// An answer to a request.
  ///
  /// - Parameters:
  ///   - id: The request's, as JSON.
  ///   - body: Writes the result, one value.
  /// - Returns: The line, without its end.
  static func result(_ id: [UInt8], _ body: (inout JSONWriter) -> Void) -> [UInt8] {
    message(id) { object in
      object.name("result")
      body(&object)
    }
  }

  /// A request that could not be understood or is not possible.
  static func error(_ error: JSONRPCError, id: [UInt8]?) -> [UInt8] {
    message(id ?? Array("null".utf8)) { object in
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
  ///   - id: The request's, as JSON.
  ///   - text: For the model to read.
  ///   - structured: The same as a JSON object, when it is one.
  ///   - isError: Whether the tool failed.
  /// - Returns: The line, without its end.
  static func tool(_ id: [UInt8], text: String, object structured: [UInt8]? = nil, isError: Bool = false) -> [UInt8] {
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

  private static func message(_ id: [UInt8], _ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { object in
      object.member("jsonrpc", "2.0")
      object.name("id")
      object.raw(id)
      body(&object)
    }
    return writer.bytes
  }
}
