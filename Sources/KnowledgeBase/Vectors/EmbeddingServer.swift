import CKnowledgeBase
import NDJSON
public import Servers

/// A server that turns texts into vectors: `POST {base}/v1/embeddings`, as OpenAI and LiteLLM have it.
public struct EmbeddingServer: Sendable {
  /// The model's name.
  public let model: String
  private let url: String
  private let key: String?

  /// Describes a server.
  ///
  /// - Parameters:
  ///   - model: The model's name, as the server knows it.
  ///   - base: Its address.
  ///   - key: Sent as `Authorization: Bearer`.
  public init(model: String, base: BaseURL, key: String?) {
    self.model = model
    self.key = key
    url = base.url("embeddings")
  }

  /// Embeds texts.
  ///
  /// - Parameter texts: At least one.
  /// - Returns: A vector for each text, in their order, all of one dimension.
  /// - Throws: `server` when it cannot be reached or its answer cannot be used.
  func embed(_ texts: [String]) throws(KnowledgeError) -> [[Float]] {
    var request = JSONWriter()
    request.object { object in
      object.member("model", model)
      object.name("input")
      object.array { array in texts.forEach { array.string($0) } }
      object.member("encoding_format", "float")
    }
    var asked = HTTPRequest(.post, url, token: key, body: request.bytes, seconds: 120)
    asked.maximum = 256 << 20
    let response: HTTPResponse
    do throws(HTTPFailure) { response = try asked.send() } catch { throw .noServer("\(url): \(error)") }
    guard response.status == 200 else { throw .server("\(url): HTTP status \(response.status)") }
    guard let vectors = Self.vectors(response.body, count: texts.count) else {
      throw .server("\(url): the answer is not what an embedding server sends")
    }
    return vectors
  }

  private static func vectors(_ body: [UInt8], count: Int) -> [[Float]]? {
    body.withUnsafeBytes { bytes in
      guard let data = try? JSONParser().parse(bytes).value["data"] else { return nil }
      var vectors = [[Float]](repeating: [], count: count)
      for (position, item) in data.elements.enumerated() {
        let index = item["index"]?.int ?? position
        guard vectors.indices.contains(index), let numbers = item["embedding"] else { return nil }
        let vector = numbers.elements.map { $0.double.map { Float($0) } ?? .nan }
        vectors[index] = vector
      }
      guard let dimension = vectors.first?.count, (1...Int(HG_DIMENSIONS)).contains(dimension) else { return nil }
      return vectors.allSatisfy { $0.count == dimension && $0.allSatisfy(\.isFinite) } ? vectors : nil
    }
  }
}
