/// How many tokens a request will probably use, for `--tpm`; what it used in truth is settled with the answer.
///
/// Text is about four bytes a token. Images, sound and files stand in a request as base64, which no model reads as
/// text: however long, each counts as many tokens as a large image.
public enum TokenEstimate {
  /// What an attachment counts: a large image is 85 to 1,600 tokens for the models of OpenAI and Anthropic.
  public static let attachment = 1000

  /// No word, and hardly an identifier, is as long; in bytes.
  private static let shortestAttachment = 512

  /// Base64 in a file is often broken after 76 characters, or 64.
  private static let shortestLine = 60

  /// Estimates.
  ///
  /// - Parameter body: JSON as it is sent.
  /// - Returns: Tokens.
  public static func tokens(in body: UnsafeRawBufferPointer) -> Int {
    var text = body.count
    var attachments = 0
    var index = 0
    while index < body.count {
      guard isBase64[Int(body[index])] else {
        index += 1
        continue
      }
      let end = endOfRun(body, from: index)
      if end - index >= shortestAttachment {
        text -= end - index
        attachments += min(attachment, (end - index) / 4)
      }
      index = end
    }
    return text / 4 + attachments
  }

  /// The end of base64 that may have escaped slashes and line ends in it.
  private static func endOfRun(_ body: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    var lineStart = start
    while index < body.count {
      if isBase64[Int(body[index])] {
        index += 1
      } else if body[index] == UInt8(ascii: "\\"), index + 1 < body.count {
        switch body[index + 1] {
        case UInt8(ascii: "/"): index += 2
        case UInt8(ascii: "r"), UInt8(ascii: "n"):
          // Words below each other are text.
          guard index - lineStart >= shortestLine || index == lineStart else { return index }
          index += 2
          lineStart = index
        default: return index
        }
      } else {
        return index
      }
    }
    return index
  }

  /// The alphabets of RFC 4648, sections 4 and 5, and the padding.
  private static let isBase64: [Bool] = (0..<256).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
