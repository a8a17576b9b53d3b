/// The answers to a batch, which leave as one array when the last of them is there.
///
/// A class because every request of the batch holds on to it.
final class ResponseBatch {
  private var answers: [[UInt8]] = []
  private var unsettled: Int

  /// Makes a batch.
  ///
  /// - Parameter count: How many messages it has.
  init(count: Int) { unsettled = count }

  /// Notes what came of one message.
  ///
  /// - Parameter answer: The answer; nil for a notification, or for a call that was cancelled.
  /// - Returns: The whole answer, without a line end, when this was the last message and any of them has one.
  func settle(_ answer: [UInt8]?) -> [UInt8]? {
    if let answer { answers.append(answer) }
    unsettled -= 1
    guard unsettled == 0, !answers.isEmpty else { return nil }
    return [UInt8(ascii: "[")] + answers.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
  }
}
