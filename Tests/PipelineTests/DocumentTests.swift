import Foundation
import TestSupport
import Testing

/// Every command that a document shows as `sh` runs, in the order of the page, against the real proxy.
@Suite struct DocumentTests {
  static let documents: [String] = {
    let docs = (try? FileManager.default.contentsOfDirectory(atPath: sourceRoot + "/docs")) ?? []
    return ["README.md"] + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
  }()

  @Test(arguments: documents)
  func everyCommandRuns(document: String) throws {
    let text = try String(contentsOfFile: sourceRoot + "/" + document, encoding: .utf8)
    let folder = try Self.workplace()
    // The scripts of examples/ take it: a few words of an answer are enough here.
    let server = try LiteLLM.shared()
    let environment = server.environment.merging([
      "HYPERGUILD_RECORD": #"{"max_tokens":24}"#, "JUDGE_API_KEY": server.key, "JUDGE_MODEL": "canned-accept",
    ]) { $1 }
    for block in Self.shellBlocks(in: text) {
      let result = try folder.shell(block, environment: environment)
      #expect(result.status == 0, "\(document)\n\(result)")
    }
  }

  @Test func theReadmeShowsCommands() throws {
    let text = try String(contentsOfFile: sourceRoot + "/README.md", encoding: .utf8)
    #expect(Self.shellBlocks(in: text).count >= 5)
    #expect(Self.documents.count >= 7, "\(Self.documents)")
  }

  /// What the documents take for granted: a repository with a change, some tasks, a note, an answer.
  static func workplace() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.write("limit.go", text: "package limit\n\nvar seen = map[string]int{}\n")
    try folder.write(
      "deploy.md", text: "# Deploying\n\nTag the commit, then run `make release`. Roll back with `make undo`.\n")
    try folder.write("answer.md", text: "All good.\n\n```json\n{\"status\": \"pass\", \"phase\": \"review\"}\n```\n")
    try folder.write(
      "tasks.ndjson",
      text: (1...3).map { "{\"id\":\($0),\"skill\":\"qa\",\"max_tokens\":16,\"user\":\"What is \($0) + 1?\"}\n" }
        .joined())
    let setUp = try folder.shell(
      """
      ln -s '\(sourceRoot)/examples' examples
      git init -q && git add limit.go
      git -c user.name=t -c user.email=t@example.com commit -qm 'Count keys'
      echo 'func Allow(key string) bool { seen[key]++; return seen[key] < 9 }' >> limit.go
      """)
    try #require(setUp.status == 0, "\(setUp)")
    return folder
  }

  /// The contents of the blocks fenced as `sh`.
  static func shellBlocks(in text: String) -> [String] {
    var blocks: [String] = []
    var block: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let lines = block {
        if line == "```" {
          blocks.append(lines.joined(separator: "\n"))
          block = nil
        } else {
          block = lines + [line]
        }
      } else if line == "```sh" {
        block = []
      }
    }
    return blocks
  }
}
