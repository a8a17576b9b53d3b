import NDJSON
import Platform
import Secrets
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The files and batches of a server, one request at a time.
struct BatchServer {
  /// Why a request came to nothing.
  enum Failure: Error {
    /// The server's word, or that it cannot be reached.
    case refused(CompletionFailure)
    /// A signal asks to stop.
    case interrupted
    /// The system's refusal.
    case system(Errno)
  }

  /// A batch as the server sees it.
  struct Status {
    var state = ""
    var outputFile: String?
    var errorFile: String?
    var total = 0
    var completed = 0
    var failed = 0
    /// Why it failed as a whole.
    var message: String?
    /// When to look again, in seconds.
    var retryAfter: Double?

    /// Whether nothing more will come of it.
    var hasEnded: Bool { ["completed", "failed", "expired", "cancelled"].contains(state) }
  }

  private let options: CompletionOptions
  private let address: BaseURL
  private let key: APIKey
  let client: HTTPClient

  init(_ options: CompletionOptions, address: BaseURL, key: APIKey, client: HTTPClient) {
    self.options = options
    self.address = address
    self.key = key
    self.client = client
  }

  /// Uploads the requests of a batch.
  ///
  /// - Parameter file: A closed one.
  /// - Returns: The uploaded file's id.
  /// - Throws: Why there is none.
  func upload(_ file: BatchFile) throws(Failure) -> String {
    let type = "multipart/form-data; boundary=\(BatchFile.boundary)"
    let body = HTTPBody(file: file.descriptor, count: file.formCount)
    let answer = try request(.post, "files", body, type: type) { $0["id"]?.string }
    guard let id = answer else { throw .refused(CompletionFailure(.badAnswer, "the upload has no id")) }
    return id
  }

  /// Finds an uploaded file by its name.
  func file(named name: String) throws(Failure) -> String? {
    try search("files", "purpose=batch&") { $0["filename"]?.isString(name) ?? false }
  }

  /// Finds a batch by what its metadata calls it, or by its file.
  func batch(named name: String, ofFile file: String) throws(Failure) -> String? {
    try search("batches", "") { value in
      value["metadata"]?["hyperguild"]?.isString(name) ?? false || value["input_file_id"]?.isString(file) ?? false
    }
  }

  /// Makes a batch.
  ///
  /// - Parameters:
  ///   - file: The uploaded requests.
  ///   - name: Finds it again.
  /// - Returns: Its id.
  /// - Throws: Why there is none.
  func create(file: String, name: String) throws(Failure) -> String {
    var writer = JSONWriter()
    writer.object { body in
      body.member("input_file_id", file)
      body.member("endpoint", "/v1/chat/completions")
      body.member("completion_window", "24h")
      body.name("metadata")
      body.object { $0.member("hyperguild", name) }
      if let provider = options.batch.provider { body.member("custom_llm_provider", provider) }
    }
    let answer = try request(.post, "batches", HTTPBody(writer.bytes)) { $0["id"]?.string }
    guard let id = answer else { throw .refused(CompletionFailure(.badAnswer, "the batch has no id")) }
    return id
  }

  /// Looks how far a batch is.
  func status(of batch: String) throws(Failure) -> Status {
    try request(.get, "batches/\(Self.escaped(batch))") { Self.status($0) }
  }

  /// Ends a batch; what it has answered by then can be fetched.
  func cancel(_ batch: String) throws(Failure) {
    try request(.post, "batches/\(Self.escaped(batch))/cancel", HTTPBody([])) { _ in }
  }

  /// Fetches a file.
  ///
  /// - Parameter id: Its id.
  /// - Returns: A descriptor of a file without a name, to be closed.
  /// - Throws: Why it is not there.
  func download(_ id: String) throws(Failure) -> FileDescriptor {
    let sink: FileDescriptor
    do throws(Errno) { sink = try TemporaryFile.open() } catch { throw .system(error) }
    do throws(Failure) {
      try send(.get, "files/\(Self.escaped(id))/content", nil, sink: sink) { _ in }
      return sink
    } catch {
      closeQuietly(sink)
      throw error
    }
  }

