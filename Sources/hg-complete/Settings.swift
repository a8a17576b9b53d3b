import ChatCompletion
import CommandSupport
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Options and environment together: what the run is made of.
struct Settings {
  let address: BaseURL
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

  private static func address(_ server: ServerOptions) throws(ProgramFailure) -> BaseURL {
    do throws(ServerSettings.Invalid) {
      return try ServerSettings.baseURL(option: server.baseURL)
    } catch {
      throw ProgramFailure(error, option: "--base-url")
    }
  }

  private static func key(_ server: ServerOptions) throws(ProgramFailure) -> APIKey {
    if let file = server.apiKeyFile {
      do throws(Errno) { return try APIKey(file: FilePath(file)) } catch {
        throw ProgramFailure(.noInput, "--api-key-file \(file): \(error)")
      }
    }
    do throws(ServerSettings.Invalid) { return try ServerSettings.key() } catch {
      throw ProgramFailure(error, option: "")
    }
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
