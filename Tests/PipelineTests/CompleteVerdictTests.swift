import Foundation
import TestSupport
import Testing

/// What a check said goes all the way: into the record, into the log, into the next route.
@Suite("hg-complete, its verdicts and the log")
struct CompleteVerdictTests {
  /// What a server and a check do with one try.
  enum Action: String, CaseIterable {
    case accept, reject, broken, empty, down
  }

  /// What came of a record, by the rules.
  struct Expected: Equatable {
    var attempts: [String] = []
    var kind: String?
    var answeredBy: String?
    var accepts: Bool?
    var requests = 0
  }

  static func expected(_ task: Int, _ models: [String], repairs: Int, _ plan: (String) -> Action) -> Expected {
    var result = Expected()
    for model in models {
      tries: for number in 1...(repairs + 1) {
        result.requests += 1
        switch plan("\(task) \(model) \(number)") {
        case .accept:
          result.attempts.append("\(model):")
          (result.kind, result.answeredBy, result.accepts) = (nil, model, true)
          return result
        case .reject:
          result.attempts.append("\(model):rejected")
          (result.kind, result.answeredBy, result.accepts) = ("rejected", model, false)
        case .broken:
          result.attempts.append("\(model):check_failed")
          (result.kind, result.answeredBy, result.accepts) = ("check_failed", model, nil)
          return result
        case .empty, .down:
          let kind = plan("\(task) \(model) \(number)") == .empty ? "empty_answer" : "server_error"
          result.attempts.append("\(model):\(kind)")
          if result.answeredBy == nil { result.kind = kind }
          break tries
        }
      }
    }
    return result
  }

  /// How hg-log counts it: one entry for each model that was judged.
  static func count(_ result: Expected, _ counts: inout [String: [Int]]) {
    guard let answeredBy = result.answeredBy else { return }
    let judged = result.attempts.lastIndex {
      ["", "rejected", "check_failed"].contains($0.split(separator: ":", omittingEmptySubsequences: false)[1])
    }
    let before = result.attempts[..<(judged ?? 0)].map { String($0.prefix { $0 != ":" }) }
    for model in Set(before).subtracting([answeredBy]) { counts[model, default: [0, 0]][1] += 1 }
    if let accepts = result.accepts { counts[answeredBy, default: [0, 0]][accepts ? 0 : 1] += 1 }
  }

