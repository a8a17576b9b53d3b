import NDJSON
import TestSupport
import Testing

/// Edits change what they name, and no other byte.
@Suite struct RecordEditsTests {
  enum Change: Sendable {
    case set(String, String)
    case remove(String)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let line: String
    let changes: [Change]
    let expected: String
    var testDescription: String { name }
    init(_ name: String, _ line: String, _ changes: [Change], _ expected: String) {
      self.name = name
      self.line = line
      self.changes = changes
      self.expected = expected
    }
  }

  static let cases: [Case] = [
    Case("nothing", #" {"a":1} "#, [], #" {"a":1} "#),
    Case("replace", #"{"a":1,"b":2}"#, [.set("a", "[]")], #"{"a":[],"b":2}"#),
    Case("replace keeps white space", #"{ "a" : 1 , "b":2 }"#, [.set("a", "3")], #"{ "a" : 3 , "b":2 }"#),
    Case("the last of two is replaced", #"{"a":1,"a":2}"#, [.set("a", "3")], #"{"a":1,"a":3}"#),
    Case("an escaped name", #"{"\u0061":1}"#, [.set("a", "3")], #"{"\u0061":3}"#),
    Case("add", #"{"a":1}"#, [.set("b", "2")], #"{"a":1,"b":2}"#),
    Case("add to an empty object", "{}", [.set("b", "2")], #"{"b":2}"#),
    Case("add to an empty object with white space", " { } ", [.set("b", "2")], #" { "b":2} "#),
    Case("add behind white space", #"{"a":1 } "#, [.set("b", "2")], #"{"a":1,"b":2 } "#),
    Case("add two in order", #"{"a":1}"#, [.set("c", "3"), .set("b", "2")], #"{"a":1,"c":3,"b":2}"#),
    Case("replace and add", #"{"a":1}"#, [.set("b", "2"), .set("a", "0")], #"{"a":0,"b":2}"#),
    Case("the last call counts", #"{"a":1}"#, [.set("a", "2"), .set("a", "3")], #"{"a":3}"#),
    Case("remove the first", #"{"a":1,"b":2}"#, [.remove("a")], #"{"b":2}"#),
    Case("remove the last", #"{"a":1,"b":2}"#, [.remove("b")], #"{"a":1}"#),
    Case("remove the only one", #"{ "a":1 }"#, [.remove("a")], "{  }"),
    Case("remove all", #"{"a":1,"b":2}"#, [.remove("b"), .remove("a")], "{}"),
    Case("remove every one of a name", #"{"a":1,"b":2,"\u0061":3}"#, [.remove("a")], #"{"b":2}"#),
    Case("remove what is not there", #"{"a":1}"#, [.remove("b")], #"{"a":1}"#),
    Case("remove and add", #"{"a":1}"#, [.remove("a"), .set("b", "2")], #"{"b":2}"#),
    Case("remove the first, replace the second", #"{"a":1,"b":2}"#, [.remove("a"), .set("b", "3")], #"{"b":3}"#),
    Case("set, then remove", #"{"a":1,"b":2}"#, [.set("a", "3"), .remove("a")], #"{"b":2}"#),
    Case("remove, then set", #"{"a":1,"b":2}"#, [.remove("a"), .set("a", "3")], #"{"a":3,"b":2}"#),
    Case("a name that needs escapes", "{}", [.set("a\"\n", "1")], #"{"a\"\n":1}"#),
    Case("names that only look the same", "{}", [.set("é", "1"), .set("e\u{301}", "2")], "{\"é\":1,\"e\u{301}\":2}"),
  ]

  @Test(arguments: cases)
  func changes(test: Case) throws {
    #expect(try edited(test.line, test.changes) == test.expected)
  }

  @Test func allOtherBytesStayInGeneratedRecords() throws {
    for seed in 0..<3000 {
      var json = RandomJSON(seed: UInt64(seed))
      let line = json.space() + json.object() + json.space()
      let names = ["text", "stripped", "id", "new"]
      let changes = (0..<json.generator.below(4)).map { _ in
        json.generator.below(3) == 0
          ? Change.remove(json.generator.pick(names)) : .set(json.generator.pick(names), json.value())
      }
      #expect(try members(of: edited(line, changes)) == expected(line, changes), "seed \(seed): \(line) \(changes)")
      if changes.isEmpty { #expect(try edited(line, changes) == line) }
    }
  }

  /// The members, as pairs of name and value, byte for byte: the model that the splicing is held to.
  private func expected(_ line: String, _ changes: [Change]) throws -> [[String]] {
    var members = try self.members(of: line)
    // Of several changes to one member the last counts, and takes its place in the order of the calls.
    var last: [(String, String?)] = []
    for change in changes {
      let (name, value): (String, String?) =
        switch change {
        case .set(let name, let value): (name, value)
        case .remove(let name): (name, nil)
        }
      last.removeAll { $0.0 == name }
      last.append((name, value))
    }
    for (name, value) in last {
      let quoted = "\"\(name)\""
      if let value {
        if let index = members.lastIndex(where: { $0[0] == quoted }) {
          members[index][1] = value
        } else {
          members.append([quoted, value])
        }
      } else {
        members.removeAll { $0[0] == quoted }
      }
    }
    return members
  }

  private func members(of line: String) throws -> [[String]] {
    try Array(line.utf8).withUnsafeBytes { bytes in
      let record = try JSONParser().record(bytes)
      return (0..<record.count).map { [record.name(at: $0).text, record.value(at: $0).text] }
    }
  }

  private func edited(_ line: String, _ changes: [Change]) throws -> String {
    var edits = RecordEdits()
    for change in changes {
      switch change {
      case .set(let name, let value): edits.set(name) { $0.raw(Array(value.utf8)) }
      case .remove(let name): edits.remove(name)
      }
    }
    return try Array(line.utf8).withUnsafeBytes { bytes in
      var output: [UInt8] = []
      edits.append(try JSONParser().record(bytes), to: &output)
      return String(decoding: output, as: UTF8.self)
    }
  }
}
