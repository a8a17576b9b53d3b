import NDJSON
import Platform
import Servers

/// One try of one model, as `attempts` keeps it.
struct AttemptNote {
  let model: String
  let status: Int?
  let error: CompletionFailure.Kind?
  let milliseconds: Int
}

/// A record between its being read and its being written.
///
/// `@unchecked Sendable`: the run's thread has it for itself until it hands it on to be written; from then on it is only
/// read.
final class InFlightRecord: @unchecked Sendable {
  /// Its place in the output.
  let number: Int
  /// Its line in the input, from 1.
  let lineNumber: Int
  /// The line itself.
  let line: [UInt8]
  /// Where an answer can be put in as it is; nil when the record has such members already.
  let placeToAdd: Int?
  let request: ChatRequest
  /// Made when the line is put together, if nobody needs it before: there it does not hold requests up.
  private(set) var hash: RequestHash

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
  /// What came of it, and when: the line can be put together.
  private(set) var outcome: (result: AttemptOutcome, moment: MonotonicTime)?

  init(
    number: Int, lineNumber: Int, line: [UInt8], placeToAdd: Int?, request: ChatRequest, hash: RequestHash
  ) {
    self.number = number
    self.lineNumber = lineNumber
    self.line = line
    self.placeToAdd = placeToAdd
    self.request = request
    self.hash = hash
  }

  var model: String { request.models[modelIndex] }

  /// How long it took, in milliseconds; nil when nothing was sent.
  var duration: Int? {
    guard let started, let outcome else { return nil }
    return outcome.moment.milliseconds(since: started)
  }

  /// What it keeps in memory, in bytes; roughly.
  var size: Int {
    let own = line.count + hash.size + 1024
    guard case .success(let answer) = outcome?.result.result else { return own }
    return own + (answer.text?.count ?? 0) + (outcome?.result.body.count ?? 0)
  }

  /// Makes the hash now, which takes time, to keep no more memory than needed.
  func shrink() { hash.make() }

  /// Ends it; nothing of it changes once it is handed on.
  func end(_ result: AttemptOutcome, at moment: MonotonicTime) { outcome = (result, moment) }
}
