public import SessionLog
public import SystemPackage

/// One self-contained HTML page about the logs: no network, no scripts, light and dark.
public struct LogReport: Sendable {
  private static let mostSkills = 8
  private static let mostSessions = 15

  /// What was left out, for it is not a file that anything is appended to.
  public let skipped: [SessionLogError]

  private let data: ReportData
  private let sessions: SessionDirectory
  private let title: String
  private let days: [String]

  /// Adds up the entries of all sessions of a directory, on all cores.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - since: Only entries from this moment on; nil takes all.
  ///   - title: The page's heading.
  ///   - caches: The folder of caches, where counts are kept; nil counts in full.
  /// - Throws: `SessionLogError` when a file cannot be read.
  public init(
    of sessions: SessionDirectory, since: Timestamp? = nil, title: String = "Session report", caches: FilePath? = nil
  ) throws(SessionLogError) {
    let counted = try LogCount.run(sessions, caches: caches, since: since) { ReportData(since: since) }
    (data, skipped) = (counted.answer, counted.skipped)
    self.sessions = sessions
    self.title = title
    let all = data.rates.groups.map(\.values) + data.days.groups.map(\.values)
    days = Set(all.compactMap { $0[0] } + data.routing.keys).sorted()
  }

  /// The page.
  ///
  /// - Parameter time: When it was made.
  /// - Returns: HTML in UTF-8.
  public func html(at time: Timestamp = .now()) -> String {
    let calls = data.days.groups.reduce(0) { $0 + $1.calls }
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(escaped(title))</title><style>
      \(ReportStyle.css)</style></head><body>
      <h1>\(escaped(title))</h1>
      <p class="note">\(calls) calls\(days.first.map { ", \($0) to \(days.last ?? $0)" } ?? "")\
      ; made \(time.description.prefix(16).replacing("T", with: " ")) UTC from \(escaped(sessions.path.string)).</p>
      \(calls == 0 && data.routing.isEmpty ? "<p>No entries.</p>\n" : sections)</body></html>

      """
  }

  private var sections: String {
    section("Pass rate by skill", passRates) + section("Routing", routing) + section("Latency", latency)
      + section("Cost", cost) + section("By skill and model", kinds) + section("Sessions with the most failures", worst)
  }

  private func section(_ heading: String, _ body: String) -> String {
    "<section><h2>\(escaped(heading))</h2>\n\(body)</section>\n"
  }

  private var shortDays: [String] { days.map { String($0.dropFirst(5)) } }

  private var passRates: String {
    var totals: [String: PassRate] = [:]
    var cells: [String: [String: PassRate]] = [:]
    for group in data.rates.groups where group.rate.total > 0 {
      let skill = group.values[1] ?? "(no skill)"
      totals[skill, default: PassRate()] += group.rate
      cells[skill, default: [:]][group.values[0] ?? "", default: PassRate()] += group.rate
    }
    let order = totals.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
    guard !order.isEmpty else { return "<p>No verdicts yet: only pass and fail count.</p>\n" }
    let series = order.prefix(Self.mostSkills).map { skill, _ in
      SVGChart.Series(name: skill, values: days.map { cells[skill]?[$0]?.rate })
    }
    let chart = SVGChart(labels: shortDays, series: series, title: "Pass rate by skill and day", format: percentage)
    let rows = order.map { skill, rate in
      [escaped(skill), "\(rate.pass)", "\(rate.fail)", rate.rate.map(percentage) ?? "–"]
    }
    return chart.lines(maximum: 1) + table(["Skill", "Pass", "Fail", "Pass rate"], rows)
  }

  private var routing: String {
    guard !data.routing.isEmpty else { return "<p>No decisions: hg-log --routing logs them.</p>\n" }
    let parts: [(String, KeyPath<RoutingSplit, Int>)] = [
      ("local", \.local), ("strong", \.strong), ("no model", \.failed),
    ]
    let series = parts.map { name, count in
      SVGChart.Series(name: name, values: days.map { Double(data.routing[$0]?[keyPath: count] ?? 0) })
    }
    let all = data.routing.values.reduce(into: RoutingSplit()) { $0 += $1 }
    let total = max(1, all.local + all.strong + all.failed)
    let rows = parts.map { name, count in
      [name, "\(all[keyPath: count])", percentage(Double(all[keyPath: count]) / Double(total))]
    }
    let chart = SVGChart(labels: shortDays, series: series, title: "Routing decisions by day") { fixed($0, 0) }
    return chart.bars() + table(["Decision", "Records", "Share"], rows)
  }

  private var latency: String {
    let groups = Dictionary(uniqueKeysWithValues: data.days.groups.map { ($0.values[0] ?? "", $0) })
    let series = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].map { name, share in
      SVGChart.Series(name: name, values: days.map { groups[$0]?.latency(share) })
    }
    return SVGChart(labels: shortDays, series: series, title: "Latency percentiles by day", format: duration).lines()
  }

  private var cost: String {
    let groups = Dictionary(uniqueKeysWithValues: data.days.groups.map { ($0.values[0] ?? "", $0.cost) })
    let total = data.days.groups.reduce(0) { $0 + ($1.cost ?? 0) }
    let series = [SVGChart.Series(name: "", values: days.map { groups[$0] ?? nil })]
    let chart = SVGChart(labels: shortDays, series: series, title: "Cost by day in USD") { fixed($0, 4) }
    let failed = data.days.groups.reduce(0) { $0 + ($1.failedCost ?? 0) }
    let waste = failed > 0 ? " \(fixed(failed, 4)) of it were paid for tries that failed." : ""
    return chart.bars() + "<p>\(fixed(total, 4)) USD together, of calls whose price is known.\(waste)</p>\n"
  }

  private var kinds: String {
    let rows = data.kinds.groups.map { group in
      [
        escaped(group.values[0] ?? "–"), escaped(group.values[1] ?? "–"), "\(group.calls)", "\(group.errors)",
        "\(group.retries)", group.latency(0.5).map(duration) ?? "–", group.latency(0.95).map(duration) ?? "–",
        group.latency(0.99).map(duration) ?? "–", "\(group.promptTokens)", "\(group.cachedTokens)",
        "\(group.completionTokens)", "\(group.reasoningTokens)", group.cost.map { fixed($0, 4) } ?? "–",
        group.failedCost.map { fixed($0, 4) } ?? "–",
      ]
    }
    let names = [
      "Skill", "Model", "Calls", "Errors", "Retries", "p50", "p95", "p99", "Tokens in", "cached", "Tokens out",
      "reasoning", "USD", "failed",
    ]
    return table(names, rows, textColumns: 2)
  }

  private var worst: String {
    let rates = Dictionary(uniqueKeysWithValues: data.sessions.groups.map { ($0.values[0], $0.rate) })
    let troubled = data.sessionCalls.groups.map { group in
      (id: group.values[0] ?? "", rate: rates[group.values[0]] ?? PassRate(), calls: group)
    }.filter { $0.rate.fail + $0.calls.errors > 0 }.sorted {
      ($1.rate.fail + $1.calls.errors, $0.id) < ($0.rate.fail + $0.calls.errors, $1.id)
    }
    guard !troubled.isEmpty else { return "<p>None failed.</p>\n" }
    let rows = troubled.prefix(Self.mostSessions).map { session in
      // Relative to a report beside the logs' brain would break in a mail: the whole path.
      let file = session.id.isEmpty ? sessions.path : sessions.file(ofSession: session.id)
      let link = "<a href=\"\(escaped(fileURL(file.string)))\">\(escaped(String(session.id.prefix(60))))</a>"
      return [link, "\(session.calls.calls)", "\(session.rate.fail)", "\(session.calls.errors)"]
    }
    return table(["Session", "Calls", "Fail", "Errors"], rows)
  }

  private func fileURL(_ file: String) -> String {
    var path = ""
    for byte in file.utf8 {
      let isPlain = byte.isASCIIWord || "-_.~/".utf8.contains(byte)
      let digits = String(byte, radix: 16, uppercase: true)
      path += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
    }
    return (path.hasPrefix("/") ? "file://" : "") + path
  }

  private func table(_ names: [String], _ rows: [[String]], textColumns: Int = 1) -> String {
    var html = "<div class=\"wide\"><table><thead><tr>"
    for (column, name) in names.enumerated() { html += cell("th", name, column < textColumns) }
    html += "</tr></thead><tbody>\n"
    for row in rows {
      html += "<tr>"
      for (column, text) in row.enumerated() { html += cell("td", text, column < textColumns) }
      html += "</tr>\n"
    }
    return html + "</tbody></table></div>\n"
  }

  private func cell(_ tag: String, _ text: String, _ isText: Bool) -> String {
    "<\(tag)\(isText ? "" : " class=\"n\"")>\(text)</\(tag)>"
  }

  private func percentage(_ share: Double) -> String { fixed(share * 100, 0) + " %" }

  private func duration(_ milliseconds: Double) -> String {
    milliseconds < 1000 ? fixed(milliseconds, 0) + " ms" : fixed(milliseconds / 1000, 1) + " s"
  }
}

extension UInt8 {
  fileprivate var isASCIIWord: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
