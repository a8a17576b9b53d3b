import ArgumentParser
import CommandSupport
import KnowledgeBase
import Servers
import SystemPackage

/// A brain on this machine or behind a server.
struct KnowledgeOptions: ParsableArguments {
  @OptionGroup var brain: BrainOptions

  @Option(
    help: ArgumentHelp(
      "Ask this brain server instead (BRAIN_URL; its bearer is in BRAIN_TOKEN).", valueName: "url"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      """
      Search by meaning too, with vectors of this model from LITELLM_BASE_URL (or LITELLM_PROXY_URL, OPENAI_BASE_URL, \
      OPENAI_API_BASE; default http://localhost:4000) and the key in LITELLM_API_KEY (or LITELLM_PROXY_API_KEY, \
      OPENAI_API_KEY).
      """, valueName: "model"))
  var embed: String?

  func validate() throws {
    if embed == "" { throw ValidationError("--embed needs a model") }
    if embed != nil && url != nil { throw ValidationError("--embed goes with a brain on this machine, not with --url") }
  }

  /// What the options say, as a plain value.
  var source: KnowledgeSource { KnowledgeSource(brain: brain.path, url: url, embed: embed) }
}

/// Where knowledge comes from: what the options say, completed by the environment.
struct KnowledgeSource {
  var brain: String?
  var url: String?
  var embed: String?

  /// The brain's directory.
  func directory() throws(ProgramFailure) -> String { try BrainOptions.directory(path: brain).string }

  /// The server of the embedding model, if one is named.
  func embeddings() throws(ProgramFailure) -> EmbeddingServer? {
    guard let embed else { return nil }
    do throws(ServerSettings.Invalid) {
      let key = try ServerSettings.key()
      // A key from a variable is read without a file, and so without an error.
      return EmbeddingServer(model: embed, base: try ServerSettings.baseURL(option: nil), key: try? key.current())
    } catch {
      throw ProgramFailure(error, option: "")
    }
  }

  /// The brain server, if one is named.
  func remote() throws(ProgramFailure) -> RemoteBrain? {
    do throws(ServerSettings.Invalid) {
      return try ServerSettings.brain(option: url).map { RemoteBrain($0) }
    } catch {
      throw ProgramFailure(error, option: "--url")
    }
  }
}

/// What is searched, opened when it is needed first.
///
/// A class because a filter opens it once and uses it for every record.
final class Knowledge {
  private let directory: String
  private let remote: RemoteBrain?
  private let checked: Bool
  private let embeddings: EmbeddingServer?
  private var opened: KnowledgeBase?
  private var failures = ServerFailures()
  /// Why it could not be opened: that is not tried again for each record.
  private var refusal: KnowledgeError?
  private var warned: Set<String> = []

  init(_ source: KnowledgeSource, checked: Bool = true) throws(ProgramFailure) {
    remote = try source.remote()
    directory = remote == nil ? try source.directory() : ""
    self.checked = checked
    embeddings = remote == nil ? try source.embeddings() : nil
  }

  func search(_ text: String, limit: Int, excerptBytes: Int) throws(KnowledgeError) -> [SearchResult] {
    guard KnowledgeBase.asks(text) else { return [] }
    if let remote { return try failures.ask { () throws(KnowledgeError) in try remote.search(text, limit: limit) } }
    let knowledge = try local()
    defer { knowledge.takeWarnings().forEach(warn) }
    return try knowledge.search(text, limit: limit, excerptBytes: excerptBytes)
  }

  func context(for task: String, limit: Int, maxBytes: Int) throws(KnowledgeError) -> ContextBlock? {
    guard KnowledgeBase.asks(task) else { return nil }
    if let remote {
      let found = try failures.ask { () throws(KnowledgeError) in try remote.search(task, limit: limit) }
      return ContextBlock(found, maxBytes: maxBytes)
    }
    let knowledge = try local()
    defer { knowledge.takeWarnings().forEach(warn) }
    return try knowledge.context(for: task, limit: limit, maxBytes: maxBytes)
  }

  /// Tells a person, the same thing once.
  func warn(_ text: String) {
    if warned.insert(text).inserted { Diagnostics.brain.message(text) }
  }

  private func local() throws(KnowledgeError) -> KnowledgeBase {
    if let opened { return opened }
    if let refusal { throw refusal }
    do throws(KnowledgeError) {
      let knowledge = try KnowledgeBase(brain: directory, checked: checked, embeddings: embeddings)
      opened = knowledge
      return knowledge
    } catch {
      refusal = error
      throw error
    }
  }
}
