import ChatCompletion
import CommandSupport
import ModelInfo
import NDJSON
import Platform
import Records

/// `--estimate`: what the records would cost.
struct Estimate {
  let settings: Settings
  let filter: FilterOptions
  /// Whether the prices of batches hold.
  var isBatch = false

  func run() throws(ProgramFailure) {
    let source = try RecordSource(filter)
    let sink = RecordSink(stage: "hg-complete", options: filter)
    var estimate = CostEstimate(settings.completion, tier: isBatch ? .batch : nil)
    while true {
      while let line = source.next() {
        switch line {
        case .bad(let error, _): sink.noteFailure(error, line: error.line)
        case .record(let record, let number):
          do throws(RecordError) { try estimate.add(record) } catch { sink.noteFailure(error, line: number) }
        }
      }
      if source.isAtEnd { break }
      try source.fill()
    }
    try print(estimate.shares)
    tellWhatIsMissing(estimate.shares, sink.diagnostics)
    let status = try sink.finish()
    if status != .success { throw ProgramFailure(status, "") }
  }

  private func print(_ shares: [CostEstimate.Share]) throws(ProgramFailure) {
    var table = ResultTable([
      "model", "requests", "fallbacks", "prompt_tokens", "max_tokens", "least_usd", "most_usd",
    ])
    for share in shares {
      table.add([
        .text(share.model), .count(share.requests), .count(share.fallbacks), .count(share.promptTokens),
        .total(share.maxTokens), .number(share.least), .number(share.most),
      ])
    }
    if shares.count > 1 { table.add(sum(shares), isSum: true) }
    try table.print()
  }

  /// A sum with an unknown part is unknown.
  private func sum(_ shares: [CostEstimate.Share]) -> [ResultTable.Cell] {
    let count = { (count: (CostEstimate.Share) -> Int) in shares.reduce(0) { $0.addingSaturated(count($1)) } }
    let amount = { (amount: (CostEstimate.Share) -> Double?) in
      shares.reduce(0) { (sum: Double?, share) in sum.flatMap { sum in amount(share).map { sum + $0 } } }
    }
    let answers = shares.reduce(0) { (sum: Int?, share) in
      sum.flatMap { sum in share.maxTokens.map(sum.addingSaturated) }
    }
    return [
      .text("(all)"), .count(count(\.requests)), .count(count(\.fallbacks)), .count(count(\.promptTokens)),
      .total(answers), .number(amount(\.least)), .number(amount(\.most)),
    ]
  }

  private func tellWhatIsMissing(_ shares: [CostEstimate.Share], _ diagnostics: Diagnostics) {
    let unpriced = shares.filter { $0.least == nil }.map(\.model)
    if !unpriced.isEmpty { diagnostics.message("no price for \(list(unpriced)): --prices names a file that has them") }
    let open = shares.filter { $0.maxTokens == nil }.map(\.model)
    if !open.isEmpty { diagnostics.message("nothing limits the answers of \(list(open)): --max-tokens does") }
  }

  private func list(_ models: [String]) -> String {
    let shown = models.prefix(3).joined(separator: ", ")
    return models.count > 3 ? "\(shown) and \(models.count - 3) more" : shown
  }
}
