import NDJSON
import SystemPackage

/// What the server does with one message.
extension MCPServer {
  func handle(_ request: JSONRPCRequest, _ batch: ResponseBatch?) throws(Errno) {
    switch request {
    case .ignored: try send(nil, batch)
    case .invalid(let error, let id): try send(JSONRPCResponse.error(error, id: id), batch)
    case .cancel(let id):
      try cancel(id)
      try send(nil, batch)
    case .method(let name, let id, let version): try send(answer(name, id, version), batch)
    case .call(let id, let tool, let arguments):
      if let refusal = call(id, tool, arguments, batch) { try send(refusal, batch) }
    }
  }

  private func answer(_ method: String, _ id: JSONRPCID, _ version: String?) -> [UInt8] {
    switch method {
    case "initialize":
      return JSONRPCResponse.result(id) { writer in self.writeInitialization(to: &writer, asked: version) }
    case "ping":
      return JSONRPCResponse.result(id) { $0.object { _ in } }
    case "tools/list":
      return JSONRPCResponse.result(id) { writer in
        writer.object { object in
          object.name("tools")
          object.array { array in for tool in catalogue.tools { array.raw(tool.listing) } }
        }
      }
    default:
      return JSONRPCResponse.error(JSONRPCError(code: -32601, message: "no method '\(method)'"), id: id)
    }
  }

  private func writeInitialization(to writer: inout JSONWriter, asked: String?) {
    let version = asked.flatMap { Self.versions.contains($0) ? $0 : nil } ?? Self.versions.last ?? ""
    writer.object { object in
      object.member("protocolVersion", version)
      object.name("capabilities")
      object.object { capabilities in
        capabilities.name("tools")
        capabilities.object { $0.member("listChanged", false) }
      }
      object.name("serverInfo")
      object.object { information in
        information.member("name", "hg-mcp")
        information.member("version", options.version)
      }
      if let instructions = options.instructions { object.member("instructions", instructions) }
    }
  }

  /// Puts a call into the queue.
  ///
  /// - Returns: The answer to a call that cannot be done; nil when it will be.
  private func call(_ id: JSONRPCID, _ name: String, _ arguments: [UInt8], _ batch: ResponseBatch?) -> [UInt8]? {
    guard let tool = catalogue.tools.first(where: { $0.name == name }) else {
      return JSONRPCResponse.error(JSONRPCError(code: -32602, message: "no tool '\(name)'"), id: id)
    }
    if running.contains(where: { $0.call.id == id && !$0.isCancelled }) || waiting.contains(where: { $0.id == id }) {
      return JSONRPCResponse.error(JSONRPCError(code: -32600, message: "this 'id' is in use"), id: id)
    }
    if let problem = arguments.withUnsafeBytes({ tool.arguments.problem(JSONValue($0)) }) {
      return JSONRPCResponse.tool(id, text: "\(name): \(problem)", isError: true)
    }
    waiting.append(Call(id: id, tool: tool, arguments: arguments, batch: batch))
    return nil
  }

  private func cancel(_ id: JSONRPCID) throws(Errno) {
    for call in waiting where call.id == id { try send(nil, call.batch) }
    waiting.removeAll { $0.id == id }
    for index in running.indices where running[index].call.id == id {
      running[index].isCancelled = true
      running[index].process.stop()
    }
  }
}
