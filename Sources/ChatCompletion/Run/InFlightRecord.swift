import Platform
import Servers

/// One try of one model, as `attempts` keeps it.
struct Attempt {
  let model: String
  let status: Int?
  var error: CompletionFailure.Kind?
  /// How long it took; nil in a batch, where that says nothing about the model.
  let milliseconds: Int?
  /// What it cost in US dollars; nil is unknown.
  let cost: Double?
  /// The tokens it used, as the server says it: JSON on one line.
  let usage: [UInt8]?
  /// Why its answer was rejected.
  var feedback: String?
}

/// A record between its being read and its being written.
///
/// `@unchecked Sendable`: the run's thread has it for itself until it hands it on to be written; from then on it is only
/// read.
final class InFlightRecord: @unchecked Sendable {
  /// What the scheduler knows of it.
  struct Schedule {
    /// Which of the models is asked.
    var modelIndex = 0
    /// How often this model was asked again.
    var retries = 0
    /// How often this model was asked again because its answer was rejected.
    var repairs = 0
    /// Not to be asked before.
    var notBefore = MonotonicTime.past
    /// Not to be asked, or waited for, any longer.
    var deadline = MonotonicTime.never
    /// The tokens that were reserved for the request on its way.
    var reservedTokens = 0.0
    /// The measurement of `AutoConcurrency` that the request on its way counts in.
    var round: Int?
    /// What the request on its way, or the last one, left out because its model does not take it.
    var sentWithout: Set<String> = []
    /// The last failure of a model that did not refuse the key.
    var ownFailure: CompletionFailure?
  }

  /// The request that is on its way.
  struct Transmission {
    let transfer: HTTPTransfer
    /// Nil when the answer comes in one piece.
    var stream: StreamAssembler?
    /// Whether only what the server may add behind the end is waited for.
    var isEnding = false
  }

  /// Its place in the output.
  let number: Int
  /// Its line in the input, from 1.
  let lineNumber: Int
  /// The line itself.
  let line: [UInt8]
  /// Where an answer can be put in as it is; nil when the record has such members already.
  let placeToAdd: Int?
  private(set) var request: ChatRequest
  /// Whether an answer to it may be kept, or be one that was.
  let usesCache: Bool

  var schedule = Schedule()
  var transmission: Transmission?
  /// When the first request was started.
  private(set) var started: MonotonicTime?
  /// Whether the answer is one that was kept: nothing was sent.
  private(set) var isFromCache = false
  private(set) var attempts: [Attempt] = []
  /// What came of an answer that failed, as a JSON string.
  private(set) var partialText: [UInt8]?
  /// From the start of the attempt to the first content, in milliseconds.
  var firstContent: Int?
  /// Whether a piece of the answer was written already: it cannot be taken back.
  var hasShownText = false
  /// Whether only a batch may answer it: nothing is asked at the full price.
  var isBatchOnly = false
  /// The last answer that is or was judged; nil when none is.
  var answer: JudgedAnswer?
  /// What came of it, and when: the line can be put together.
  private(set) var outcome: (result: AttemptOutcome, moment: MonotonicTime)?
  /// Why it failed, although an answer came.
  private(set) var failure: CompletionFailure?
  private var digits: [UInt8]?

  init(
    number: Int, lineNumber: Int, line: [UInt8], placeToAdd: Int?, request: ChatRequest, hash: [UInt8]? = nil,
    usesCache: Bool = false
  ) {
    self.number = number
    self.lineNumber = lineNumber
    self.line = line
    self.placeToAdd = placeToAdd
    self.request = request
    // A cache is asked for it, and gets it again.
    digits = hash ?? (usesCache ? RequestHash.hex(of: request.identity) : nil)
    self.usesCache = usesCache
  }

  /// The model that is asked.
  var model: String { request.models[schedule.modelIndex] }

  /// The request's hash. Made when the line is put together, if nobody needs it before: there it does not hold requests
  /// up.
  var hash: [UInt8] { digits ?? RequestHash.hex(of: request.identity) }

  /// What all its attempts cost in US dollars; nil when no price is known. What was kept costs nothing.
  var cost: Double? {
    if isFromCache { return 0 }
    return attempts.reduce(nil) { sum, attempt in attempt.cost.map { (sum ?? 0) + $0 } ?? sum }
  }

  /// The tokens of the last attempt that says so, as JSON on one line.
  var usage: [UInt8]? { attempts.last { $0.usage != nil }?.usage }

  /// How long it took, in milliseconds; nil when nothing was sent.
  var duration: Int? {
    // It does not include checks: it tells how long a model takes.
    guard let started, let moment = answer?.moment ?? outcome?.moment else { return nil }
    return moment.milliseconds(since: started)
  }

  /// What it keeps in memory, in bytes; roughly.
  var size: Int {
    let own = line.count + request.identity.bytes.count + 1024
    let last = outcome?.result ?? self.answer?.outcome
    guard let last, case .success(let answer) = last.result else { return own }
    return own + (answer.text?.count ?? 0) + last.body.count
  }

  /// Makes the hash now, which takes time, to keep no more memory than is needed.
  func shrink() {
    digits = hash
    request.forgetBody()
  }

  /// Notes that an answer was kept.
  ///
  /// - Parameter moment: When it was found.
  func beginFromCache(at moment: MonotonicTime) {
    started = moment
    isFromCache = true
  }

  /// Goes back to where nothing was asked: the answer that was kept was rejected.
  func dropCached() {
    started = nil
    isFromCache = false
    answer = nil
  }

  /// Notes that a request is on its way.
  func begin(_ transfer: HTTPTransfer) {
    if started == nil { started = transfer.started }
    firstContent = nil
    transmission = Transmission(transfer: transfer, stream: request.streams ? StreamAssembler() : nil)
  }

  /// Notes what came of the request.
  ///
  /// - Parameters:
  ///   - attempt: The try.
  ///   - partial: What there is of an answer that counts as none.
  func end(_ attempt: Attempt, partialText partial: [UInt8]? = nil) {
    attempts.append(attempt)
    partialText = transmission?.stream?.partialText ?? partial
    transmission = nil
  }

  /// Notes that an answer that came does not count in the end.
  ///
  /// - Parameters:
  ///   - kind: Why.
  ///   - feedback: Why, in the words of the schema or the check.
  func failLastAttempt(_ kind: CompletionFailure.Kind, feedback: String? = nil) {
    guard let last = attempts.indices.last, attempts[last].error == nil else { return }
    attempts[last].error = kind
    attempts[last].feedback = feedback
  }

  /// Asks something else from now on; the hash stays that of what was asked first.
  func ask(_ request: ChatRequest) {
    digits = hash
    self.request = request
  }

  /// Ends the record; nothing of it changes once it is handed on.
  func end(_ result: AttemptOutcome, at moment: MonotonicTime) { outcome = (result, moment) }

  /// Ends a record that failed although an answer came: the answer stays.
  func end(_ answer: JudgedAnswer, _ failure: CompletionFailure) {
    self.failure = failure
    outcome = (answer.outcome, answer.moment)
  }
}
