import NDJSON
import Platform
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

  private struct Reply {
    var status = 0
    var body: [UInt8] = []
    var failure: HTTPFailure?
    var milliseconds = 0
  }

  private let address: ServerAddress
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
  public init(_ address: ServerAddress, key: String?, client: HTTPClient, seconds: Double) {
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
    if asksLiveness {
      let reply = try get("\(address.root)/health/liveliness", key: nil)
      report.isReachable = reply.status > 0
      isAlive = reply.status == 200
    }
    let reply = try get(address.url("models"), key: key)
    report.isReachable = report.isReachable || reply.status > 0
    report.milliseconds = reply.status > 0 ? reply.milliseconds : nil
    let redactor = Redactor(key: key)
    if reply.status == 200 {
      report.isAuthenticated = true
      if !take(models: reply.body, into: &report) { report.message = "the list of models is not the promised JSON" }
    } else if let failure = reply.failure {
      report.message = redactor.redact(failure.message)
    } else {
      // A LiteLLM proxy without a database answers 400 to a wrong key and 500 to a missing one.
      let isRefusal = (400...499).contains(reply.status) && reply.status != 404
      report.isAuthenticated = isRefusal || isAlive ? false : nil
      let said = reply.body.withUnsafeBytes { ServerMessage.text($0, parser) }
      report.message = redactor.redact(said ?? "status \(reply.status)")
    }
    return report
  }

  private func take(models body: [UInt8], into report: inout Report) -> Bool {
    body.withUnsafeBytes { bytes in
      guard let record = try? parser.record(bytes), let data = record["data"] ?? record["models"] else { return false }
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
      return data.kind == .array
    }
  }

  /// What llama.cpp's router (`status.value`), LM Studio (`state`) and others (`loaded`) say; LiteLLM says nothing.
  private static func isLoaded(_ entry: JSONValue) -> Bool? {
    if let loaded = entry["loaded"]?.bool { return loaded }
    let state = entry["state"] ?? entry["status"]?["value"]
    return state?.string.map { $0 == "loaded" }
  }

  private func get(_ url: String, key: String?) throws(Errno) -> Reply {
    let headers = key.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
    var reply = Reply()
    do throws(HTTPFailure) {
      try client.start(
        client.endpoint(.get, url: url, headers: headers), token: 0, limits: HTTPLimits(attempt: seconds))
    } catch {
      reply.failure = error
      return reply
    }
    while true {
      let wake = try client.wait(until: .never)
      if wake.contains(.interruption) { throw .interrupted }
      guard case .finished(let transfer, let failure) = client.next() else { continue }
      reply.status = failure == nil ? transfer.status : 0
      reply.failure = failure
      reply.body = Array(transfer.body)
      reply.milliseconds = MonotonicTime.now.milliseconds(since: transfer.started)
      client.recycle(transfer)
      return reply
    }
  }
}
