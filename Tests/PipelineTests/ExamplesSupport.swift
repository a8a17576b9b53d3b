import Foundation
import TestSupport

/// Where the examples are.
let examples = sourceRoot + "/examples"

/// A folder in which examples run against the real proxy, with a brain of its own.
struct ExampleRun {
  let folder: TestFolder
  let environment: [String: String]

  init() throws {
    folder = try TestFolder()
    environment = try LiteLLM.shared().environment.merging([
      "HYPERGUILD_BRAIN_DIR": folder.file("brain"), "HYPERGUILD_RECORD": #"{"max_tokens":8,"temperature":0}"#,
    ]) { $1 }
  }

  /// Runs an example.
  ///
  /// - Parameters:
  ///   - example: Its path in examples/.
  ///   - arguments: Its arguments.
  ///   - text: Its stdin.
  ///   - model: The model that all records name.
  ///   - extra: More variables.
  /// - Returns: What it wrote and how it ended.
  /// - Throws: When it cannot be started.
  func run(
    _ example: String, _ arguments: [String] = [], text: String = "", model: String? = nil,
    _ extra: [String: String] = [:]
  ) throws -> CommandResult {
    var environment = environment.merging(extra) { $1 }
    if let model { environment["HYPERGUILD_RECORD"] = #"{"model":"\#(model)"}"# }
    return try folder.run("\(examples)/\(example)", arguments, text: text, environment: environment)
  }

  /// Runs a shell script; `$EXAMPLES` is where the examples are.
  func shell(_ script: String, text: String = "") throws -> CommandResult {
    try folder.shell(script, text: text, environment: environment.merging(["EXAMPLES": examples]) { $1 })
  }

  /// A Git repository with a tag, a branch and staged changes, whose file names are hostile.
  func repository() throws {
    let done = try shell(
      """
      git init -q -b main . && git config user.email t@example.org && git config user.name T
      echo brain > .gitignore; echo a > a.txt; git add .; git commit -qm "Add a"; git tag v1
      git checkout -q -b feature; echo b >> a.txt; echo c > '$(touch pwned) x.txt'; echo d > $'new\\nline'; git add .
      """)
    precondition(done.status == 0, "\(done)")
  }
}

/// One JSON text as Foundation reads it.
func object(_ line: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
}
