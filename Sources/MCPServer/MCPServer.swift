import NDJSON
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A server of the Model Context Protocol over stdio: lines of JSON-RPC in, lines out, each tool a command.
///
/// A call's arguments are one line of JSON on the command's stdin, never words of a command line; its answer is what it
/// prints, its failure the last line of its stderr. Calls run at the same time; a call that the client cancels is
/// stopped with everything it started. At the end of the input the calls under way are finished, as a filter does.
public final class MCPServer {
  /// What the caller may choose.
  public struct Options: Sendable {
    /// How many calls run at once; the others wait.
    public var concurrency = 8
    /// The longest line and the longest answer, in bytes.
    public var maximum = LineReader.defaultMaximum
    /// The server's version, as clients see it.
    public var version = ""
    /// What a model should know before it uses the tools.
    public var instructions: String?

    /// The defaults.
    public init() {}
  }

  /// The versions of the protocol that begin with `initialize`, the newest last.
  static let versions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]

  private struct Call {
    let id: [UInt8]
    let tool: Tool
    let arguments: [UInt8]
  }

  private struct Running {
    let id: [UInt8]
    let process: ToolProcess
    var isCancelled = false
  }

  private let catalogue: ToolCatalogue
  private let options: Options
  private let output: RecordOutput
  private let reader: LineReader
  private let parser = JSONParser()
  private var waiting: [Call] = []
  private var running: [Running] = []
  private var isAtEnd = false

  /// Makes a server; nothing is read yet.
  ///
  /// - Parameters:
  ///   - catalogue: The tools.
  ///   - options: What the caller may choose.
  ///   - input: Where the client writes.
  ///   - output: Where the client reads.
  public init(_ catalogue: ToolCatalogue, _ options: Options, input: FileDescriptor, output: FileDescriptor) {
    self.catalogue = catalogue
    self.options = options
    self.output = RecordOutput(output)
    reader = LineReader(input, maximum: options.maximum)
  }

  /// Whether the error that `run` threw is one of reading.
  public private(set) var inputFailed = false

  /// Serves until the input ends or somebody asks the process to end.
  ///
  /// - Parameter stop: Readable when the server should end at once: its calls are stopped then.
  /// - Throws: The error of reading or writing; `EPIPE` when the client has gone.
  public func run(until stop: FileDescriptor) throws(Errno) {
    defer { endCalls() }
    while !(isAtEnd && running.isEmpty && waiting.isEmpty) {
      var events = [pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0)]
      events.append(pollfd(fd: isAtEnd ? -1 : reader.descriptor.rawValue, events: Int16(POLLIN), revents: 0))
      for call in running {
        events.append(
          pollfd(fd: call.process.isAtEnd ? -1 : call.process.descriptor.rawValue, events: Int16(POLLIN), revents: 0))
      }
      // A tool that has closed its stdout and still runs, or that does not stop, can only be looked at again.
      let timeout: Int32 = running.contains { $0.process.isAtEnd || $0.process.isStopping } ? 20 : -1
      guard poll(&events, nfds_t(events.count), timeout) >= 0 else {
        if errno == EINTR { continue }
        throw Errno(rawValue: errno)
      }
      if events[0].revents != 0 { return }
      for (index, event) in events[2...].enumerated() where event.revents != 0 { running[index].process.read() }
      try collect()
      if events[1].revents != 0 { try read() }
      startWaiting()
      try output.flush()
    }
  }

  /// Stops all calls, and kills what does not heed it: no tool outlives the server.
  private func endCalls() {
    for call in running { call.process.stop() }
    while true {
      running.removeAll { $0.process.outcome() != nil }
      if running.isEmpty { return }
      for call in running { call.process.insist() }
      _ = poll(nil, 0, 20)
    }
  }

  private func read() throws(Errno) {
    do throws(Errno) {
      isAtEnd = try !reader.fill()
    } catch {
      inputFailed = true
      throw error
    }
    while let line = reader.next() {
      guard let bytes = line.bytes else {
        try send(
          JSONRPCResponse.error(JSONRPCError(code: -32600, message: "longer than \(options.maximum) bytes"), id: nil))
        continue
      }
      switch JSONRPCRequest(bytes, parser) {
      case .ignored: break
      case .invalid(let error, let id): try send(JSONRPCResponse.error(error, id: id))
      case .cancel(let id): cancel(id)
      case .method(let name, let id, let version): try answer(name, id, version)
      case .call(let id, let tool, let arguments): try call(id, tool, arguments)
      }
    }
  }

  private func answer(_ method: String, _ id: [UInt8], _ version: String?) throws(Errno) {
    switch method {
    case "initialize":
      try send(JSONRPCResponse.result(id) { writer in self.writeInitialization(to: &writer, asked: version) })
    case "ping":
      try send(JSONRPCResponse.result(id) { $0.object { _ in } })
    case "tools/list":
      let tools = catalogue.tools
      try send(
        JSONRPCResponse.result(id) { writer in
          writer.object { object in
            object.name("tools")
            object.array { array in for tool in tools { array.raw(tool.listing) } }
          }
        })
    default:
      try send(JSONRPCResponse.error(JSONRPCError(code: -32601, message: "no method '\(method)'"), id: id))
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

  private func call(_ id: [UInt8], _ name: String, _ arguments: [UInt8]) throws(Errno) {
    guard let tool = catalogue.tools.first(where: { $0.name == name }) else {
      return try send(JSONRPCResponse.error(JSONRPCError(code: -32602, message: "no tool '\(name)'"), id: id))
    }
    if running.contains(where: { $0.id == id && !$0.isCancelled }) || waiting.contains(where: { $0.id == id }) {
      return try send(JSONRPCResponse.error(JSONRPCError(code: -32600, message: "this 'id' is in use"), id: id))
    }
    if let problem = arguments.withUnsafeBytes({ tool.arguments.problem(JSONValue($0)) }) {
      return try send(JSONRPCResponse.tool(id, text: "\(name): \(problem)", isError: true))
    }
    waiting.append(Call(id: id, tool: tool, arguments: arguments))
  }

  private func startWaiting() {
    while running.count < options.concurrency, !waiting.isEmpty {
      let call = waiting.removeFirst()
      do throws(Errno) {
        let process = try ToolProcess(call.tool.command, arguments: call.arguments, maximum: options.maximum)
        running.append(Running(id: call.id, process: process))
      } catch {
        let text = "\(call.tool.name): cannot run \(call.tool.command[0]): \(error)"
        try? send(JSONRPCResponse.tool(call.id, text: text, isError: true))
      }
    }
  }

  private func cancel(_ id: [UInt8]) {
    waiting.removeAll { $0.id == id }
    for index in running.indices where running[index].id == id {
      running[index].isCancelled = true
      running[index].process.stop()
    }
  }

  private func collect() throws(Errno) {
    for call in running { call.process.insist() }
    for index in running.indices.reversed() where running[index].process.isAtEnd {
      guard let outcome = running[index].process.outcome() else { continue }
      let call = running.remove(at: index)
      // Nobody waits for the answer to a cancelled request.
      if !call.isCancelled { try send(reply(to: call.id, outcome)) }
    }
  }

  private func reply(to id: [UInt8], _ outcome: ToolProcess.Outcome) -> [UInt8] {
    if outcome.isTooLong {
      return JSONRPCResponse.tool(id, text: "the answer is longer than \(options.maximum) bytes", isError: true)
    }
    let text = String(decoding: outcome.output, as: UTF8.self).trimmingLineEnd
    guard outcome.status == 0 else {
      let said = String(decoding: outcome.errors, as: UTF8.self).trimmingLineEnd
      let message = said.isEmpty ? text : said
      return JSONRPCResponse.tool(
        id, text: message.isEmpty ? "the tool ended with status \(outcome.status)" : message, isError: true)
    }
    let object = outcome.output.withUnsafeBytes { bytes -> [UInt8]? in
      do throws(JSONSyntaxError) {
        let value = try parser.parse(bytes).value
        guard value.kind == .object else { return nil }
        var writer = JSONWriter()
        writer.compact(value)
        return writer.bytes
      } catch { return nil }
    }
    return JSONRPCResponse.tool(id, text: text, object: object)
  }

  private func send(_ line: [UInt8]) throws(Errno) {
    try output.line { $0.append(contentsOf: line) }
  }
}

extension String {
  fileprivate var trimmingLineEnd: String {
    var text = self[...]
    while let last = text.unicodeScalars.last, last == "\n" || last == "\r" { text.unicodeScalars.removeLast() }
    return String(text)
  }
}
