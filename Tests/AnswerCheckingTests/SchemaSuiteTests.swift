import AnswerChecking
import NDJSON
import TestSupport
import Testing

/// The official JSON Schema Test Suite.
@Suite struct SchemaSuiteTests {
  /// Groups whose schema is refused, by file, and why; docs/checking.md names the reasons.
  private static let refused: [String: [String: Int]] = [
    "an $id within the schema, or a $ref that leads out of it": [
      "draft2020-12/anchor": 3,
      "draft2020-12/defs": 1,
      "draft2020-12/optional/cross-draft": 1,
      "draft2020-12/optional/id": 1,
      "draft2020-12/optional/unknownKeyword": 1,
      "draft2020-12/ref": 13,
      "draft2020-12/refRemote": 15,
      "draft7/definitions": 1,
      "draft7/optional/cross-draft": 1,
      "draft7/optional/id": 1,
      "draft7/optional/unknownKeyword": 1,
      "draft7/ref": 14,
      "draft7/refRemote": 11,
    ],
    "unevaluatedProperties and unevaluatedItems": [
      "draft2020-12/not": 1,
      "draft2020-12/unevaluatedItems": 27,
      "draft2020-12/unevaluatedProperties": 41,
    ],
    "$dynamicRef and $vocabulary": [
      "draft2020-12/dynamicRef": 19,
      "draft2020-12/optional/dynamicRef": 1,
      "draft2020-12/optional/format-assertion": 2,
      "draft2020-12/vocabulary": 2,
    ],
    "formats of international names and URI templates": [
      "draft2020-12/format": 5,
      "draft2020-12/optional/format/idn-email": 1,
      "draft2020-12/optional/format/idn-hostname": 2,
      "draft2020-12/optional/format/iri": 1,
      "draft2020-12/optional/format/iri-reference": 1,
      "draft2020-12/optional/format/uri-template": 1,
      "draft7/format": 5,
      "draft7/optional/format/idn-email": 1,
      "draft7/optional/format/idn-hostname": 2,
      "draft7/optional/format/iri": 1,
      "draft7/optional/format/iri-reference": 1,
      "draft7/optional/format/uri-template": 1,
    ],
    "\\p{...} with long names": [
      "draft2020-12/optional/ecmascript-regex": 4,
      "draft7/optional/ecmascript-regex": 4,
    ],
  ]

  /// Tests whose outcome is another, by file, and why.
  private static let different: [String: [String: Int]] = [
    "formats are checked, not only noted": [
      "draft2020-12/format": 14
    ],
    "\\s is ASCII, and \\a is a bell": [
      "draft2020-12/optional/ecmascript-regex": 8,
      "draft2020-12/optional/format/ecmascript-regex": 1,
      "draft7/optional/ecmascript-regex": 8,
    ],
    "the numbers of an address in a mail address are not looked at": [
      "draft2020-12/optional/format/email": 1
    ],
    "what a string holds in another format is only noted": [
      "draft7/optional/content": 4
    ],
    "a schema that does not name its draft: what stands beside $ref counts": [
      "draft7/ref": 1
    ],
  ]

  @Test(arguments: [("draft7", 311), ("draft2020-12", 438)])
  func fitsWhatTheSuiteSays(_ draft: String, groups: Int) throws {
    var (count, refused, different) = (0, [String: Int](), [String: Int]())
    for file in try JSONSuites.schemas(draft) {
      let name = String(file.description.dropFirst("schema/".count).dropLast(".json".count))
      try file.bytes.withUnsafeBytes { bytes in
        let parser = JSONParser()
        for group in try parser.parse(bytes).value.elements {
          count += 1
          guard let validator = try? SchemaValidator(compiling: try #require(group["schema"])) else {
            refused[name, default: 0] += 1
            continue
          }
          for test in try #require(group["tests"]).elements {
            let fits = validator.violations(try #require(test["data"])).isEmpty
            if fits != test["valid"]?.bool { different[name, default: 0] += 1 }
          }
        }
        withExtendedLifetime(parser) {}
      }
    }
    #expect(count == groups)
    #expect(refused == Self.known(Self.refused, draft))
    #expect(different == Self.known(Self.different, draft))
  }

  private static func known(_ table: [String: [String: Int]], _ draft: String) -> [String: Int] {
    var known: [String: Int] = [:]
    for (name, count) in table.values.joined() where name.hasPrefix(draft + "/") { known[name, default: 0] += count }
    return known
  }
}
