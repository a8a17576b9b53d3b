import NDJSON
import Platform

/// Which models are up: what `hg-complete --models` or `hg-complete --health` printed.
public enum AvailableModels {
  /// Reads a list.
  ///
  /// A byte order mark, and white space around a name, are no part of it. Each line is a model's name, as it is or as a
  /// JSON string; or an object with an `id`, or with `models`, a list of names or of objects with an `id`.
  ///
  /// - Parameter bytes: The text.
  /// - Returns: The models; `nil` when the text is not such a list, or says that the server was not reached.
  public static func parse(_ bytes: [UInt8]) -> Set<String>? {
    var models: Set<String> = []
    let parser = JSONParser()
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    for line in bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0).split(separator: 0x0A) {
      let text = line.last == 0x0D ? line.dropLast() : line
      let isUnderstood = Array(text).withUnsafeBytes { line in
        add(line, with: parser, to: &models)
      }
      guard isUnderstood else { return nil }
    }
    return models.isEmpty ? nil : models
  }

  private static func add(
    _ line: UnsafeRawBufferPointer, with parser: JSONParser, to models: inout Set<String>
  ) -> Bool {
    guard let first = line.first(where: { $0 > UInt8(ascii: " ") }) else { return true }
    guard first == UInt8(ascii: "{") || first == UInt8(ascii: "\"") || first == UInt8(ascii: "[") else {
      guard let text = String(validating: line, as: UTF8.self), !text.contains("<") else { return false }
      guard let name = SettingText.trimmed(text) else { return true }
      models.insert(name)
      return true
    }
    guard let value = (try? parser.parse(line))?.value else { return false }
    let list = value["models"] ?? value["data"] ?? value
    switch list.kind {
    case .array:
      for element in list.elements {
        guard let name = name(of: element) else { return false }
        models.insert(name)
      }
      return true
    case .null:
      return value["reachable"]?.bool != nil
    default:
      guard let name = name(of: list) else { return false }
      models.insert(name)
      return true
    }
  }

  private static func name(of value: JSONValue) -> String? {
    (value.string ?? value["id"]?.string).flatMap { SettingText.trimmed($0) }
  }
}
