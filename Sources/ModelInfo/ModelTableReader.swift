import NDJSON
import Platform
import Records

/// Finds the models in a file of one of the forms that `ModelTable` knows.
struct ModelTableReader {
  /// The models of a list.
  private(set) var names: Set<String> = []
  /// Where each is described, in bytes of the file.
  private(set) var places: [String: [Range<Int>]] = [:]
  /// Whether it is LiteLLM's map of prices.
  private(set) var isMap = false

  /// What is wrong, and at which byte.
  private struct Fault: Error {
    let offset: Int
    let message: String
  }

  /// The entry of LiteLLM's map that explains the others.
  private static let sample = "sample_spec"

  private let parser = JSONParser()

  /// Reads a whole file.
  ///
  /// - Parameter bytes: Its content.
  /// - Throws: What is wrong with it, and in which line.
  mutating func read(_ bytes: [UInt8]) throws(ModelTable.Invalid) {
    let fault = bytes.withUnsafeBytes { text -> Fault? in
      do throws(Fault) { try read(text) } catch { return error }
      return names.isEmpty && !isMap ? Fault(offset: 0, message: "no model is in it") : nil
    }
    guard let fault else { return }
    let line = bytes.prefix(fault.offset).reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    throw ModelTable.Invalid(line: line, message: fault.message)
  }

  private mutating func read(_ text: UnsafeRawBufferPointer) throws(Fault) {
    var start = text.starts(with: [0xEF, 0xBB, 0xBF] as [UInt8]) ? 3 : 0
    while start < text.count, text[start] <= 0x20 { start += 1 }
    guard start < text.count else { return }
    let firstEnd = text[start...].firstIndex(of: 0x0A) ?? text.count
    let isOpen = text[start] == UInt8(ascii: "{") || text[start] == UInt8(ascii: "[")
    let isLine = (try? parser.parse(UnsafeRawBufferPointer(rebasing: text[start..<firstEnd]))) != nil
    // A text over several lines, or lines each of which is a text.
    guard isLine || !isOpen else { return try take(text, start..<text.count) }
    while start < text.count {
      let end = text[start...].firstIndex(of: 0x0A) ?? text.count
      try take(line: text, start..<end)
      start = end + 1
    }
  }

  private mutating func take(line text: UnsafeRawBufferPointer, _ range: Range<Int>) throws(Fault) {
    guard let first = text[range].first(where: { $0 > 0x20 }) else { return }
    guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"") else {
      let name = String(validating: UnsafeRawBufferPointer(rebasing: text[range]), as: UTF8.self)
      guard let name, !name.contains("<"), name.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 || $0 == 0x0D }) else {
        throw Fault(offset: range.lowerBound, message: "neither a model's name nor JSON")
      }
      if let name = SettingText.trimmed(name) { names.insert(name) }
      return
    }
    try take(text, range)
  }

  /// Takes one JSON text.
  private mutating func take(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) throws(Fault) {
    let value: JSONValue
    do throws(JSONSyntaxError) {
      value = try parser.parse(UnsafeRawBufferPointer(rebasing: text[range])).value
    } catch {
      throw Fault(offset: range.lowerBound + (error.offset ?? 0), message: error.reason)
    }
    switch Self.form(of: value) {
    case .list(let list): for element in list.elements { try take(element: element, in: text) }
    case .unreached:
      throw Fault(offset: range.lowerBound, message: "the server was not reached: there is no list of models")
    case .map:
      isMap = true
      for (name, entry) in value.members {
        guard let name = name.string, name != Self.sample else { continue }
        places[name] = [try check(entry, of: name, in: text)]
      }
    case .model: try take(element: value, in: text)
    }
  }

  /// Takes a model of a list.
  private mutating func take(element: JSONValue, in text: UnsafeRawBufferPointer) throws(Fault) {
    let said = element.isString ? element : element["id"] ?? element["model_name"] ?? element["name"]
    guard let name = said?.string.flatMap({ SettingText.trimmed($0) }) else {
      throw Fault(offset: Self.offset(of: element, in: text), message: "a model without a name: 'id' is not a string")
    }
    names.insert(name)
    guard element.kind == .object else { return }
    // As LiteLLM's /model/info has it.
    let facts = element["model_info"].flatMap { $0.kind == .object ? $0 : nil } ?? element
    places[name, default: []].append(try check(facts, of: name, in: text))
  }

  private func check(
    _ entry: JSONValue, of name: String, in text: UnsafeRawBufferPointer
  ) throws(Fault) -> Range<Int> {
    let offset = Self.offset(of: entry, in: text)
    do throws(ModelFacts.Invalid) { _ = try ModelFacts(entry) } catch {
      throw Fault(offset: offset + error.offset, message: "\(name): \(error.message)")
    }
    return offset..<offset + entry.bytes.count
  }

  private enum Form {
    case list(JSONValue)
    /// LiteLLM's map has an object for each model, under its name.
    case map
    case model
    /// What `--health` prints of a server that is not there.
    case unreached
  }

  /// Finds out in one walk, for a map is long.
  private static func form(of value: JSONValue) -> Form {
    if value.kind == .array { return .list(value) }
    var list: JSONValue?
    var isHealth = false
    var isMap = value.kind == .object
    var isEmpty = true
    for (name, entry) in value.members {
      isEmpty = false
      if name.isNamed("data") || name.isNamed("models") && list == nil {
        list = entry.kind == .array ? entry : list
      } else if name.isNamed("reachable") {
        isHealth = true
      }
      isMap = isMap && entry.kind == .object
    }
    if let list { return .list(list) }
    return isHealth ? .unreached : isMap && !isEmpty ? .map : .model
  }

  private static func offset(of value: JSONValue, in text: UnsafeRawBufferPointer) -> Int {
    guard let base = text.baseAddress, let start = value.bytes.baseAddress else { return 0 }
    return start - base
  }
}
