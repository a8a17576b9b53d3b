public import NDJSON

/// A compiled JSON Schema: drafts 7 and 2020-12, as far as the documentation of `hg-complete` says.
public struct SchemaValidator: Sendable {
  /// Whether it keeps to the rules that OpenAI has for schemas with `strict`.
  public let isStrict: Bool

  private let program: [[SchemaRule]]

  /// Compiles a schema.
  ///
  /// - Parameter schema: A slice of a checked text.
  /// - Throws: Where it is not a schema, or says what is not supported.
  public init(compiling schema: JSONValue) throws(SchemaError) {
    var tree = JSONTree()
    guard tree.read(schema) else { throw SchemaError("", "it is nested more than \(JSONTree.maximumDepth) deep") }
    program = try SchemaCompiler(tree).program
    isStrict = StrictSchema.allows(tree)
  }

  /// Where a value does not fit.
  ///
  /// - Parameter value: A slice of a checked text.
  /// - Returns: What is wrong, at most a handful; empty when it fits.
  public func violations(_ value: JSONValue) -> [SchemaViolation] {
    var tree = JSONTree()
    return violations(value, &tree)
  }

  /// As the other, with memory of the caller's.
  func violations(_ value: JSONValue, _ tree: inout JSONTree) -> [SchemaViolation] {
    guard tree.read(value) else {
      return [SchemaViolation(pointer: "", message: "is nested more than \(JSONTree.maximumDepth) deep")]
    }
    let evaluator = SchemaEvaluator(program, tree)
    if evaluator.fits() { return [] }
    if !evaluator.gaveUp { evaluator.explain() }
    guard evaluator.violations.isEmpty else { return evaluator.violations }
    return [SchemaViolation(pointer: "", message: "takes too long to be compared with the schema")]
  }
}
