public import NDJSON

/// Which of the shapes that the filters read a record has.
public enum RecordShape: Sendable, Equatable {
  /// A record of ours: its members are its own.
  case record
  /// A line of an OpenAI Batch input: what is asked for lies in `body`.
  case batchRequest
  /// A line of an OpenAI Batch output: the answer lies in `response`.
  case batchResult
}

extension Record {
  /// Whether the record failed at an earlier stage: an `error` that is not null, false, 0, "" or {}.
  public var hasFailed: Bool {
    guard let error = self["error"] else { return false }
    return error.saysSomething
  }

  /// Whether its error says no more than its verdict: the models that hg-complete knew of answered, and none of the
  /// answers was accepted.
  public var isRejected: Bool {
    guard let error = self["error"] else { return false }
    return error["kind"]?.isString("rejected") ?? false && error["stage"]?.isString(Stage.complete.rawValue) ?? false
  }

  /// Which shape it has.
  ///
  /// A Batch line has `custom_id`, and `body` or `response`; one that has a prompt of its own beside them (`user`,
  /// `messages`) is a record whose members only have those names. With the `url` that the Batch API demands, `body` is
  /// what is asked for in any case.
  public var shape: RecordShape {
    guard self["custom_id"] != nil else { return .record }
    if let body = self["body"] {
      if self["url"] != nil { return .batchRequest }
      return body.kind == .object && !hasOwnPrompt ? .batchRequest : .record
    }
    return self["response"] != nil && !hasOwnPrompt ? .batchResult : .record
  }

  /// Whether it is a line of an OpenAI Batch input or output.
  public var isBatchLine: Bool { shape != .record }

  /// The request of a Batch line, nil for any other record.
  ///
  /// - Returns: An object, unless the line is wrong.
  public var batchBody: JSONValue? { shape == .batchRequest ? self["body"] : nil }

  /// The model that the user, or an earlier stage, chose: a Batch line's is `body.model`; else `model`, else
  /// `params.model`. Null counts as absent; a value that is not a name is still returned, so that it can be complained
  /// about.
  public var namedModel: JSONValue? {
    if let body = batchBody { return body["model"]?.unlessNull }
    return self["model"]?.unlessNull ?? self["params"]?["model"]?.unlessNull
  }

  private var hasOwnPrompt: Bool {
    self["user"]?.unlessNull != nil || self["messages"]?.unlessNull != nil
  }
}

extension JSONValue {
  /// The value, or nil for null: a member that is null is as good as none.
  public var unlessNull: JSONValue? { isNull ? nil : self }

  /// Whether it is more than null, false, 0, "" or {}: what other programs write into `error` when all went well.
  public var saysSomething: Bool {
    switch kind {
    case .null: false
    case .bool: bool == true
    case .string: bytes.count > 2
    case .number: double != 0
    case .object: members.contains { _ in true }
    case .array: true
    }
  }
}
