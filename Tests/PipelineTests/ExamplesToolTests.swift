import Foundation
import TestSupport
import Testing

/// The examples that other programs read: MCP clients and CI systems.
@Suite struct ExamplesToolTests {
  static let catalogue = examples + "/mcp/tools.json"

  @Test func officialClientUsesEveryTool() throws {
    let run = try ExampleRun()
    try run.folder.write("project/a.txt", text: "a\n")
    try run.folder.write("project/odd $(name).txt", text: "b\n")
    _ = try run.shell("ln -s /etc/passwd project/link")
    let result = try run.folder.run(
      Downloads.programs() + "/python",
      [
        sourceRoot + "/Tests/examples/mcp-client", programDirectory + "/hg-mcp", Self.catalogue,
        run.folder.file("project"),
      ],
      environment: run.environment.merging(["HYPERGUILD_RECORD": #"{"max_tokens":2000}"#]) { $1 })
    #expect(result.status == 0 && result.text == "mcp-client: all tools\n", "\(result)")
  }

  @Test func claudeCodeIsToldToStartIt() throws {
    let text = try String(contentsOfFile: examples + "/mcp/.mcp.json", encoding: .utf8)
    let servers = try object(text)["mcpServers"] as? [String: [String: Any]]
    #expect(servers?["hyperguild"]?["command"] as? String == "hg-mcp")
    #expect(servers?["hyperguild"]?["args"] as? [String] == ["${HYPERGUILD_EXAMPLES:-examples}/mcp/tools.json"])
  }

  @Test func toolsAreDescribed() throws {
    let tools =
      try object(try String(contentsOfFile: Self.catalogue, encoding: .utf8))["tools"] as? [[String: Any]] ?? []
    #expect(tools.count == 12)
    for tool in tools {
      let schema = tool["inputSchema"] as? [String: Any] ?? [:]
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      #expect(properties.values.allSatisfy { $0["description"] is String && $0["type"] is String }, "\(tool)")
      #expect(tool["command"] as? [String] == ["../bin/mcp-tool", tool["name"] as? String ?? ""])
    }
  }

  @Test func anUnknownToolIsRefused() throws {
    let result = try TestFolder().run(examples + "/bin/mcp-tool", ["nonsense"], text: "{}")
    #expect(result.status == 64 && result.errors == "mcp-tool: no tool 'nonsense'\n", "\(result)")
  }

  /// gitea.yml, github.yml, gitlab.yml and woodpecker.yml: valid, of the system's form, with scripts that pass shellcheck.
  @Test func snippetsForCIAreSound() throws {
    let result = try TestFolder().run(
      Downloads.programs() + "/python", [sourceRoot + "/Tests/examples/check-ci", examples])
    #expect(result.status == 0, "\(result)")
  }
}
