import NDJSON
import Platform
public import Servers
public import SystemPackage

/// Evidence from a brain server, which is asked for the pass rate of each skill:
/// `GET {url}/pass-rate?skill=S&window=7d` answers `{"pass_rate":0.94}`, or null.
///
/// A server that does not answer as it should is left alone for a few seconds, here and in the other processes of this
/// user: a thousand skills must not wait a thousand times. A process that asks again and again waits longer each time.
public struct ServerEvidence: EvidenceSource {
  /// Where and how to ask.
  public struct Server: Sendable {
    /// The server; `/pass-rate` is added.
    public let brain: BrainServer
    /// How far back the server looks, as `7d`.
    public let window: String
    /// How long an answer may take, in seconds.
    public let timeout: Double

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - brain: The server; `/pass-rate` is added.
    ///   - window: How far back the server looks, as `7d`.
    ///   - timeout: In seconds.
    public init(_ brain: BrainServer, window: String, timeout: Double = 1) {
      self.brain = brain
      self.window = window
      self.timeout = timeout
    }

    /// The address for messages.
    public var maskedURL: String { brain.url.shown }
  }

  private let server: Server
  private let caches: FilePath?
  private let lifetime: Double
  private let warn: (String) -> Void
  /// How long a failure is believed, in seconds; and how long at most, after many of them.
  private static let shortestPause = 5.0, longestPause = 60.0
  /// When answers are too old, in seconds of the monotonic clock.
  private var expiry = -Double.infinity
  /// When a server that failed may be asked again, in seconds of the monotonic clock; nil after an answer.
  private var pauseEnd: Double?
  private var pause = Self.shortestPause
  private var hasWarned = false

  /// Makes a source; nothing is asked yet.
  ///
  /// - Parameters:
  ///   - server: Where and how to ask.
  ///   - caches: The folder of caches, if answers are kept for other processes.
  ///   - lifetime: How long answers hold, in seconds.
  ///   - warn: Tells the user why no rate is known.
  public init(_ server: Server, caches: FilePath?, lifetime: Double, warn: @escaping (String) -> Void) {
    self.server = server
    self.caches = caches
    self.lifetime = lifetime
    self.warn = warn
  }

  /// Forgets answers that are too old, and failures.
  public mutating func refresh() -> Bool {
    let instant = MonotonicTime.now.seconds(since: .past)
    let mayAskAgain = pauseEnd.map { instant >= $0 } ?? false
    guard instant >= expiry || mayAskAgain else { return false }
    if mayAskAgain { pauseEnd = nil }
    if instant >= expiry { expiry = lifetime > 0 ? instant + lifetime : .infinity }
    return true
  }

  /// The server's answer, or the one that it gave before.
  public mutating func evidence(for skill: String?, chain: ModelChain) -> SkillEvidence {
    guard let skill else { return .none }
    let now = WallClock.seconds
    let answerCache = cache("skill \(skill)", lifetime)
    if let rate = keptRate(answerCache, now) { return SkillEvidence(rate: rate, samples: nil, estimate: nil) }
    guard pauseEnd == nil else { return .none }
    let failureCache = cache("failure", Self.shortestPause)
    if let failure = keptFailure(failureCache, now) { return paused(failure.reason, failure.age) }
    do throws(Failure) {
      let rate = try ask(skill)
      pause = Self.shortestPause
      answerCache?.write(Self.row(rate), count: 1, now: now)
      return SkillEvidence(rate: rate, samples: nil, estimate: nil)
    } catch {
      let row = JSONWriter.bytes { writer in writer.object { $0.member("reason", error.reason) } }
      failureCache?.write(row + [0x0A], count: 1, now: WallClock.seconds)
      defer { pause = min(pause * 2, Self.longestPause) }
      return paused(error.reason, 0)
    }
  }

  /// No rate is known for a while; each process says so once.
  private mutating func paused(_ reason: String, _ age: Double) -> SkillEvidence {
    if !hasWarned { warn("\(server.maskedURL)/pass-rate: \(reason); no pass rate is known") }
    hasWarned = true
    pauseEnd = MonotonicTime.now.seconds(since: .past) + pause - age
    return .none
  }

  /// Nothing: the server says no counts.
  public func traffic() -> [GainPolicy.Traffic] { [] }

  private struct Failure: Error {
    let reason: String
  }

  private func ask(_ skill: String) throws(Failure) -> Double? {
    let path = "/pass-rate?skill=\(percentEncoded(skill))&window=\(percentEncoded(server.window))"
    var request = server.brain.request(.get, path, seconds: server.timeout)
    request.maximum = 64 << 10
    let response: HTTPResponse
    do throws(HTTPFailure) { response = try request.send() } catch { throw Failure(reason: error.description) }
    guard response.status == 200 else { throw Failure(reason: "HTTP status \(response.status)") }
    let result = response.body.withUnsafeBytes { Self.rate(in: $0) }
    return try result.get()
  }

  private static func rate(in body: UnsafeRawBufferPointer) -> Result<Double?, Failure> {
    let parser = JSONParser()
    guard let record = try? parser.record(body), let value = record["pass_rate"] else {
      return .failure(Failure(reason: "the answer has no 'pass_rate'"))
    }
    if value.isNull { return .success(nil) }
    guard let rate = value.double, (0...1).contains(rate) else {
      return .failure(Failure(reason: "'pass_rate' is not a number from 0 to 1"))
    }
    return .success(rate)
  }

  private func cache(_ what: String, _ lifetime: Double) -> CacheFile? {
    caches.map {
      CacheFile(
        directory: $0, source: "server \(server.window) \(server.brain.url.appending("")) \(what)", lifetime: lifetime)
    }
  }

  /// Nil when no answer is kept; an answer that was null is kept too.
  private func keptRate(_ cache: CacheFile?, _ now: Double) -> Double?? {
    var rate: Double??
    let found = cache?.read(now: now) { record in
      guard let value = record["pass_rate"] else { return false }
      rate = .some(value.double)
      return true
    }
    return found == nil ? nil : rate
  }

  private func keptFailure(_ cache: CacheFile?, _ now: Double) -> (reason: String, age: Double)? {
    var reason: String?
    let found = cache?.read(now: now) { record in
      reason = record["reason"]?.string
      return reason != nil
    }
    guard let found, let reason else { return nil }
    return (reason, now - found)
  }

  private static func row(_ rate: Double?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { object in
      object.name("pass_rate")
      if let rate { object.double(rate) } else { object.null() }
    }
    return writer.bytes + [0x0A]
  }
}

/// RFC 3986: everything but the unreserved characters.
private func percentEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      encoded.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
  }
  return encoded
}
