import Foundation
import TestSupport
import Testing

/// Every file of examples/ is run by some test, and says at its start what it lacks.
@Suite struct ExamplesCatalogueTests {
  /// A file, and what runs it.
  static let catalogue: [String: String] = [
    "batch-openai.sh": "ExamplesBatchTests", "batch.mk": "ExamplesBatchTests", "batch.sh": "ExamplesBatchTests",
    "parallel.sh": "ExamplesBatchTests", "spark/pipe.py": "Tests/examples/spark (make examples-test)",
    "bin/skill": "ExamplesSkillTests", "bin/mcp-tool": "ExamplesToolTests", "mcp/tools.json": "ExamplesToolTests",
    "mcp/.mcp.json": "ExamplesToolTests", "ci/gitea.yml": "ExamplesToolTests", "ci/github.yml": "ExamplesToolTests",
    "ci/gitlab.yml": "ExamplesToolTests", "ci/woodpecker.yml": "ExamplesToolTests",
    "bin/cron-run": "ExamplesCronTests", "bin/install-cron": "ExamplesCronTests", "crontab": "ExamplesCronTests",
    "health.sh": "ExamplesCronTests", "learn.jq": "ExamplesCronTests", "learn.sh": "ExamplesCronTests",
    "systemd/hyperguild-health.service": "ExamplesCronTests", "systemd/hyperguild-health.timer": "ExamplesCronTests",
    "systemd/hyperguild-learn.service": "ExamplesCronTests", "systemd/hyperguild-learn.timer": "ExamplesCronTests",
    "ci-triage.sh": "ExamplesScriptTests", "classify.sh": "ExamplesScriptTests",
    "commit-message.sh": "ExamplesScriptTests", "elaborate.sh": "ExamplesScriptTests",
    "lib.sh": "ExamplesFaultTests",
    "fan-out.sh": "ExamplesScriptTests", "judge.sh": "ExamplesScriptTests", "skills/judge.md": "ExamplesScriptTests",
    "judge": "CompleteCheckExampleTests",
    "pr-review.sh": "ExamplesScriptTests", "release-notes.sh": "ExamplesScriptTests",
    "summarise.sh": "ExamplesScriptTests", "verdict.sh": "ExamplesScriptTests",
    "lenses/correctness.md": "ExamplesScriptTests", "lenses/cost.md": "ExamplesScriptTests",
    "lenses/operations.md": "ExamplesScriptTests", "lenses/security.md": "ExamplesScriptTests",
    "lenses/users.md": "ExamplesScriptTests",
    "skills/debug.md": "ExamplesSkillTests", "skills/protocol.md": "ExamplesSkillTests",
    "skills/retrospective.md": "ExamplesSkillTests", "skills/review.md": "ExamplesSkillTests",
    "skills/spec.md": "ExamplesSkillTests", "skills/tdd-green.md": "ExamplesSkillTests",
    "skills/tdd-red.md": "ExamplesSkillTests", "skills/tdd-refactor.md": "ExamplesSkillTests",
    "skills/trainer-reader.md": "ExamplesSkillTests", "skills/trainer-writer.md": "ExamplesSkillTests",
  ]

  static let files: Set<String> = {
    let all = FileManager.default.enumerator(atPath: examples)?.compactMap { $0 as? String } ?? []
    return Set(
      all.filter { file in
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: examples + "/" + file, isDirectory: &isFolder)
        return !isFolder.boolValue && !file.contains("__pycache__")
      })
  }()

  @Test func everyExampleIsCovered() throws {
    let covered = Set(Self.catalogue.keys)
    #expect(Self.files.subtracting(covered).sorted() == [], "no test runs these files")
    #expect(covered.subtracting(Self.files).sorted() == [], "these files are gone")
    for (file, test) in Self.catalogue {
      let place = test.split(separator: " ").first.map {
        $0.contains("/") ? "\($0)" : "Tests/PipelineTests/\($0).swift"
      }
      let source = try String(contentsOfFile: sourceRoot + "/" + (place ?? ""), encoding: .utf8)
      // Prompts are used under their bare name.
      let name = (file as NSString).lastPathComponent
      let named = source.contains(name) || source.contains(((name as NSString).deletingPathExtension))
      #expect(named, "\(test) does not name \(file)")
    }
  }

  /// The scripts that need our programs, with the usual tools of a shell and nothing else on PATH.
  static let scripts = files.filter {
    ($0.hasSuffix(".sh") || $0.hasPrefix("bin/")) && !["ci-triage.sh", "lib.sh", "bin/cron-run"].contains($0)
  }.sorted()

  @Test(arguments: scripts)
  func saysInOneLineWhatIsMissing(script: String) throws {
    let folder = try TestFolder()
    try folder.write("bin/nothing", text: "")
    let tools = "sh bash env dirname basename realpath cat mktemp rm mkdir date id cut grep sed awk"
    _ = try folder.shell("for tool in \(tools); do ln -s \"$(command -v $tool)\" bin/; done")
    let arguments = script.hasSuffix("verdict.sh") ? ["--session", "s", "true"] : ["a", "b"]
    let result = try folder.run(
      "\(examples)/\(script)", arguments, environment: ["PATH": folder.file("bin")])
    #expect(result.status == 69 && result.output.isEmpty, "\(result)")
    #expect(result.errors.hasSuffix("\n") && result.errors.split(separator: "\n").count == 1, "\(result)")
    #expect(result.errors.contains("is not on PATH"), "\(result)")
  }
}