  @Test(
    "random verdicts: attempts, order, verdicts and the log's counts agree with the rules",
    arguments: 1...6 as ClosedRange<UInt64>)
  func property(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let repairs = random.below(3)
    let count = 40
    let tasks = (0..<count).map { _ in Array(["a", "b", "c"].shuffled(using: &random).prefix(1 + random.below(3))) }
    var planned: [String: Action] = [:]
    let actions: [Action] = [.accept, .accept, .reject, .reject, .reject, .reject, .broken, .empty, .down]
    for (task, models) in tasks.enumerated() {
      for model in models { for number in 1...3 { planned["\(task) \(model) \(number)"] = random.pick(actions) } }
    }
    let plan = planned
    let counter = Counter()
    let server = try ScriptedServer { request, connection in
      let body = (try? CompleteTests.object(request.text)) ?? [:]
      let content = ((body["messages"] as? [[String: Any]])?.first?["content"] as? String) ?? ""
      let model = body["model"] as? String ?? ""
      let task = content.prefix { $0 != "\n" }
      switch plan["\(task) \(model) \(counter.next("\(task) \(model)"))"] ?? .down {
      case .empty: connection.answer("", model: model)
      case .down: connection.respond(500, "{}")
      case let action: connection.answer("\(action) by \(model)", model: model)
      }
    }
    let folder = try TestFolder()
    let lines = tasks.enumerated().map { task, models in
      #"{"id":\#(task),"session_id":"s","skill":"qa","user":"\#(task)","model":"\#(models[0])","fallbacks":\#(Array(models.dropFirst()))}"#
    }
    try folder.write("in", text: lines.joined(separator: "\n") + "\n")
    let check = #"case $(cat) in *'"text":"accept'*) ;; *'"text":"reject'*) echo no; exit 1 ;; *) exit 3 ;; esac"#
    try folder.write("check", text: check)
    let options = random.below(2) == 0 ? "" : "--unordered"
    let result = try folder.shell(
      """
      hg-complete --retries 0 -j 5 --repair \(repairs) --check 'sh ./check' \(options) < in 2> err | hg-log || true
      hg-log pass-rate --by model > rates
      """, environment: ["LITELLM_BASE_URL": server.url])
    let expected = tasks.enumerated().map { task, models in
      Self.expected(task, models, repairs: repairs) { plan[$0] ?? .down }
    }
    var records = try result.lines.map(CompleteTests.object)
    if options.isEmpty {
      #expect(records.map { $0["id"] as? Int } == (0..<count).map { $0 }, "\(result)")
    } else {
      records.sort { ($0["id"] as? Int ?? -1) < ($1["id"] as? Int ?? -1) }
    }
    try #require(records.count == count, "\(result)")
    for (record, rule) in zip(records, expected) {
      let verdict = (record["verdict"] as? [String: Any])?["accept"] as? Bool
      let real = Expected(
        attempts: CompleteCheckTests.attempts(record).split(separator: " ").map(String.init),
        kind: (record["error"] as? [String: Any])?["kind"] as? String, answeredBy: record["model_used"] as? String,
        accepts: verdict, requests: rule.requests)
      #expect(real == rule, "\(lines[record["id"] as? Int ?? 0])")
    }
    #expect(server.requests.count == expected.reduce(0) { $0 + $1.requests })
    var counts: [String: [Int]] = [:]
    for rule in expected { Self.count(rule, &counts) }
    let rates = try String(decoding: folder.read("rates"), as: UTF8.self).split(separator: "\n")
      .map { try CompleteTests.object(String($0)) }
    for rate in rates {
      guard let model = rate["model"] as? String else { continue }
      #expect([rate["pass"] as? Int, rate["fail"] as? Int] == (counts[model] ?? [0, 0]).map { $0 }, "\(model)")
    }
  }

  struct Logged: Sendable {
    let record: String
    /// `a:fail b:pass`.
    let entries: String
  }

  static let logged = [
    // A repair that helped: the model passed, once.
    Logged(
      record:
        #""model_used":"a","verdict":{"accept":true},"attempts":[{"model":"a","error":"rejected"},{"model":"a","error":null}]"#,
      entries: "a:pass"),
    Logged(
      record:
        #""model_used":"b","verdict":{"accept":true},"attempts":[{"model":"a","error":"rejected"},{"model":"a","error":"rejected"},{"model":"b","error":null}]"#,
      entries: "a:fail b:pass"),
    Logged(
      record:
        #""model_used":"b","verdict":{"accept":false},"error":{"stage":"hg-complete","kind":"rejected","message":"m"},"attempts":[{"model":"a","error":"rejected"},{"model":"b","error":"rejected"}]"#,
      entries: "a:fail b:fail"),
    // The server of the next model is down: that is no fault of that model's.
    Logged(
      record:
        #""model_used":"a","verdict":{"accept":false},"error":{"stage":"hg-complete","kind":"rejected","message":"m"},"attempts":[{"model":"a","error":"rejected"},{"model":"b","error":"unreachable"}]"#,
      entries: "a:fail"),
    Logged(
      record:
        #""model_used":"b","error":{"stage":"hg-complete","kind":"check_failed","message":"m"},"attempts":[{"model":"a","error":"rejected"},{"model":"b","error":"check_failed"}]"#,
      entries: "a:fail b:error"),
    Logged(
      record:
        #""model_used":"b","error":{"stage":"hg-complete","kind":"cancelled","message":"m"},"attempts":[{"model":"a","error":"rejected"},{"model":"b","error":"cancelled"}]"#,
      entries: "a:fail b:error"),
    // What an earlier answer has left in the record is no answer to this request.
    Logged(
      record:
        #""model_used":"a","error":{"stage":"hg-complete","kind":"unreachable","message":"m"},"attempts":[{"model":"a","error":null},{"model":"b","error":"unreachable"},{"model":"a","error":"unreachable"}]"#,
      entries: "a:error"),
  ]

