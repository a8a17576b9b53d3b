import ArgumentParser
import ChatCompletion
import NDJSON
import Platform
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// How progress is told.
enum ProgressFormat: String, ExpressibleByArgument, CaseIterable {
  case auto, json, none
}

/// Tells how far a run is: a line that is written over on a terminal, or JSON lines for a machine.
final class ProgressDisplay {
  private let format: ProgressFormat
  private let interval: Double
  private let started = MonotonicTime.now
  private var shown: MonotonicTime

  /// Makes a display.
  ///
  /// - Parameter format: `auto` is a line where one would be seen and nothing else goes to the same terminal.
  init(_ format: ProgressFormat) {
    self.format = format == .auto && !OutputDesk.standard.canShowProgress ? .none : format
    interval = format == .json ? 1 : 0.2
    shown = started
  }

  /// The next moment when there is something to show.
  var nextMoment: MonotonicTime { format == .none ? .never : shown.adding(seconds: interval) }

  /// Shows the state when it is time to.
  func update(_ summary: CompletionRun.Summary) {
    guard format != .none, MonotonicTime.now >= nextMoment else { return }
    show(summary)
  }

  /// Shows how far batches are: they are looked at seldom, so every time.
  func update(_ progress: BatchProgress) {
    guard format != .none else { return }
    let count = "\(progress.completed + progress.failed) of \(progress.requests)"
    if format == .json {
      var writer = JSONWriter()
      writer.object { object in
        object.member("batches", progress.batches)
        object.member("batches_ended", progress.ended)
        object.member("requests", progress.requests)
        object.member("completed", progress.completed)
        object.member("failed", progress.failed)
        object.member("elapsed_s", rounded(MonotonicTime.now.seconds(since: started), 1000))
      }
      OutputDesk.standard.say(writer.bytes + [0x0A])
    } else {
      OutputDesk.standard.drawProgress(
        "\(progress.ended) of \(progress.batches) batches ended, \(count) requests done, \(progress.failed) failed")
    }
  }

  /// Shows the last state to a machine, and takes the line away.
  func finish(_ summary: CompletionRun.Summary) {
    if format == .json { show(summary) }
    OutputDesk.standard.wipeProgress()
  }

  private func show(_ summary: CompletionRun.Summary) {
    shown = .now
    let elapsed = max(shown.seconds(since: started), 0.001)
    if format == .json {
      OutputDesk.standard.say(Array((json(summary, elapsed) + "\n").utf8))
    } else {
      OutputDesk.standard.drawProgress(line(summary, elapsed))
    }
  }

  private func done(_ summary: CompletionRun.Summary) -> Int { summary.answered + summary.failed + summary.passed }

  private func line(_ summary: CompletionRun.Summary, _ elapsed: Double) -> String {
    var parts = [
      "\(done(summary)) done", "\(summary.failed) failed",
      "\(summary.running)\(summary.limit.map { " of \($0)" } ?? "") in flight",
      "\(rounded(Double(summary.answered) / elapsed)) requests/s",
      "\(rounded(Double(summary.tokens) / elapsed)) tokens/s",
    ]
    if summary.priced > 0 { parts.append("$\(rounded(summary.cost, 10_000))") }
    if let left = secondsLeft(summary, elapsed) {
      let seconds = Int(left)
      parts.append(seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s left" : "\(seconds) s left")
    }
    return parts.joined(separator: ", ")
  }

  private func json(_ summary: CompletionRun.Summary, _ elapsed: Double) -> String {
    var writer = JSONWriter()
    writer.object { object in
      object.member("done", done(summary))
      object.member("answered", summary.answered)
      object.member("cached", summary.cached)
      object.member("failed", summary.failed)
      object.member("skipped", summary.skipped)
      object.member("in_flight", summary.running)
      object.member("concurrency", summary.limit)
      object.member("waiting", summary.waiting)
      object.member("retries", summary.retries)
      object.member("elapsed_s", rounded(elapsed, 1000))
      object.member("requests_per_s", rounded(Double(summary.answered) / elapsed))
      object.member("tokens", summary.tokens)
      object.member("tokens_per_s", rounded(Double(summary.tokens) / elapsed))
      object.name("cost_usd")
      if summary.priced > 0 { object.double(summary.cost) } else { object.null() }
      object.name("eta_s")
      if let left = secondsLeft(summary, elapsed) { object.double(rounded(left)) } else { object.null() }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Known only of a regular file: how much of it was read says how much is to come.
  private func secondsLeft(_ summary: CompletionRun.Summary, _ elapsed: Double) -> Double? {
    var file = stat()
    guard fstat(STDIN_FILENO, &file) == 0, file.st_mode & S_IFMT == S_IFREG, file.st_size > 0 else { return nil }
    let position = lseek(STDIN_FILENO, 0, SEEK_CUR)
    let done = done(summary) + summary.skipped
    let read = done + summary.running + summary.waiting
    guard position > 0, done > 0 else { return nil }
    let total = Double(read) * Double(file.st_size) / Double(position)
    return max(0, elapsed * (total - Double(done)) / Double(done))
  }

  private func rounded(_ value: Double, _ scale: Double = 10) -> Double { (value * scale).rounded() / scale }
}
