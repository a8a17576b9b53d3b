import Foundation

/// A provider of files and batches on a free port of this machine, small, and with the faults that a test asks for.
public final class BatchProvider: Sendable {
  /// What goes wrong, and the moment of it.
  public struct Faults: Sendable {
    /// How often a batch is looked at before it ends.
    public var looks = 1
    /// What it ends as.
    public var end = "completed"
    /// How many of its lines are answered; nil is all.
    public var answered: Int?
    /// The lines, before they go into the output file.
    public var rewrite: @Sendable ([String]) -> [String] = { $0 }
    /// Whether the lines go into the error file.
    public var inErrorFile = false
    /// Gets each request first: whatever it returns is sent instead.
    public var refusal: @Sendable (_ path: String, _ number: Int) -> (status: Int, headers: [String])? = { _, _ in nil }
    /// Looks at an ended batch for which it names no file yet.
    public var lateLooks = 0
    /// Whether the output file is gone.
    public var losesOutput = false
    /// Is called for each request: before it is obeyed, and behind that, before the answer goes out.
    public var interrupt: @Sendable (_ number: Int, _ isObeyed: Bool) -> Void = { _, _ in }
    /// Why a batch failed as a whole.
    public var message: String?

    /// No faults.
    public init() {}
  }

  private struct Batch {
    let id: String
    let file: String
    let name: String
    let body: String
    var looks = 0
    var isCancelled = false
  }

  private final class State: @unchecked Sendable {
    // All members are used under the lock only.
    let lock = NSLock()
    var files: [(id: String, name: String, text: String)] = []
    var batches: [Batch] = []
    var live = 0
    var count = 0
    var faults = Faults()
  }

  /// Where it listens.
  public var url: String { server.url }

  /// The bodies with which batches were made.
  public var batches: [String] { state.lock.withLock { state.batches.map(\.body) } }
  /// The uploaded files.
  public var files: [String] { state.lock.withLock { state.files.map(\.text) } }
  /// Requests that were asked live.
  public var liveCount: Int { state.lock.withLock { state.live } }
  /// All requests.
  public var requests: [ScriptedServer.Request] { server.requests }

  private let server: ScriptedServer
  private let state = State()

