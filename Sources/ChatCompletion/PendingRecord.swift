import HTTPClient
import NDJSON

/// One try of one model, as `attempts` keeps it.
struct AttemptNote {
  let model: String
  let status: Int?
  let error: CompletionFailure.Kind?
  let milliseconds: Int
}

/// A record between its being read and its being written.
final class PendingRecord {
  /// Its place in the output.
  let number: Int
  /// Its line in the input, from 1.
  let lineNumber: Int
  /// The line itself.
  let line: [UInt8]
  /// Where an answer can be put in as it is; nil when the record has such members already.
  let placeToAdd: Int?
  let request: ChatRequest
  let hash: [UInt8]

  /// Which of the models is asked.
  var modelIndex = 0
  /// How often this model was asked again.
  var retries = 0
  var attempts: [AttemptNote] = []
  /// Not to be asked before.
  var notBefore = MonotonicTime.past
  /// When the first request was started.
  var started: MonotonicTime?
  var deadline = MonotonicTime.never
  var transfer: HTTPTransfer?
  var stream: StreamAssembler?
  /// From the start of the attempt to the first content, in milliseconds.
  var firstContent: Int?
  /// Whether a piece of the answer was written already.
  var hasShownText = false
  /// The tokens that were reserved for the request on its way.
  var reservedTokens = 0.0

  init(number: Int, lineNumber: Int, line: [UInt8], placeToAdd: Int?, request: ChatRequest, hash: [UInt8]) {
    self.number = number
    self.lineNumber = lineNumber
    self.line = line
    self.placeToAdd = placeToAdd
    self.request = request
    self.hash = hash
  }

  var model: String { request.models[modelIndex] }

  func milliseconds(at now: MonotonicTime) -> Int? { started.map { now.milliseconds(since: $0) } }
}
