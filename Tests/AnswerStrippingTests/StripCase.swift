import AnswerStripping
import Foundation
import NDJSON
import TestSupport
import Testing

/// One line of a file in Tests/Fixtures/strip: a text, the options, and what must come of it.
struct StripCase: Sendable, CustomTestStringConvertible {
  let name: String
  let text: [UInt8]
  let options: AnswerStripper.Options
  /// The text afterwards.
  let kept: [UInt8]?
  /// What `stripped` gets: strings unescaped, everything else as compact JSON.
  let stripped: [String]
  /// What `json` gets, compact.
  let json: String?
  /// What `warnings` gets.
  let warnings: [String]
  var testDescription: String { name }

  /// The cases of one file.
  static func cases(in file: String) throws -> [StripCase] {
    let path = "\(sourceRoot)/Tests/Fixtures/strip/\(file).ndjson"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    return try lines.map { line in try Array(line.utf8).withUnsafeBytes { try StripCase(JSONParser().record($0)) } }
  }

  private init(_ record: Record) throws {
    name = try #require(record["name"]?.string)
    text = try #require(record["text"]?.stringBytes)
    kept = record["kept"]?.stringBytes
    stripped = record["stripped"]?.elements.map(plain) ?? []
    json = record["json"].map(compact)
    warnings = record["warnings"]?.elements.map(plain) ?? []
    var options = AnswerStripper.Options()
    if let given = record["options"] {
      options.removesThinking = given["think"]?.bool ?? false
      options.unwraps = given["unwrap"]?.bool ?? false
      options.extracts = given["extract"]?.bool ?? false
      options.keys = given["keys"]?.elements.compactMap(\.string) ?? options.keys
    }
    self.options = options
  }
}

/// A string's content, or any other value as compact JSON.
func plain(_ value: JSONValue) -> String { value.string ?? compact(value) }

func compact(_ value: JSONValue) -> String {
  var writer = JSONWriter()
  writer.compact(value)
  return String(decoding: writer.bytes, as: UTF8.self)
}

/// A record with a text, as the ways to write a string differ.
enum Escaping: CaseIterable {
  /// Only what must be escaped.
  case least
  /// Every character as `\u`.
  case most
  /// All but ASCII as `\u`, as Python does it.
  case python

  func string(_ text: some Sequence<UInt8>) -> String {
    let text = String(decoding: Array(text), as: UTF8.self)
    if self == .least {
      var writer = JSONWriter()
      writer.string(text)
      return String(decoding: writer.bytes, as: UTF8.self)
    }
    let units = text.utf16.map { unit -> String in
      if self == .python, (0x20..<0x7F).contains(unit), unit != 0x22, unit != 0x5C {
        return String(decoding: [unit], as: UTF16.self)
      }
      switch unit {
      case 0x0A where self == .python: return #"\n"#
      case 0x22 where self == .python: return #"\""#
      case 0x5C where self == .python: return #"\\"#
      default: return #"\u"# + String(format: "%04x", Int(unit))
      }
    }
    return "\"\(units.joined())\""
  }
}

/// A record after a stripper has seen it.
struct Stripped: Equatable {
  let line: String
  let text: [UInt8]?
  let stripped: [String]
  let json: String?
  let warnings: [String]

  init(_ line: String, _ options: AnswerStripper.Options = .init()) throws {
    let stripper = AnswerStripper(options)
    var edits = RecordEdits()
    var output: [UInt8] = []
    try Array(line.utf8).withUnsafeBytes { bytes in
      let record = try JSONParser().record(bytes)
      stripper.strip(record, &edits)
      edits.append(record, to: &output)
    }
    self.line = String(decoding: output, as: UTF8.self)
    let result = try output.withUnsafeBytes { bytes in
      let record = try JSONParser().record(bytes)
      return (
        record["text"]?.stringBytes, record["stripped"]?.elements.map(plain) ?? [], record["json"].map(compact),
        record["warnings"]?.elements.map(plain) ?? []
      )
    }
    (text, stripped, json, warnings) = result
  }
}