  @Test(arguments: logged)
  func eachJudgedModelHasAnEntry(_ row: Logged) throws {
    let folder = try TestFolder()
    let result = try folder.shell(
      "hg-log > /dev/null; hg-log show", text: #"{"session_id":"s","text":"t",\#(row.record)}"# + "\n")
    let entries = try result.lines.map(CompleteTests.object)
    let short = entries.map { "\($0["model_used"] as? String ?? ""):\($0["final_status"] as? String ?? "")" }
    #expect(short.joined(separator: " ") == row.entries, "\(result)")
  }

  @Test("what the checks rejected changes the route")
  func route() throws {
    let server = try ScriptedServer { request, connection in
      let isClaude = request.text.contains("claude")
      connection.answer(isClaude ? "42" : "about 40", model: isClaude ? "claude-sonnet-4-6" : "qwen35")
    }
    let result = try TestFolder().shell(
      """
      task='{"session_id":"s","skill":"sums","user":"What is 6 * 7?"}'
      ask() { echo "$task" | hg-route | hg-complete --check 'jq -e ".text == \\"42\\""' | hg-log; }
      ask | jq -c '[.route.reason, .model_used, .verdict.accept, (.attempts | length)]'
      ask | jq -c '[.route.reason, .model_used, .verdict.accept, (.attempts | length)]'
      hg-log pass-rate --by model | jq -c '[.model, .pass, .fail]'
      """, environment: ["LITELLM_BASE_URL": server.url, "HYPERGUILD_PASS_RATE_TTL_SECONDS": "0"])
    #expect(
      result.lines == [
        #"["no_data","claude-sonnet-4-6",true,3]"#, #"["below_ceil","claude-sonnet-4-6",true,1]"#,
        #"["claude-sonnet-4-6",2,0]"#, #"["qwen35",0,1]"#,
      ], "\(result)")
  }

  @Test("hg-strip leaves a rejected record as it is, and hg-route --escalate goes on where the chain does")
  func furtherStages() throws {
    let server = try ScriptedServer { request, connection in
      let schema = "about 40\n\n{\"status\":\"pass\",\"phase\":\"x\"}"
      let isClaude = request.text.contains("claude")
      connection.answer(isClaude ? "42" : schema, model: isClaude ? "claude-sonnet-4-6" : "qwen35")
    }
    let result = try TestFolder().shell(
      """
      check='jq -e ".text == \\"42\\"" > /dev/null || { echo "the number alone"; exit 1; }'
      echo '{"user":"6 * 7?","model":"qwen35"}' | hg-complete --repair 0 --check "$check" > rejected || echo $?
      hg-strip < rejected | cmp - rejected
      hg-route --escalate < rejected | tee escalated | hg-complete --check "$check" | hg-log | jq -c '[.text, .error, .model_used]'
      jq -c '[.model, .user, .error, .verdict]' escalated
      hg-log pass-rate --by model | jq -c '[.model, .pass, .fail]'
      # The chain is at its end: the record stays what it is.
      sed 's/qwen35/claude-sonnet-4-6/g' rejected > last; hg-route --escalate < last | cmp - last
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0, "\(result)")
    #expect(
      result.lines == [
        "1", #"["42",null,"claude-sonnet-4-6"]"#,
        #"["claude-sonnet-4-6","6 * 7?\n\nPrior attempt feedback: the number alone",null,null]"#,
        #"["claude-sonnet-4-6",1,0]"#, #"["qwen35",0,1]"#,
      ], "\(result)")
  }
}
