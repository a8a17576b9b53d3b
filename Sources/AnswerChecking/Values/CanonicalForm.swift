import NDJSON

/// Bytes that are the same for JSON values that are the same: members in any order, numbers and strings however they are
/// written. They are not JSON.
enum CanonicalForm {
  /// Makes them.
  ///
  /// - Parameters:
  ///   - tree: What the value lies in.
  ///   - index: Its node.
  /// - Returns: The bytes.
  static func bytes(_ tree: JSONTree, _ index: Int) -> [UInt8] {
    var output: [UInt8] = []
    append(tree, index, to: &output)
    return output
  }

  private static func append(_ tree: JSONTree, _ index: Int, to output: inout [UInt8]) {
    switch tree.nodes[index].kind {
    case .null, .bool: output.append(contentsOf: tree.value(index).bytes)
    case .number:
      let number = ExactNumber(tree.value(index).bytes)
      output.append(UInt8(ascii: number.isNegative && !number.digits.isEmpty ? "-" : "#"))
      output.append(contentsOf: number.digits)
      output.append(contentsOf: "e\(number.exponent)".utf8)
    case .string:
      tree.withContent(index) { content in
        output.append(contentsOf: "\"\(content.count):".utf8)
        output.append(contentsOf: content)
      }
    case .array:
      output.append(UInt8(ascii: "["))
      tree.elements(index) { _, element in
        append(tree, element, to: &output)
        output.append(UInt8(ascii: ","))
        return true
      }
      output.append(UInt8(ascii: "]"))
    case .object:
      var members: [(name: [UInt8], value: Int)] = []
      tree.members(index) { name, value in
        members.append((tree.withContent(name) { Array($0) }, value))
        return true
      }
      members.sort { $0.name == $1.name ? $0.value < $1.value : $0.name.lexicographicallyPrecedes($1.name) }
      output.append(UInt8(ascii: "{"))
      for (place, member) in members.enumerated() {
        // Of a name that is there twice the last one counts.
        if place + 1 < members.count && members[place + 1].name == member.name { continue }
        output.append(contentsOf: "\(member.name.count):".utf8)
        output.append(contentsOf: member.name)
        append(tree, member.value, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }
}
