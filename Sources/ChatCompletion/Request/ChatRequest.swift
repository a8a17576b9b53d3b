import AnswerChecking
import NDJSON
import Servers

/// What a record asks for, ready to be sent to each of its models.
struct ChatRequest {
  /// The models to ask, in order; never empty.
  let models: [String]
  /// The record's `id` or `custom_id` as it stands there; empty when there is none.
  let id: [UInt8]
  /// Whether the answer is to be streamed.
  let streams: Bool
  /// The body for the first model, without what only chooses the way the answer comes: what the hash is made of.
  private(set) var identity: HTTPBody
  /// Where the model's name is in it, as a JSON string.
  let modelPlace: Range<Int>
  /// Members that choose the way the answer comes, as JSON with commas between them; mostly none.
  let transport: [UInt8]

  /// What the answer must fit; nil when nobody says.
  var schema: AnswerSchema?
  /// Whether the schema was put into the body here, as its `response_format`.
  var addsFormat = false
  /// Headers of this request alone.
  var headers: [(name: String, value: String)] = []

  /// Lets go of the body, when nothing more is to be sent.
  mutating func forgetBody() { identity = HTTPBody([]) }

  /// The body to send.
  ///
  /// - Parameter modelIndex: Which of the models is asked.
  /// - Returns: A JSON object.
  func body(modelIndex: Int) -> HTTPBody {
    guard modelIndex > 0 || !transport.isEmpty else { return identity }
    let bytes = identity.bytes
    var body: [UInt8] = []
    body.reserveCapacity(bytes.count + transport.count + 64)
    if modelIndex == 0 {
      body.append(contentsOf: bytes)
    } else {
      body.append(contentsOf: bytes[..<modelPlace.lowerBound])
      var name = JSONWriter()
      name.string(models[modelIndex])
      body.append(contentsOf: name.bytes)
      body.append(contentsOf: bytes[modelPlace.upperBound...])
    }
    if !transport.isEmpty, let closing = body.lastIndex(of: UInt8(ascii: "}")) {
      // There is a model in front of it.
      body.insert(contentsOf: [UInt8(ascii: ",")] + transport, at: closing)
    }
    return HTTPBody(body)
  }
}
