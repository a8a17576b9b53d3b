import ChatCompletion
import CommandSupport
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Options and environment together: what the run is made of.
struct Settings {
  static let urlVariables = ["LITELLM_BASE_URL", "LITELLM_PROXY_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE"]
  static let keyVariables = ["LITELLM_API_KEY", "LITELLM_PROXY_API_KEY", "OPENAI_API_KEY"]

  let address: ServerAddress
  let key: APIKey
  let completion: CompletionOptions
  let http: HTTPConfiguration

  /// Puts them together.
  ///
  /// - Throws: `ProgramFailure` with the variable or option, its value and what is allowed.
  init(_ server: ServerOptions, _ requests: RequestOptions, _ filter: FilterOptions) throws(ProgramFailure) {
    address = try Self.address(server)
    key = try Self.key(server)
    var completion = requests.completion(model: try Self.model(requests))
    completion.format = filter.output == .text ? .text : requests.batchOut ? .batch : .records
    if let file = requests.systemFile { completion.system = try Self.text(of: file) }
    self.completion = completion
    var http = HTTPConfiguration()
    http.connections = requests.concurrency
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

  private static func address(_ server: ServerOptions) throws(ProgramFailure) -> ServerAddress {
    let variable = urlVariables.first { environment($0) != nil }
    let text = server.baseURL ?? variable.flatMap(environment) ?? "http://localhost:4000"
    do throws(ServerAddress.Invalid) {
      return try ServerAddress(text)
    } catch {
      if server.baseURL != nil { throw ProgramFailure(.usage, "--base-url: \(error.message)") }
      throw ProgramFailure(.configuration, "\(variable ?? ""): \(error.message)")
    }
  }

  private static func key(_ server: ServerOptions) throws(ProgramFailure) -> APIKey {
    let key: APIKey
    if let file = server.apiKeyFile {
      guard access(file, R_OK) == 0 else { throw missing("--api-key-file", file) }
      key = APIKey(.file(FilePath(file)))
    } else {
      let value = keyVariables.lazy.compactMap(environment).first
      if let value, value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
        let name = keyVariables.first { environment($0) != nil } ?? ""
        throw ProgramFailure(.configuration, "\(name): holds a control character (a line end?); allowed is one key")
      }
      key = APIKey(value.map { .value($0) } ?? .none)
    }
    return key
  }

  private static func model(_ requests: RequestOptions) throws(ProgramFailure) -> String {
    if let model = requests.model { return model }
    guard let model = environment("HYPERGUILD_LOCAL_MODEL") else { return CompletionOptions().model }
    guard !model.isEmpty else {
      throw ProgramFailure(.configuration, "HYPERGUILD_LOCAL_MODEL is empty: a model's name is allowed")
    }
    return model
  }

  private static func text(of file: String) throws(ProgramFailure) -> String {
    var bytes: [UInt8] = []
    do {
      let descriptor = try FileDescriptor.open(file, .readOnly)
      defer { try? descriptor.close() }
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = try chunk.withUnsafeMutableBytes({ try descriptor.read(into: $0) }), count > 0 {
        bytes.append(contentsOf: chunk[..<count])
      }
    } catch {
      throw ProgramFailure(.noInput, "--system-file \(file): \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ProgramFailure(.usage, "--system-file \(file): the file is not UTF-8")
    }
    return text
  }

  private static func missing(_ option: String, _ file: String) -> ProgramFailure {
    ProgramFailure(.noInput, "\(option) \(file): \(Errno(rawValue: errno))")
  }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
