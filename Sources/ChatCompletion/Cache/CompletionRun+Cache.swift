import NDJSON
import Platform
import SystemPackage

/// What lies between a record and its request: an answer that is kept.
extension CompletionRun {
  /// Whether answers to a record are looked for, and kept.
  func usesCache(_ record: Record) -> Bool { cache != nil && record["cache"]?.bool != false }

  /// Takes an answer that is kept, which is judged as one that came just now.
  ///
  /// - Parameter record: The record; as it was, when there is no answer.
  /// - Returns: Whether there is one.
  /// - Throws: The error of writing.
  func answerFromCache(_ record: InFlightRecord) throws(Errno) -> Bool {
    guard record.usesCache, let entry = cache?.answer(for: record.hash, models: record.request.models),
      let outcome = attempts.outcome(ofKept: entry)
    else { return false }
    now = .now
    record.beginFromCache(at: now)
    if case .success(let answer) = outcome.result, let text = answer.text, text.count > 2, output.showsPieces,
      record.request.streams, !isJudged(record)
    {
      try output.write(Array(text[1..<text.count - 1]), of: record)
    }
    try judge(record, outcome)
    return true
  }

  /// Keeps an answer that was accepted.
  func keep(_ outcome: AttemptOutcome, of record: InFlightRecord) {
    guard let cache, case .success(let answer) = outcome.result, !outcome.serverFellBack,
      let body = answer.keptBody(outcome.body)
    else { return }
    cache.add(record.hash, asked: record.model, model: outcome.model, body)
  }
}

extension ChatAnswer {
  /// The answer as a server sends it in one piece.
  ///
  /// - Parameter body: The response as it came; empty, or no object, for a stream.
  /// - Returns: A `chat.completion` object; nil for several answers of a stream, of which only one was put together.
  fileprivate func keptBody(_ body: [UInt8]) -> [UInt8]? {
    if body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") { return body }
    guard choiceCount == 1 else { return nil }
    let null = Array("null".utf8)
    var writer = JSONWriter()
    writer.object { object in
      object.name("id")
      object.raw(responseID ?? null)
      object.member("object", "chat.completion")
      object.member("model", model)
      object.name("choices")
      object.array { choices in
        choices.object { choice in
          choice.member("index", 0)
          choice.name("message")
          choice.object { message in
            message.member("role", "assistant")
            message.name("content")
            message.raw(text ?? null)
            if let toolCalls {
              message.name("tool_calls")
              message.raw(toolCalls)
            }
            if let reasoning {
              message.name("reasoning_content")
              message.raw(reasoning)
            }
          }
          choice.name("finish_reason")
          choice.raw(finishReason ?? null)
        }
      }
      if let usage {
        object.name("usage")
        object.raw(usage)
      }
    }
    return writer.bytes
  }
}
