/// Which form of JSON Schema a schema says that it has.
enum SchemaDialect {
  case draft7
  case draft2020
  /// It does not say: what either form knows counts.
  case unnamed

  /// The dialect that a `$schema` names; nil for one that is not known.
  init?(named uri: String) {
    let name = uri.hasSuffix("#") ? String(uri.dropLast()) : uri
    switch name.split(separator: "://", maxSplits: 1).last {
    case "json-schema.org/draft-07/schema": self = .draft7
    case "json-schema.org/draft/2020-12/schema": self = .draft2020
    default: return nil
    }
  }

  /// What may be named.
  static let allowed = "draft-07 and draft 2020-12"

  /// Keywords that would change which answers fit, and are not known here.
  static let refused: Set<String> = [
    "$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties", "$vocabulary",
    // Of drafts 3 and 4; the others of theirs have other values here, which are refused as such.
    "extends", "disallow", "divisibleBy",
  ]
}
