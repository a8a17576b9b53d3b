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

  struct Call {
    let id: JSONRPCID
    let tool: Tool
    let arguments: [UInt8]
    let batch: ResponseBatch?
  }

  struct Running {
    let call: Call
    let process: ToolProcess
    var isCancelled = false
  }

  let catalogue: ToolCatalogue
  let options: Options
  private let output: RecordOutput
  private let reader: LineReader
  private let parser = JSONParser()
  var waiting: [Call] = []
  var running: [Running] = []
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

  /// Serves until the input ends or the process is asked to end.
  ///
  /// - Parameter stop: Readable when the server should end at once: its calls are stopped then.
  /// - Throws: The error of reading or writing; `EPIPE` when the client has gone.
  public func run(until stop: FileDescriptor) throws(Errno) {
    defer { endCalls() }
    while !(isAtEnd && running.isEmpty && waiting.isEmpty) {
      var events = [pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0)]
      events.append(pollfd(fd: isAtEnd ? -1 : reader.descriptor.rawValue, events: Int16(POLLIN), revents: 0))
      for call in running {
        let descriptor = call.process.isAtEnd ? -1 : call.process.descriptor.rawValue
        events.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
      guard poll(&events, nfds_t(events.count), running.map(\.process.interval).min() ?? -1) >= 0 else {
        if errno == EINTR { continue }
        throw Errno(rawValue: errno)
      }
      if events[0].revents != 0 { return }
      for (index, event) in events[2...].enumerated() where event.revents != 0 { running[index].process.read() }
      try collect()
      if events[1].revents != 0 { try read() }
      try startWaiting()
      try output.flush()
    }
  }

  /// Stops all calls, and kills what does not heed it: no tool outlives the server.
  private func endCalls() {
    for call in running { call.process.stop() }
    while true {
      running.removeAll { $0.process.hasEnded }
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
        let error = JSONRPCError(code: -32600, message: "longer than \(options.maximum) bytes")
        try send(JSONRPCResponse.error(error, id: .none), nil)
        continue
      }
      switch JSONRPCLine(bytes, parser) {
      case .message(let request): try handle(request, nil)
      case .batch(let requests):
        let batch = ResponseBatch(count: requests.count)
        for request in requests { try handle(request, batch) }
      }
    }
  }

  /// Sends what came of a message, at once or with its batch.
  func send(_ answer: [UInt8]?, _ batch: ResponseBatch?) throws(Errno) {
    guard let line = batch.map({ $0.settle(answer) }) ?? answer else { return }
    try output.line { $0.append(contentsOf: line) }
  }

  private func startWaiting() throws(Errno) {
    while running.count < options.concurrency, !waiting.isEmpty {
      let call = waiting.removeFirst()
      do throws(Errno) {
        let process = try ToolProcess(call.tool.command, arguments: call.arguments, maximum: options.maximum)
        running.append(Running(call: call, process: process))
      } catch {
        let text = "\(call.tool.name): cannot run \(call.tool.command[0]): \(error)"
        try send(JSONRPCResponse.tool(call.id, text: text, isError: true), call.batch)
      }
    }
  }

  private func collect() throws(Errno) {
    for call in running { call.process.insist() }
    for index in running.indices.reversed() {
      guard let result = running[index].process.result() else { continue }
      let (call, isCancelled) = (running[index].call, running[index].isCancelled)
      running.remove(at: index)
      // Nobody waits for the answer to a cancelled request.
      try send(isCancelled ? nil : answer(to: call.id, result), call.batch)
    }
  }

  private func answer(to id: JSONRPCID, _ result: ToolResult) -> [UInt8] {
    if result.isTooLong {
      return JSONRPCResponse.tool(id, text: "the answer is longer than \(options.maximum) bytes", isError: true)
    }
    let text = String(decoding: result.output, as: UTF8.self).trimmingLineEnd
    guard result.status == 0 else {
      let said = String(decoding: result.errors, as: UTF8.self).trimmingLineEnd
      let message = said.isEmpty ? text : said
      let ending = result.status.map { "the tool ended with status \($0)" } ?? "how the tool ended is not known"
      return JSONRPCResponse.tool(id, text: message.isEmpty ? ending : message, isError: true)
    }
    let object = result.output.withUnsafeBytes { bytes -> [UInt8]? in
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
}

extension String {
  fileprivate var trimmingLineEnd: String {
    var text = self[...]
    while let last = text.unicodeScalars.last, last == "\n" || last == "\r" { text.unicodeScalars.removeLast() }
    return String(text)
  }
}
