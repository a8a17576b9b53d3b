import NDJSON

/// Tool calls, whole or in the pieces of a stream.
struct ToolCallAssembler {
  private struct Call {
    let index: Int
    var id: [UInt8]?
    var kind: [UInt8]?
    /// Both escaped content of JSON strings.
    var name: [UInt8] = []
    var arguments = SurrogateJoiner()
  }

  private var calls: [Call] = []

  var isEmpty: Bool { calls.isEmpty }

  /// Takes the calls of a message or of a delta.
  ///
  /// A new `id` begins a new call, whatever `index` says: servers leave it out or always send 0. A piece without one
  /// goes on with the latest call of its index, else with the latest; where there is no index either, one that names a
  /// function begins a new call.
  ///
  /// - Parameters:
  ///   - value: The value of `tool_calls`.
  ///   - original: The bytes of a piece of string content as they were before half surrogate pairs were replaced.
  mutating func take(_ value: JSONValue, _ original: (UnsafeRawBufferPointer) -> [UInt8]) {
    if value.kind == .object { return take(call: value, original) }
    for delta in value.elements where delta.kind == .object { take(call: delta, original) }
  }

  private mutating func take(call delta: JSONValue, _ original: (UnsafeRawBufferPointer) -> [UInt8]) {
    let place = place(of: delta)
    if let kind = delta["type"], kind.isString { calls[place].kind = calls[place].kind ?? Array(kind.bytes) }
    guard let function = delta["function"] else { return }
    if let name = function["name"]?.escapedContent, !calls[place].name.elementsEqual(name) {
      calls[place].name.append(contentsOf: name)
    }
    guard let arguments = function["arguments"], !arguments.isNull else { return }
    if let piece = arguments.escapedContent {
      calls[place].arguments.append(original(piece))
    } else {
      // The API promises JSON within a string; some servers send the JSON itself.
      var writer = JSONWriter()
      writer.string(JSONCompactor.copy(arguments))
      calls[place].arguments.append(Array(writer.bytes.dropFirst().dropLast()))
    }
  }

  private mutating func place(of delta: JSONValue) -> Int {
    let id = delta["id"].flatMap { $0.isNull || $0.isString("") ? nil : Array($0.bytes) }
    let index = delta["index"]?.wholeNumber
    if let id {
      if let known = calls.lastIndex(where: { $0.id == id }) { return known }
    } else if let index {
      if let known = calls.lastIndex(where: { $0.index == index }) { return known }
    } else if let known = calls.indices.last, delta["function"]?["name"]?.escapedContent?.isEmpty ?? true {
      return known
    }
    calls.append(Call(index: index ?? calls.count, id: id))
    return calls.count - 1
  }

  /// The calls of a whole answer: as the server wrote them, unless arguments in it are not the string they should be.
  ///
  /// - Parameter value: The value of `tool_calls`.
  /// - Returns: A JSON array; nil when there is no call in it.
  static func whole(_ value: JSONValue) -> [UInt8]? {
    guard value.elements.contains(where: { $0.kind == .object }) else { return nil }
    let isAsPromised = value.elements.allSatisfy { $0["function"]?["arguments"].map { $0.isString } ?? true }
    if isAsPromised { return JSONCompactor.copy(value) }
    var calls = ToolCallAssembler()
    calls.take(value) { Array($0) }
    return calls.json
  }

  /// The call of the interface before tool calls, `{"name","arguments"}`, as a tool call.
  ///
  /// - Parameter value: The value of `function_call`.
  /// - Returns: A JSON array; nil when there is no call.
  static func whole(functionCall value: JSONValue) -> [UInt8]? {
    guard value.kind == .object else { return nil }
    let call = Array("{\"function\":".utf8) + Array(value.bytes) + [UInt8(ascii: "}")]
    var calls = ToolCallAssembler()
    call.withUnsafeBytes { calls.take(call: JSONValue($0)) { Array($0) } }
    return calls.json
  }

  /// All calls as a JSON array, in the order of their indices, those of one index as they came.
  var json: [UInt8] {
    let quote = [UInt8(ascii: "\"")]
    var writer = JSONWriter()
    writer.array { array in
      for (_, call) in calls.enumerated().sorted(by: { ($0.element.index, $0.offset) < ($1.element.index, $1.offset) })
      {
        array.object { object in
          if let id = call.id {
            object.name("id")
            object.raw(id)
          }
          object.name("type")
          object.raw(call.kind ?? Array("\"function\"".utf8))
          object.name("function")
          object.object { function in
            function.name("name")
            function.raw(quote + call.name + quote)
            function.name("arguments")
            function.raw(quote + call.arguments.whole + quote)
          }
        }
      }
    }
    return writer.bytes
  }
}