  /// Starts it.
  public init(_ faults: Faults = Faults()) throws {
    let state = state
    state.faults = faults
    server = try ScriptedServer { request, connection in
      let (number, faults) = state.lock.withLock {
        state.count += 1
        return (state.count - 1, state.faults)
      }
      let path = String(request.path.split(separator: "?")[0])
      if let refusal = faults.refusal(path, number) {
        return connection.respond(
          refusal.status, #"{"error":{"message":"refused by the test"}}"#, headers: refusal.headers)
      }
      faults.interrupt(number, false)
      let answer = state.lock.withLock { Self.answer(request, path, state) }
      faults.interrupt(number, true)
      connection.respond(answer == nil ? 404 : 200, answer ?? #"{"error":{"message":"no such thing"}}"#)
    }
  }

  /// Has other faults from now on.
  public func set(_ faults: Faults) { state.lock.withLock { state.faults = faults } }

  private static func answer(_ request: ScriptedServer.Request, _ path: String, _ state: State) -> String? {
    let parts = path.split(separator: "/").map(String.init)
    switch (request.head.hasPrefix("POST"), parts.count > 1 ? parts[1] : "", parts.count) {
    case (true, "files", 2): return upload(request, state)
    case (false, "files", 2):
      let items = state.files.map { file($0.id, $0.name) }
      return page(items, request)
    case (false, "files", 4): return content(parts[2], state)
    case (true, "batches", 2): return create(request, state)
    case (false, "batches", 2):
      let items = state.batches.map { batch($0, "in_progress", "") }
      return page(items, request)
    case (false, "batches", 3): return status(parts[2], state)
    case (true, "batches", 4):
      guard let place = state.batches.firstIndex(where: { $0.id == parts[2] }) else { return nil }
      state.batches[place].isCancelled = true
      return status(parts[2], state)
    case (true, "chat", 3):
      state.live += 1
      return completion(#""live""#)
    default: return nil
    }
  }

  /// One item a page, to have pages.
  private static func page(_ items: [String], _ request: ScriptedServer.Request) -> String {
    let after = request.path.split(separator: "&").first { $0.hasPrefix("after=") }?.dropFirst(6)
    let start = after.flatMap { id in items.firstIndex { $0.contains("\"id\":\"\(id)\"") } }.map { $0 + 1 } ?? 0
    let page = items.dropFirst(start).prefix(1)
    return #"{"object":"list","data":[\#(page.joined(separator: ","))],"has_more":\#(start + 1 < items.count)}"#
  }

  private static func upload(_ request: ScriptedServer.Request, _ state: State) -> String? {
    let text = request.text
    guard let boundary = request.header("Content-Type")?.components(separatedBy: "boundary=").last,
      let name = text.components(separatedBy: "filename=\"").dropFirst().first?.split(separator: "\"").first,
      text.contains("name=\"purpose\"\r\n\r\nbatch\r\n"),
      let rest = text.components(separatedBy: "application/jsonl\r\n\r\n").last,
      text.hasSuffix("\r\n--\(boundary)--\r\n")
    else { return nil }
    let lines = rest.components(separatedBy: "\r\n--\(boundary)--").first ?? ""
    let id = "file-in\(state.files.count)"
    state.files.append((id, String(name), lines))
    return file(id, String(name))
  }

  private static func create(_ request: ScriptedServer.Request, _ state: State) -> String? {
    guard let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any],
      let file = body["input_file_id"] as? String, body["endpoint"] as? String == "/v1/chat/completions",
      body["completion_window"] as? String == "24h",
      let name = (body["metadata"] as? [String: Any])?["hyperguild"] as? String
    else { return nil }
    let batch = Batch(id: "batch_\(state.batches.count)", file: file, name: name, body: request.text)
    state.batches.append(batch)
    return Self.batch(batch, "validating", "")
  }

  private static func status(_ id: String, _ state: State) -> String? {
    guard let place = state.batches.firstIndex(where: { $0.id == id }) else { return nil }
    state.batches[place].looks += 1
    let batch = state.batches[place]
    let faults = state.faults
    let lines = lines(of: batch, state)
    let hasEnded = batch.looks > faults.looks || batch.isCancelled
    let end = batch.isCancelled ? "cancelled" : hasEnded ? faults.end : "in_progress"
    let answered = hasEnded ? min(lines.count, faults.answered ?? lines.count) : 0
    let hasFile = hasEnded && answered > 0 && batch.looks > faults.looks + faults.lateLooks
    let member = faults.inErrorFile ? "error_file_id" : "output_file_id"
    let file = hasFile ? #","\#(member)":"out-\#(id)""# : #","output_file_id":null"#
    let errors = faults.message.map { #","errors":{"data":[{"message":"\#($0)"}]}"# } ?? ""
    return Self.batch(
      batch, end,
      #"\#(file)\#(errors),"request_counts":{"total":\#(lines.count),"completed":\#(answered),"failed":0}"#)
  }

  private static func batch(_ batch: Batch, _ status: String, _ more: String) -> String {
    #"{"id":"\#(batch.id)","object":"batch","endpoint":"/v1/chat/completions","input_file_id":"\#(batch.file)","#
      + #""completion_window":"24h","created_at":1,"status":"\#(status)","#
      + #""metadata":{"hyperguild":"\#(batch.name)"}\#(more)}"#
  }

  private static func file(_ id: String, _ name: String) -> String {
    #"{"id":"\#(id)","object":"file","bytes":1,"created_at":1,"filename":"\#(name)","purpose":"batch","#
      + #""status":"processed"}"#
  }

  private static func lines(of batch: Batch, _ state: State) -> [String] {
    (state.files.first { $0.id == batch.file }?.text ?? "").split(separator: "\n").map(String.init)
  }

  private static func content(_ file: String, _ state: State) -> String? {
    guard !state.faults.losesOutput, let batch = state.batches.first(where: { file == "out-\($0.id)" }) else {
      return nil
    }
    let lines = lines(of: batch, state)
    let answered = lines.prefix(state.faults.answered ?? lines.count).compactMap { line -> String? in
      guard let request = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let id = request["custom_id"] as? String, let body = request["body"] as? [String: Any],
        let messages = body["messages"] as? [[String: Any]], let text = messages.last?["content"] as? String
      else { return nil }
      return #"{"id":"r","custom_id":"\#(id)","response":{"status_code":200,"request_id":"q","body":"#
        + completion("\"batch \(text)\"") + #"},"error":null}"#
    }
    return state.faults.rewrite(answered).joined(separator: "\n") + "\n"
  }

  private static func completion(_ text: String) -> String {
    #"{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","#
      + #""content":\#(text)},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":1000,"#
      + #""total_tokens":2000}}"#
  }
}
