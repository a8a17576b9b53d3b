import Foundation

/// One document of the public JSON test suites that `Tests/Servers/json-suites` fetches.
public struct SuiteDocument: Sendable, CustomStringConvertible {
  /// The suite's folder and the file's name: `parsing/y_array_empty.json`.
  public let description: String
  /// Its bytes, which may run over several lines and need not be UTF-8.
  public let bytes: [UInt8]
  /// Whether it is JSON by RFC 8259, in Unicode text.
  public let isValid: Bool
}

/// The public JSON test suites: JSONTestSuite (`parsing`, `transform`), JSON_checker, the round trips of RapidJSON's
/// benchmark, and a few large documents.
public enum JSONSuites {
  /// The suites are not there.
  public struct Missing: Error, CustomStringConvertible {
    /// What is missing, and what fetches it.
    public let description: String
  }

  /// All documents, in the order of their names.
  ///
  /// - Throws: `Missing` when they were not fetched, or not all of them: a test must not pass on nothing.
  public static func all() throws -> [SuiteDocument] {
    try Downloads.require()
    return try [("parsing", 318), ("transform", 18), ("jsonchecker", 36), ("roundtrip", 27), ("large", 4)]
      .flatMap { name, count in
        let documents = try suite(name)
        guard documents.count == count else {
          throw Missing(description: "\(folder)/\(name): \(documents.count) files, not \(count): demo/setup test")
        }
        return documents
      }
  }

  /// The files of the JSON Schema Test Suite for one draft: those of the folder, of `optional` and of `optional/format`.
  ///
  /// - Parameter draft: `draft7` or `draft2020-12`.
  /// - Returns: The files, in the order of their names.
  /// - Throws: `Missing` when they were not fetched, or not all of them.
  public static func schemas(_ draft: String) throws -> [SuiteDocument] {
    try Downloads.require()
    let documents = try ["", "/optional", "/optional/format"].flatMap { try suite("schema/\(draft)\($0)") }
    guard documents.count > 50 else {
      throw Missing(description: "\(folder)/schema/\(draft): \(documents.count) files: demo/setup test")
    }
    return documents
  }

  private static let folder =
    ProcessInfo.processInfo.environment["HYPERGUILD_JSON_SUITES"] ?? sourceRoot + "/.json-suites"

  private static func suite(_ name: String) throws -> [SuiteDocument] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
    return try files.sorted().filter { $0.hasSuffix(".json") }.map { file in
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)/\(file)")))
      return SuiteDocument(description: "\(name)/\(file)", bytes: bytes, isValid: isValid(name, file))
    }
  }

  /// What a file's name says about it. Where the suites leave it open: numbers of any size and deep nesting are JSON;
  /// half a surrogate pair, a byte-order mark and what is not UTF-8 are not.
  private static func isValid(_ suite: String, _ file: String) -> Bool {
    switch suite {
    case "parsing":
      file.hasPrefix("y_") || file.hasPrefix("i_number_") || file == "i_structure_500_nested_arrays.json"
    case "transform": !file.contains("invalid_codepoint")
    // These two were invalid by older rules: a text that is a string, and nesting deeper than 20.
    case "jsonchecker": file.hasPrefix("pass") || file == "fail01.json" || file == "fail18.json"
    default: true
    }
  }
}
