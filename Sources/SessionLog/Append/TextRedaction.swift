import NDJSON
import Secrets

/// Writes values of a record without the secrets in their texts: never in names, numbers or the structure.
struct TextRedaction {
  /// What stands under these names says what something is, and has no secret.
  private static let identifiers: [StaticString] = ["stage", "kind", "model", "status", "type", "role", "id"]

  private let redactor: Redactor

  init(_ redactor: Redactor) { self.redactor = redactor }

  /// Writes a string; as it was when there is no secret in it.
  func write(string value: JSONValue, to writer: inout JSONWriter) {
    guard let content = value.escapedContent else { return writer.value(value) }
    guard content.firstOffset(of: UInt8(ascii: "\\"), in: 0..<content.count) != nil else {
      // Without an escape the content is the text.
      if redactor.findings(in: content).isEmpty { return writer.value(value) }
      var text = Array(content)
      redactor.redact(&text)
      return writer.string(text)
    }
    guard var text = value.stringBytes, redactor.redact(&text) else { return writer.value(value) }
    writer.string(text)
  }

  /// Writes any value; the strings in it, at any depth, without secrets, but for those that say what something is.
  func write(_ value: JSONValue, to writer: inout JSONWriter) {
    // Nearly always there is no secret in it, and it stays as it is. One that is hidden by escapes needs a closer look.
    let mayHaveSecrets =
      value.bytes.firstOffset(of: UInt8(ascii: "\\"), in: 0..<value.bytes.count) != nil
      || !redactor.findings(in: value.bytes).isEmpty
    if mayHaveSecrets { rewrite(value, to: &writer) } else { writer.value(value) }
  }

  private func rewrite(_ value: JSONValue, to writer: inout JSONWriter) {
    switch value.kind {
    case .string: write(string: value, to: &writer)
    case .array: writer.array { array in for element in value.elements { rewrite(element, to: &array) } }
    case .object:
      writer.object { object in
        for (name, member) in value.members {
          object.name(any: name.string ?? "")
          if member.isString, Self.identifiers.contains(where: { name.isNamed(MemberName(stringLiteral: $0)) }) {
            object.value(member)
          } else {
            rewrite(member, to: &object)
          }
        }
      }
    default: writer.value(value)
    }
  }
}