  private static func status(_ value: JSONValue) -> Status {
    var status = Status()
    status.state = value["status"]?.string ?? ""
    status.outputFile = value["output_file_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    status.errorFile = value["error_file_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    let counts = value["request_counts"]
    status.total = max(0, counts?["total"]?.int ?? 0)
    status.completed = max(0, counts?["completed"]?.int ?? 0)
    status.failed = max(0, counts?["failed"]?.int ?? 0)
    status.message = value["errors"]?["data"]?.elements.lazy.compactMap { $0["message"]?.string }.first
    return status
  }

  /// Looks through a list, page by page.
  private func search(
    _ path: String, _ query: String, _ isWanted: (JSONValue) -> Bool
  ) throws(Failure) -> String? {
    var after = ""
    while true {
      let page = try request(.get, path, query: "\(query)limit=100\(after)") { value in
        var (found, last): (String?, String?) = (nil, nil)
        for item in value["data"]?.elements ?? value.elements {
          last = item["id"]?.string
          if found == nil && isWanted(item) { found = last }
        }
        return (found: found, last: last, hasMore: value["has_more"]?.bool ?? false)
      }
      if let found = page.found { return found }
      guard page.hasMore, let last = page.last, "&after=\(Self.escaped(last))" != after else { return nil }
      after = "&after=\(Self.escaped(last))"
    }
  }

  @discardableResult
  private func request<Answer>(
    _ method: HTTPEndpoint.Method, _ path: String, _ body: HTTPBody? = nil, query: String? = nil,
    type: String = "application/json", _ read: (JSONValue) -> Answer
  ) throws(Failure) -> Answer {
    let bytes = try send(method, path, body, query: query, type: type) { Array($0.body) }
    let parser = JSONParser()
    // Values point into the parser's memory.
    defer { withExtendedLifetime(parser) {} }
    let answer = bytes.withUnsafeBytes { bytes in (try? parser.parse(bytes)).map { read($0.value) } }
    guard let answer else { throw .refused(CompletionFailure(.badAnswer, "the answer is not JSON")) }
    return answer
  }

  private func send<Answer>(
    _ method: HTTPEndpoint.Method, _ path: String, _ body: HTTPBody?, query: String? = nil,
    type: String = "application/json", sink: FileDescriptor? = nil, _ read: (HTTPTransfer) -> Answer
  ) throws(Failure) -> Answer {
    let secret: String?
    do { secret = try key.current() } catch {
      throw .refused(CompletionFailure(.noKey, "the key file cannot be read: \(error)"))
    }
    var headers: [(name: String, value: String)] = []
    if method == .post { headers.append((name: "Content-Type", value: type)) }
    if let secret { headers.append((name: "Authorization", value: "Bearer \(secret)")) }
    if let provider = options.batch.provider { headers.append((name: "custom-llm-provider", value: provider)) }
    var url = address.url(path)
    if let query { url += (url.contains("?") ? "&" : "?") + query }
    var limits = HTTPLimits(attempt: options.attemptTimeout)
    limits.limitsSilenceOnly = true
    let redactor = Redactor(key: secret)
    let reader = ResponseReader(parser: JSONParser())
    let result: Result<Result<Answer, CompletionFailure>, HTTPFailure>
    do throws(Errno) {
      result = try client.finished(
        client.endpoint(method, url: url, headers: headers), body: body, limits: limits, sink: sink
      ) { transfer in
        if (200...299).contains(transfer.status) { return .success(read(transfer)) }
        var failure = reader.refusal(transfer, transfer.status)
        failure.message = redactor.redact(failure.message)
        return .failure(failure)
      }
    } catch { throw .system(error) }
    switch result {
    case .success(.success(let answer)): return answer
    case .success(.failure(let failure)): throw .refused(failure)
    case .failure(let failure):
      if failure.kind == .interrupted { throw .interrupted }
      var refusal = CompletionFailure(failure)
      // What was asked for can be asked for again.
      refusal.isTransient = refusal.isTransient || [.timeout, .badAnswer].contains(refusal.kind)
      throw .refused(refusal)
    }
  }

  /// An id as a part of a URL.
  private static func escaped(_ id: String) -> String {
    id.utf8.reduce(into: "") { text, byte in
      let scalar = Unicode.Scalar(byte)
      if scalar.properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte) || "-._~".utf8.contains(byte) {
        text.unicodeScalars.append(scalar)
      } else {
        text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}
