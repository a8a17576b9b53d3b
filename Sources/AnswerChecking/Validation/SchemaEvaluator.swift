import NDJSON

/// Puts the rules of a schema to a value. First without words; where it does not fit, once more to say why.
///
/// A class because what it says of a value is put together while it looks at it.
final class SchemaEvaluator {
  /// How many schemas may be put to values: more only happens where alternatives multiply.
  private static let maximumSteps = 2_000_000
  /// How deeply schemas may lie within each other, in the value or in place.
  private static let maximumDepth = 1200
  /// How many violations are told.
  private static let maximumViolations = 8

  /// One step from the value as a whole to what is looked at.
  private enum Step {
    case member(Int)
    case element(Int)
  }

  let tree: JSONTree
  private let program: [[SchemaRule]]
  private(set) var violations: [SchemaViolation] = []
  /// Whether nothing could be said within the limits.
  private(set) var gaveUp = false
  private var tells = false
  private var steps = 0
  private var depth = 0
  private var path: [Step] = []

  init(_ program: [[SchemaRule]], _ tree: JSONTree) {
    self.program = program
    self.tree = tree
  }

  /// Whether the value as a whole fits.
  func fits() -> Bool { fits(0, 0) }

  /// Finds out why it does not.
  func explain() {
    steps = 0
    tells = true
    _ = fits(0, 0)
  }

  /// Whether the value at a node fits the schema at a place.
  func fits(_ place: Int, _ node: Int) -> Bool {
    steps += 1
    guard steps <= Self.maximumSteps, depth < Self.maximumDepth else {
      gaveUp = true
      return false
    }
    depth += 1
    defer { depth -= 1 }
    var fits = true
    for rule in program[place] {
      if obeys(rule, node) { continue }
      fits = false
      if !tells || gaveUp || violations.count >= Self.maximumViolations { break }
    }
    return fits
  }

  /// Whether a member's value fits.
  func memberFits(_ place: Int, _ name: Int, _ value: Int) -> Bool {
    path.append(.member(name))
    defer { path.removeLast() }
    return fits(place, value)
  }

  /// Whether an element fits.
  func elementFits(_ place: Int, _ index: Int, _ value: Int) -> Bool {
    path.append(.element(index))
    defer { path.removeLast() }
    return fits(place, value)
  }

  /// Whether a value fits, without a word about it.
  func quietlyFits(_ place: Int, _ node: Int) -> Bool {
    let told = tells
    tells = false
    defer { tells = told }
    return fits(place, node)
  }

  /// Whether more is to be looked at although something does not fit.
  var goesOn: Bool { tells && !gaveUp && violations.count < Self.maximumViolations }

  /// Notes what is wrong.
  ///
  /// - Returns: False.
  func refuse(_ message: @autoclosure () -> String) -> Bool {
    guard tells, violations.count < Self.maximumViolations else { return false }
    violations.append(SchemaViolation(pointer: pointer, message: message()))
    return false
  }

  /// As `refuse`, of a member.
  func refuse(member name: Int, _ message: @autoclosure () -> String) -> Bool {
    path.append(.member(name))
    defer { path.removeLast() }
    return refuse(message())
  }

  /// The places of the alternatives that take values of a kind.
  func alternatives(_ places: [Int], for kind: JSONKinds) -> [Int] {
    places.filter { takes(kind, $0, 0) }
  }

  private func takes(_ kind: JSONKinds, _ place: Int, _ depth: Int) -> Bool {
    program[place].allSatisfy { rule in
      switch rule {
      case .never: false
      case .type(let kinds), .values(_, let kinds, _): !kinds.isDisjoint(with: kind)
      case .reference(let target): depth > 20 || takes(kind, target, depth + 1)
      default: true
      }
    }
  }

  /// Whether the schema at a place is `false`.
  func isNever(_ place: Int) -> Bool {
    if case .never = program[place].first { true } else { false }
  }

  /// A value as it is shown: short.
  func shown(_ node: Int) -> String {
    let value = tree.value(node)
    switch value.kind {
    case .object: return "an object"
    case .array: return "an array"
    default:
      let text = value.text
      return text.count > 60 ? text.prefix(59) + "…" : text
    }
  }

  private var pointer: String {
    path.reduce(into: "") { pointer, step in
      switch step {
      case .member(let name): pointer += "/" + JSONPointer.escaped(String(tree.string(name).prefix(100)))
      case .element(let index): pointer += "/\(index)"
      }
    }
  }
}
