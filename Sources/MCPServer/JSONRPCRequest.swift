import NDJSON

/// One line from the client, as far as the server cares.
enum JSONRPCRequest {
  /// A call of a tool: the request's id and the arguments, both as JSON text.
  case call(id: [UInt8], tool: String, arguments: [UInt8])
  /// Another request.
  case method(String, id: [UInt8], version: String?)
  /// The client no longer wants the answer to a request.
  case cancel(id: [UInt8])
  /// Another notification, or an answer to a question that was never asked.
  case ignored
  /// Not a request.
  case invalid(JSONRPCError, id: [UInt8]?)

  /// Reads a line.
  ///
  /// - Parameters:
  ///   - line: The bytes of the line.
  ///   - parser: Its memory is used.
  init(_ line: UnsafeRawBufferPointer, _ parser: JSONParser) {
    let value: JSONValue
    do throws(JSONSyntaxError) { value = try parser.parse(line).value } catch {
      self = .invalid(JSONRPCError(code: -32700, message: "not JSON: \(error)"), id: nil)
      return
    }
    guard value.kind == .object, value["jsonrpc"]?.isString("2.0") ?? false else {
      self = .invalid(JSONRPCError(code: -32600, message: "not a JSON-RPC 2.0 request"), id: nil)
      return
    }
    let id = value["id"]
    guard let method = value["method"]?.string else {
      self =
        value["result"] != nil || value["error"] != nil
        ? .ignored : .invalid(JSONRPCError(code: -32600, message: "no 'method'"), id: id.map { Array($0.bytes) })
      return
    }
    let parameters = value["params"]
    guard let id else {
      let cancelled = method == "notifications/cancelled" ? parameters?["requestId"] : nil
      self = cancelled.map { .cancel(id: Array($0.bytes)) } ?? .ignored
      return
    }
    guard id.isString || id.kind == .number else {
      self = .invalid(JSONRPCError(code: -32600, message: "'id' is neither a string nor a number"), id: nil)
      return
    }
    guard method == "tools/call" else {
      self = .method(method, id: Array(id.bytes), version: parameters?["protocolVersion"]?.string)
      return
    }
    guard let tool = parameters?["name"]?.string else {
      self = .invalid(JSONRPCError(code: -32602, message: "no tool 'name'"), id: Array(id.bytes))
      return
    }
    let arguments = parameters?["arguments"]
    guard arguments.map({ $0.kind == .object }) ?? true else {
      self = .invalid(JSONRPCError(code: -32602, message: "'arguments' is not an object"), id: Array(id.bytes))
      return
    }
    self = .call(id: Array(id.bytes), tool: tool, arguments: arguments.map { Array($0.bytes) } ?? Array("{}".utf8))
  }
}

/// An error of JSON-RPC 2.0.
struct JSONRPCError {
  /// From the specification: -32700 not JSON, -32600 no request, -32601 no such method, -32602 wrong parameters.
  let code: Int
  let message: String
}
