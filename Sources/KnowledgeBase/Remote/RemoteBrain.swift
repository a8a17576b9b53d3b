import NDJSON
import Platform
public import Servers

#if canImport(Glibc)
  import Glibc
#endif

/// A brain behind an ingestion server: `POST /query` and `POST /write`.
public struct RemoteBrain: Sendable {
  private let server: BrainServer
  private let timeout: Double

  /// Describes a server.
  ///
  /// - Parameters:
  ///   - server: Its address and token.
  ///   - timeout: For one request, in seconds.
  public init(_ server: BrainServer, timeout: Double = 10) {
    self.server = server
    self.timeout = timeout
  }

  /// Finds notes.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - limit: The most notes.
  /// - Returns: Best first, as the server orders them.
  /// - Throws: `server` when it cannot be reached or its answer cannot be used.
  public func search(_ text: String, limit: Int) throws(KnowledgeError) -> [SearchResult] {
    var request = JSONWriter()
    request.object { object in
      object.member("query", text)
      object.member("limit", limit)
    }
    return try answer("/query", request.bytes) { (answer) -> [SearchResult]? in
      guard let results = answer["results"], results.kind == .array || results.isNull else { return nil }
      var found: [SearchResult] = []
      for result in results.elements.prefix(limit) {
        guard let path = result["path"]?.string else { return nil }
        found.append(
          SearchResult(
            path: path, title: result["title"]?.string ?? Note.name(of: path), excerpt: result["excerpt"]?.string ?? "",
            score: result["score"]?.finiteDouble ?? 0))
      }
      return found
    }
  }

  /// Writes a note.
  ///
  /// - Parameter draft: The note. Title and tags, which the server does not know, go into the content's front matter.
  /// - Returns: The path that the server gave it.
  /// - Throws: `server`, or `invalid` when the note is malformed.
  public func write(_ draft: NoteDraft) throws(KnowledgeError) -> String {
    guard draft.content.contains(where: { !$0.isWhitespace }) else { throw .invalid("a note needs content") }
    let name = try draft.wantedName() ?? draft.madeName(at: WallClock.nanoseconds)
    var inner = draft
    inner.type = nil
    inner.domain = nil
    let hasHead = draft.title != nil || !draft.tags.isEmpty || draft.source != nil
    var request = JSONWriter()
    request.object { object in
      object.member("content", hasHead ? String(decoding: inner.file, as: UTF8.self) : draft.content)
      object.member("filename", name)
      object.member("type", draft.type ?? "")
      object.member("domain", draft.domain ?? "")
    }
    return try answer("/write", request.bytes) { $0["path"]?.string }
  }

  private func answer<Result>(_ path: String, _ body: [UInt8], _ read: (JSONValue) -> Result?)
    throws(KnowledgeError) -> Result
  {
    let url = server.url.shown
    let response: HTTPResponse
    do throws(HTTPFailure) {
      response = try server.request(.post, path, body: body, seconds: timeout).send()
    } catch {
      throw .noServer("\(url)\(path): \(error)")
    }
    guard response.isSuccess else {
      let hint = response.status == 401 || response.status == 403 ? "; is BRAIN_TOKEN right?" : ""
      let message = "\(url)\(path): HTTP status \(response.status)\(hint)"
      throw [401, 403, 404, 405, 407].contains(response.status) ? .noServer(message) : .server(message)
    }
    let result = response.body.withUnsafeBytes { bytes in (try? JSONParser().parse(bytes)).flatMap { read($0.value) } }
    guard let result else { throw .server("\(url)\(path): the answer is not what a brain server sends") }
    return result
  }
}
