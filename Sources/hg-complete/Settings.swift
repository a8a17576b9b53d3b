import AnswerChecking
import ChatCompletion
import CommandSupport
import ModelInfo
import Platform
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Options and environment together: what the run is made of.
struct Settings {
  /// The largest file that is read as a prompt, in bytes.
  private static let longestPrompt = 64 << 20
  /// Descriptors besides those of connections: the standard ones, files, what libcurl needs to resolve names.
  private static let otherDescriptors = 32

  let address: BaseURL
  let key: APIKey
  var completion: CompletionOptions
  let http: HTTPConfiguration

  /// Puts them together.
  ///
  /// - Parameters:
  ///   - server: Which server.
  ///   - requests: How records are asked.
  ///   - sent: What goes out besides.
  ///   - checks: How answers are judged.
  ///   - costs: What may be spent.
  ///   - prices: What tokens cost.
  ///   - caching: Where answers are kept.
  ///   - filter: How records are read and written.
  /// - Throws: `ProgramFailure` with the variable or option, its value and what is allowed.
  init(
    _ server: ServerOptions, _ requests: RequestOptions, _ sent: SentOptions, _ checks: CheckOptions,
    _ costs: PriceOptions, _ prices: ModelTable?, _ caching: CacheOptions,
    _ filter: FilterOptions
  ) throws(ProgramFailure) {
    address = try Self.address(server)
    key = try Self.key(server)
    var completion = requests.completion(model: Self.model(requests))
    completion.format = filter.output == .text ? .text : requests.batchOut ? .batch : .records
    if let file = requests.systemFile { completion.system = try Self.text(of: file) }
    try sent.apply(to: &completion)
    completion.prices = prices
    completion.maximumCost = costs.maxCost
    completion.judging = checks.judging
    if let file = checks.schema {
      completion.judging.schema = try OptionFile.read(file, option: "--schema") { (bytes) throws(SchemaError) in
        try AnswerSchema(bytes)
      }
    }
    completion.caching = caching.options
    completion.concurrency = Self.concurrency(requests.concurrency, others: Self.otherDescriptors(checks.judging))
    self.completion = completion
    var http = HTTPConfiguration()
    http.connections = completion.concurrency
    http.connectTimeout = server.connectTimeout
    http.maximumResponse = server.maxResponse.count
    http.userAgent = "hg-complete/\(hyperguildVersion)"
    http.usesTLS = address.usesTLS
    if let file = server.cacert {
      guard access(file, R_OK) == 0 else { throw Self.missing("--cacert", file) }
      http.authorities = file
    }
    self.http = http
  }

  /// Each check has two pipes, and is started with three more.
  private static func otherDescriptors(_ judging: JudgingOptions) -> Int {
    otherDescriptors + (judging.check == nil ? 0 : 2 * judging.checkJobs + 3)
  }

  /// As many requests at once as the system has descriptors for.
  private static func concurrency(_ option: Concurrency, others: Int) -> Int {
    let wanted = option.most
    let limit = raiseDescriptorLimit(to: wanted + others)
    let possible = max(1, limit - others)
    guard possible < wanted else { return wanted }
    // Nobody asked for this many.
    if option == .auto { return possible }
    Diagnostics(program: "hg-complete").message(
      "-j \(wanted) needs more open files than the limit of \(limit) (ulimit -n): -j is \(possible)")
    return possible
  }

  private static func address(_ server: ServerOptions) throws(ProgramFailure) -> BaseURL {
    do throws(ServerSettings.Invalid) {
      return try ServerSettings.baseURL(option: server.baseURL)
    } catch {
      throw ProgramFailure(error, option: "--base-url")
    }
  }

  private static func key(_ server: ServerOptions) throws(ProgramFailure) -> APIKey {
    if let file = server.apiKeyFile {
      do throws(Errno) {
        let key = try APIKey(file: FilePath(file))
        // As with a variable that is empty, somebody forgot to fill it; the server would only say that there is no key.
        guard try key.current() != nil else { throw Errno.noData }
        return key
      } catch {
        guard error != .noData else { throw ProgramFailure(.configuration, "--api-key-file \(file): no key is in it") }
        throw ProgramFailure(.noInput, "--api-key-file \(file): \(error)")
      }
    }
    do throws(ServerSettings.Invalid) { return try ServerSettings.key() } catch {
      throw ProgramFailure(error, option: "")
    }
  }

  private static func model(_ requests: RequestOptions) -> String {
    requests.model.flatMap { SettingText.trimmed($0) } ?? Setting("HYPERGUILD_LOCAL_MODEL")?.text
      ?? CompletionOptions().model
  }

  /// A prompt without the byte-order mark and the line end that editors put around it.
  private static func text(of file: String) throws(ProgramFailure) -> String {
    let bytes: [UInt8]
    do throws(Errno) { bytes = try WholeFile.read(FilePath(file), limit: longestPrompt) } catch {
      throw ProgramFailure(.noInput, "--system-file \(file): \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ProgramFailure(.usage, "--system-file \(file): the file is not UTF-8")
    }
    var scalars = text.unicodeScalars[...]
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    if scalars.last == "\n" { scalars.removeLast() }
    if scalars.last == "\r" { scalars.removeLast() }
    return String(scalars)
  }

  private static func missing(_ option: String, _ file: String) -> ProgramFailure {
    ProgramFailure(.noInput, "\(option) \(file): \(Errno(rawValue: errno))")
  }
}
