import NDJSON

/// One message from the client, as far as the server cares.
enum JSONRPCRequest {
  /// A call of a tool, its arguments as JSON text.
  case call(id: JSONRPCID, tool: String, arguments: [UInt8])
  /// Another request.
  case method(String, id: JSONRPCID, version: String?)
  /// The client no longer wants the answer to a request.
  case cancel(id: JSONRPCID)
  /// Another notification, or an answer to a question that was never asked.
  case ignored
  /// Not a request.
  case invalid(JSONRPCError, id: JSONRPCID)

  /// Reads one message.
  ///
  /// - Parameters:
  ///   - value: The message.
  ///   - source: How the client wrote a part of it.
  fileprivate init(_ value: JSONValue, _ source: (JSONValue) -> [UInt8]) {
    guard value.kind == .object else {
      self = .invalid(JSONRPCError(code: -32600, message: "not a JSON-RPC 2.0 request"), id: .none)
      return
    }
    let given = value["id"]
    let id = given.flatMap { JSONRPCID($0, json: source($0)) }
    guard value["jsonrpc"]?.isString("2.0") ?? false else {
      self = .invalid(JSONRPCError(code: -32600, message: "not a JSON-RPC 2.0 request"), id: id ?? .none)
      return
    }
    guard let method = value["method"]?.string else {
      self =
        value["result"] != nil || value["error"] != nil
        ? .ignored : .invalid(JSONRPCError(code: -32600, message: "no 'method'"), id: id ?? .none)
      return
    }
    let parameters = value["params"]
    guard given != nil else {
      let cancelled = method == "notifications/cancelled" ? parameters?["requestId"] : nil
      self = cancelled.flatMap { JSONRPCID($0, json: source($0)) }.map { .cancel(id: $0) } ?? .ignored
      return
    }
    guard let id else {
      self = .invalid(JSONRPCError(code: -32600, message: "'id' is neither a string nor a number"), id: .none)
      return
    }
    guard method == "tools/call" else {
      self = .method(method, id: id, version: parameters?["protocolVersion"]?.string)
      return
    }
    guard let tool = parameters?["name"]?.string else {
      self = .invalid(JSONRPCError(code: -32602, message: "no tool 'name'"), id: id)
      return
    }
    // A client that has none says so with null, or not at all.
    let arguments = parameters?["arguments"].flatMap { $0.isNull ? nil : $0 }
    guard arguments.map({ $0.kind == .object }) ?? true else {
      self = .invalid(JSONRPCError(code: -32602, message: "'arguments' is not an object"), id: id)
      return
    }
    self = .call(id: id, tool: tool, arguments: arguments.map { Array($0.bytes) } ?? Array("{}".utf8))
  }
}

/// What a line from the client holds: one message, or a batch of them, as the protocol had it in 2025-03-26.
enum JSONRPCLine {
  case message(JSONRPCRequest)
  case batch([JSONRPCRequest])

  /// Reads a line.
  ///
  /// Half a surrogate pair in a string, as models write it, stands for no character: it becomes U+FFFD, but in an id,
  /// which goes back as it came.
  ///
  /// - Parameters:
  ///   - line: The bytes of the line.
  ///   - parser: Its memory is used.
  init(_ line: UnsafeRawBufferPointer, _ parser: JSONParser) {
    do throws(JSONSyntaxError) {
      self = Self.read(try parser.parse(line).value) { Array($0.bytes) }
    } catch {
      guard error.code == .loneSurrogate else {
        self = .invalid(error)
        return
      }
      self = LoneSurrogates.replaced(line).withUnsafeBytes { repaired in
        do throws(JSONSyntaxError) {
          return Self.read(try parser.parse(repaired).value) { value in
            // The repaired line has the length of the line.
            guard let start = value.bytes.baseAddress, let base = repaired.baseAddress else { return [] }
            return Array(line[(start - base)..<(start - base + value.bytes.count)])
          }
        } catch {
          return .invalid(error)
        }
      }
    }
  }

  private static func invalid(_ error: JSONSyntaxError) -> JSONRPCLine {
    .message(.invalid(JSONRPCError(code: -32700, message: "not JSON: \(error)"), id: .none))
  }

  private static func read(_ value: JSONValue, _ source: (JSONValue) -> [UInt8]) -> JSONRPCLine {
    guard value.kind == .array else { return .message(JSONRPCRequest(value, source)) }
    let requests = value.elements.map { JSONRPCRequest($0, source) }
    // JSON-RPC 2.0 refuses an empty batch.
    return requests.isEmpty ? .message(JSONRPCRequest(value, source)) : .batch(requests)
  }
}

/// An error of JSON-RPC 2.0.
struct JSONRPCError {
  /// From the specification: -32700 not JSON, -32600 no request, -32601 no such method, -32602 wrong parameters.
  let code: Int
  let message: String
}
