/// Why one record failed: what becomes the record's `error` member. The other records go on.
public struct RecordError: Error, Equatable, CustomStringConvertible {
  /// A word from the documented list of the stage: `bad_input`, `budget`, `truncated`, ...
  public var kind: String

  /// What went wrong and what to do, for a person.
  public var message: String

  /// The HTTP status, when a server answered with one.
  public var status: Int?

  /// How long the server asked to wait, in seconds.
  public var retryAfterSeconds: Double?

  /// The line of the input, from 1, when the line itself is at fault.
  public var line: Int?

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - kind: A word from the stage's list.
  ///   - message: For a person.
  ///   - status: The HTTP status.
  ///   - retryAfterSeconds: In seconds.
  ///   - line: From 1.
  public init(
    kind: String, message: String, status: Int? = nil, retryAfterSeconds: Double? = nil, line: Int? = nil
  ) {
    self.kind = kind
    self.message = message
    self.status = status
    self.retryAfterSeconds = retryAfterSeconds
    self.line = line
  }

  /// The message.
  public var description: String { message }

  /// Writes the `error` member's value.
  ///
  /// - Parameters:
  ///   - stage: The program's name.
  ///   - writer: Gets one object.
  public func write(stage: String, to writer: inout JSONWriter) {
    writer.object { object in
      object.member("stage", stage)
      object.member("kind", kind)
      object.member("line", line)
      object.member("message", message)
      object.member("status", status)
      object.member("retry_after_s", retryAfterSeconds)
    }
  }

  /// The record that stands for a line that is not a record.
  ///
  /// - Parameters:
  ///   - stage: The program's name.
  ///   - raw: The line, kept as `raw`, or as `raw_base64` when it is not UTF-8; nil when it was too long to keep.
  /// - Returns: A JSON object, without a line end.
  public func record(stage: String, raw: UnsafeRawBufferPointer?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { object in
      object.name("error")
      write(stage: stage, to: &object)
      guard let raw else { return }
      if let text = String(validating: raw, as: UTF8.self) {
        object.member("raw", text)
      } else {
        object.member("raw_base64", base64(raw))
      }
    }
    return writer.bytes
  }
}

private func base64(_ bytes: UnsafeRawBufferPointer) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var output: [UInt8] = []
  output.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = min(3, bytes.count - start)
    var group = 0
    for offset in 0..<3 { group = group << 8 | (offset < count ? Int(bytes[start + offset]) : 0) }
    for digit in 0..<4 {
      output.append(digit <= count ? alphabet[group >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: output, as: UTF8.self)
}
