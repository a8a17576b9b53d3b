import CSimdJSON

/// Why a text is not JSON (RFC 8259), and where.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: Sendable, Equatable {
    case empty, notUTF8, controlCharacter, unclosedString, badEscape, loneSurrogate, badNumber, badLiteral
    case unexpectedToken, unfinished, trailing, notAnObject, tooLarge, noMemory
  }

  /// What is wrong.
  public let code: Code

  /// The offset in bytes of the first wrong token, from 0, when it is known.
  public let offset: Int?

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - code: What is wrong.
  ///   - offset: Where, in bytes from 0.
  public init(code: Code, offset: Int?) {
    self.code = code
    self.offset = offset
  }

  init(_ status: hg_json_status, offset: UInt32) {
    code =
      switch status {
      case HG_JSON_EMPTY: .empty
      case HG_JSON_NOT_UTF8: .notUTF8
      case HG_JSON_CONTROL_CHARACTER: .controlCharacter
      case HG_JSON_UNCLOSED_STRING: .unclosedString
      case HG_JSON_BAD_ESCAPE: .badEscape
      case HG_JSON_LONE_SURROGATE: .loneSurrogate
      case HG_JSON_BAD_NUMBER: .badNumber
      case HG_JSON_BAD_LITERAL: .badLiteral
      case HG_JSON_UNFINISHED: .unfinished
      case HG_JSON_TRAILING: .trailing
      case HG_JSON_TOO_LARGE: .tooLarge
      case HG_JSON_NO_MEMORY: .noMemory
      default: .unexpectedToken
      }
    self.offset = offset == .max ? nil : Int(offset)
  }

  /// One sentence part, without the place: "a number is malformed".
  public var reason: String {
    switch code {
    case .empty: "there is nothing"
    case .notUTF8: "it is not UTF-8"
    case .controlCharacter: "a string holds an unescaped control character"
    case .unclosedString: "a string is not closed"
    case .badEscape: "a string holds an unknown escape"
    case .loneSurrogate: "a string holds half of a surrogate pair"
    case .badNumber: "a number is malformed"
    case .badLiteral: "a word is not true, false or null"
    case .unexpectedToken: "a token is out of place"
    case .unfinished: "it ends too early"
    case .trailing: "something follows the value"
    case .notAnObject: "it is not an object"
    case .tooLarge: "it is larger than 4 GiB"
    case .noMemory: "there is not enough memory"
    }
  }

  /// The reason and the place: "a number is malformed (byte 17)"; bytes count from 1.
  public var description: String {
    guard let offset else { return reason }
    return "\(reason) (byte \(offset + 1))"
  }
}
