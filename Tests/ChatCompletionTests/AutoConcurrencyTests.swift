import Platform
import TestSupport
import Testing

@testable import ChatCompletion

/// `-j auto` against simulated servers, on a clock of their own: what counts are levels, refusals and the time that the
/// server says has passed, which is the same on any machine.
@Suite("-j auto")
struct AutoConcurrencyTests {
  /// A server, and what it may do at best.
  private struct Server: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Answers at once; more wait, or are refused.
    let slots: Int
    /// Seconds for an answer.
    let service: Double
    /// By how much a service time differs, as a share of it.
    var jitter = 0.0
    var refuses = false
    /// How much longer each answer takes for each other one in work: a GPU that serves a batch.
    var drag = 0.0
    /// How much of the throughput of the best fixed level is wanted, with all that it takes to find a level.
    var share = 0.9
    /// What `-j auto` may settle at.
    let levels: ClosedRange<Int>
    var ceiling = 512
    var requests = 4000
  }

  private static let servers = [
    Server(testDescription: "one at a time", slots: 1, service: 0.2, levels: 1...2, requests: 1000),
    Server(testDescription: "8 slots", slots: 8, service: 0.5, levels: 8...9),
    Server(testDescription: "20 slots, service times all the same", slots: 20, service: 0.05, levels: 18...48),
    Server(testDescription: "20 slots, service times differ", slots: 20, service: 0.05, jitter: 0.5, levels: 18...38),
    Server(testDescription: "64 slots", slots: 64, service: 0.5, jitter: 0.2, levels: 57...76),
    Server(testDescription: "200 slots", slots: 200, service: 1, jitter: 0.3, levels: 185...290, requests: 20_000),
    Server(
      testDescription: "more than is allowed", slots: 5000, service: 1, levels: 100...100, ceiling: 100,
      requests: 10_000),
    Server(
      testDescription: "refuses above 16", slots: 16, service: 0.1, jitter: 0.2, refuses: true, levels: 15...16),
    Server(testDescription: "refuses above 50, in step", slots: 50, service: 0.1, refuses: true, levels: 45...50),
    Server(
      testDescription: "refuses above 128", slots: 128, service: 0.05, jitter: 0.2, refuses: true, levels: 120...128,
      requests: 12_000),
    Server(testDescription: "refuses above 3", slots: 3, service: 0.1, jitter: 0.2, refuses: true, levels: 2...3),
    Server(
      testDescription: "each answer slows the others", slots: 1000, service: 0.1, jitter: 0.1, drag: 0.05,
      share: 0.85, levels: 60...512, requests: 20_000),
  ]

  @Test("finds the level of a server, within 10 % of the best fixed one", arguments: servers)
  private func finds(_ server: Server) {
    let found = Simulation(server).run(auto: AutoConcurrency(ceiling: server.ceiling))
    #expect(server.levels.contains(found.limit), "\(found)")
    #expect(found.refusals <= server.slots + 20, "\(found)")
    let best = Simulation(server).run(fixed: min(server.slots, server.ceiling))
    #expect(found.rate >= server.share * best.rate, "\(found), at best \(best)")
    #expect(found.most <= max(server.slots * 7, 16), "\(found)")
  }

  @Test("goes up again when the server got faster, and down when it got slower")
  func adapts() {
    var simulation = Simulation(Self.servers[3])
    var auto = AutoConcurrency(ceiling: 512)
    simulation.run(&auto, requests: 4000)
    #expect((18...38).contains(auto.limit), "\(auto.limit)")
    simulation.slots = 100
    simulation.run(&auto, requests: 40_000)
    #expect(auto.limit >= 80, "\(auto.limit)")
    simulation.slots = 10
    simulation.run(&auto, requests: 40_000)
    #expect(auto.limit <= 40, "\(auto.limit)")
  }

  @Test("makes nobody wait longer than answers may take")
  func longAnswers() {
    var simulation = Simulation(Server(testDescription: "", slots: 1, service: 5, levels: 1...1))
    var auto = AutoConcurrency(ceiling: 512, longestLatency: 60)
    simulation.run(&auto, requests: 200)
    #expect(simulation.most <= 8 && auto.limit <= 2, "\(simulation.most), \(auto.limit)")
  }

  @Test("halves nothing for one failure, and backs off when many fail")
  func troubles() {
    var auto = AutoConcurrency(ceiling: 512)
    var simulation = Simulation(Self.servers[4])
    simulation.run(&auto, requests: 4000)
    let before = auto.limit
    var time = simulation.now
    func fail(_ count: Int) {
      for _ in 0..<count {
        let started = time
        time = time.adding(seconds: 1)
        _ = auto.finished(.troubled, started: started, round: nil, running: before, now: time)
      }
    }
    fail(1)
    #expect(auto.limit == before)
    fail(before)
    #expect(auto.limit <= before * 7 / 10 && auto.limit >= 1)
  }

  @Test("a rate that is refused at any level holds back")
  func rate() {
    var auto = AutoConcurrency(ceiling: 512)
    var time = MonotonicTime.past.adding(seconds: 1)
    var holds = 0
    for _ in 0..<50 {
      let started = time
      time = time.adding(seconds: 1)
      if !auto.finished(.refused, started: started, round: nil, running: 0, now: time) { holds += 1 }
    }
    #expect(auto.limit == 1 && holds >= 48, "\(auto.limit), \(holds)")
  }

  /// A server with slots and a client that keeps as many requests on their way as it may; events in the order of time.
  private struct Simulation {
    struct Result {
      let limit: Int
      let most: Int
      let refusals: Int
      /// Answers a second.
      let rate: Double
    }

    private struct Request {
      let started: MonotonicTime
      let round: Int?
      let isRefused: Bool
    }

    var slots: Int
    private(set) var now = MonotonicTime.past.adding(seconds: 1)
    private let server: Server
    private var generator = SeededGenerator(seed: 7)
    /// What is in work, by the moment it ends; then what waits for a slot.
    private var inWork: [(end: MonotonicTime, request: Request)] = []
    private var queue: [Request] = []
    private(set) var most = 0
    private var refusals = 0
    private var answers = 0

    init(_ server: Server) {
      self.server = server
      slots = server.slots
    }

    func run(auto: AutoConcurrency) -> Result {
      var (copy, auto) = (self, auto)
      copy.run(&auto, requests: server.requests)
      return copy.result(auto.limit)
    }

    func run(fixed: Int) -> Result {
      var copy = self
      copy.run(requests: server.requests, limit: { fixed }, started: { _ in nil }, finished: { _, _, _, _ in })
      return copy.result(fixed)
    }

    mutating func run(_ auto: inout AutoConcurrency, requests: Int) {
      var own = auto
      run(
        requests: requests, limit: { own.limit }, started: { own.started(running: $0) },
        finished: { request, isRefused, running, now in
          _ = own.finished(
            isRefused ? .refused : .answered, started: request.started, round: request.round, running: running, now: now
          )
        })
      auto = own
    }

    private func result(_ limit: Int) -> Result {
      Result(
        limit: limit, most: most, refusals: refusals,
        rate: Double(answers) / now.seconds(since: MonotonicTime.past.adding(seconds: 1)))
    }

    private mutating func run(
      requests: Int, limit: () -> Int, started: (Int) -> Int?, finished: (Request, Bool, Int, MonotonicTime) -> Void
    ) {
      let goal = answers + requests
      while answers < goal {
        while inWork.count + queue.count < limit() {
          let running = inWork.count + queue.count + 1
          let taken = inWork.count { !$0.request.isRefused }
          let isRefused = server.refuses && taken >= slots
          let request = Request(started: now, round: started(running), isRefused: isRefused)
          if isRefused {
            // A refusal takes a millisecond.
            inWork.append((now.adding(seconds: 0.001), request))
          } else if taken < slots {
            begin(request)
          } else {
            queue.append(request)
          }
          most = max(most, inWork.count + queue.count)
        }
        guard let next = inWork.indices.min(by: { inWork[$0].end < inWork[$1].end }) else { return }
        let (end, request) = inWork.remove(at: next)
        now = end
        if request.isRefused { refusals += 1 } else { answers += 1 }
        if !queue.isEmpty && inWork.count < slots { begin(queue.removeFirst()) }
        finished(request, request.isRefused, inWork.count + queue.count, now)
      }
    }

    private mutating func begin(_ request: Request) {
      let spread = 1 + server.jitter * Double.random(in: -1...1, using: &generator)
      let seconds = server.service * spread * (1 + server.drag * Double(inWork.count))
      inWork.append((now.adding(seconds: seconds), request))
    }
  }
}
