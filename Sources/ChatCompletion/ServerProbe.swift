import ModelInfo
import NDJSON
import Platform
import Secrets
public import Servers
public import SystemPackage

/// Asks a server whether it is there, whether it takes the key, and which models it has.
public final class ServerProbe {
  /// What was found.
  public struct Report: Sendable, Equatable {
    /// Whether anything answered.
    public var isReachable = false
    /// Whether the key was taken; nil when the server did not get that far.
    public var isAuthenticated: Bool?
    /// The models' entries, each a JSON object on one line.
    public var entries: [[UInt8]]?
    /// The models' names.
    public var models: [String]?
    /// The models that are in memory; nil when the server does not say so.
    public var loaded: [String]?
    /// How long the list of models took.
    public var milliseconds: Int?
    /// Why there is no list, for a person.
    public var message: String?

    /// One JSON object.
    public var json: [UInt8] {
      var writer = JSONWriter()
      writer.object { object in
        object.member("reachable", isReachable)
        object.name("authenticated")
        if let isAuthenticated { object.bool(isAuthenticated) } else { object.null() }
        Self.write("models", models, to: &object)
        Self.write("loaded", loaded, to: &object)
        object.name("latency_ms")
        if let milliseconds { object.int(milliseconds) } else { object.null() }
        object.member("message", message)
      }
      return writer.bytes
    }

    private static func write(_ name: MemberName, _ models: [String]?, to object: inout JSONWriter) {
      object.name(name)
      guard let models else { return object.null() }
      object.array { array in for model in models { array.string(model) } }
    }
  }

  private let address: BaseURL
  private let key: String?
  private let client: HTTPClient
  private let seconds: Double
  private let parser = JSONParser()

  /// Prepares the questions.
  ///
  /// - Parameters:
  ///   - address: The server.
  ///   - key: Its key.
  ///   - client: Carries the requests.
  ///   - seconds: The longest time for each question.
  public init(_ address: BaseURL, key: String?, client: HTTPClient, seconds: Double) {
    self.address = address
    self.key = key
    self.client = client
    self.seconds = seconds
  }

  /// Asks for the models, and first, without the key, whether the server lives.
  ///
  /// - Parameter asksLiveness: Whether to ask LiteLLM's `/health/liveliness` first.
  /// - Returns: What was found.
  /// - Throws: The error of waiting.
  public func report(asksLiveness: Bool) throws(Errno) -> Report {
    var report = Report()
    var isAlive = false
    if asksLiveness, case .success(let reply) = try get(address.rootURL("health/liveliness"), key: nil) {
      report.isReachable = true
      isAlive = reply.status == 200
    }
    let redactor = Redactor(key: key)
    switch try get(address.url("models"), key: key) {
    case .failure(let failure): report.message = redactor.redact(failure.message)
    case .success(let reply):
      report.isReachable = true
      report.milliseconds = reply.milliseconds
      read(reply, isAlive: isAlive, redactor, into: &report)
    }
    return report
  }

  /// Adds LiteLLM's `/model/info` to the models' entries: what they cost, and how long a prompt and an answer may be.
  /// Other servers have no such page, and not every key may see it: then the entries stay as they are.
  ///
  /// - Parameter report: What was found; its entries get members.
  /// - Throws: The error of waiting.
  public func describeModels(of report: inout Report) throws(Errno) {
    guard let entries = report.entries, let models = report.models else { return }
    guard case .success(let reply) = try get(address.url("model/info"), key: key), reply.status == 200,
      let table = try? ModelTable(reply.body)
    else { return }
    report.entries = zip(entries, models).map { entry, model in
      table.facts(named: model).map { Self.entry(entry, with: $0) } ?? entry
    }
  }

  private static func entry(_ entry: [UInt8], with facts: ModelFacts) -> [UInt8] {
    var writer = JSONWriter()
    entry.withUnsafeBytes { facts.write(to: &writer, besides: JSONValue($0)) }
    guard !writer.bytes.isEmpty, let closing = entry.lastIndex(of: UInt8(ascii: "}")) else { return entry }
    // There is a name in front of it.
    return entry[..<closing] + [UInt8(ascii: ",")] + writer.bytes + entry[closing...]
  }

  private func read(_ reply: HTTPResponse, isAlive: Bool, _ redactor: Redactor, into report: inout Report) {
    // A page is not a list: the gateway or login that sent it may not have looked at the key at all.
    if reply.status == 200, take(models: reply.body, into: &report) {
      report.isAuthenticated = true
      return
    }
    let said = reply.body.withBytes { ServerMessage.text($0, parser) }
    guard reply.status != 200 else {
      report.message = "the list of models is not the promised JSON"
      if let said { report.message? += "; the server said: \(redactor.redact(said))" }
      return
    }
    // A LiteLLM proxy without a database answers 400 to a wrong key and 500 to a missing one.
    let isRefusal = (400...499).contains(reply.status) && ![404, 407, 408, 429].contains(reply.status)
    let isMissingKey = isAlive && reply.status == 500
    report.isAuthenticated = isRefusal || isMissingKey ? false : nil
    report.message = redactor.redact(said ?? "status \(reply.status)")
  }

  private func take(models body: [UInt8], into report: inout Report) -> Bool {
    body.withUnsafeBytes { bytes in
      guard let record = try? parser.record(bytes), let data = record["data"] ?? record["models"] else { return false }
      guard data.kind == .array else { return false }
      var entries: [[UInt8]] = []
      var models: [String] = []
      for entry in data.elements {
        guard let name = entry["id"]?.string ?? entry["name"]?.string else { continue }
        entries.append(JSONCompactor.copy(entry))
        models.append(name)
        guard let isLoaded = Self.isLoaded(entry) else { continue }
        report.loaded = (report.loaded ?? []) + (isLoaded ? [name] : [])
      }
      report.entries = entries
      report.models = models
      return true
    }
  }

  /// What llama.cpp's router (`status.value`), LM Studio (`state`) and others (`loaded`) say; LiteLLM says nothing.
  private static func isLoaded(_ entry: JSONValue) -> Bool? {
    if let loaded = entry["loaded"]?.bool { return loaded }
    let state = entry["state"] ?? entry["status"]?["value"]
    return state?.string.map { $0 == "loaded" }
  }

  private func get(_ url: String, key: String?) throws(Errno) -> Result<HTTPResponse, HTTPFailure> {
    let headers = key.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
    let result = try client.response(to: client.endpoint(.get, url: url, headers: headers), seconds: seconds)
    if case .failure(let failure) = result, failure.kind == .interrupted { throw .interrupted }
    return result
  }
}
