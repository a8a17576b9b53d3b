import ModelRouting
import Testing
import YAML

@Suite struct ModelCatalogTests {
  let standard = ModelChain(local: "qwen35", strong: "claude-sonnet-4-6")

  @Test func chainsBySkill() throws {
    let text = """
      default_chain: [iguana/qwen3-coder-next, claude-sonnet-4-6]
      skills:
        tdd:    {chain: [koala/qwen3-coder-30b, iguana/devstral, claude-sonnet-4-6]}
        review: {chain: ["1"]}
      """
    let catalog = try ModelCatalog(yaml: Array(text.utf8), standard: standard)
    #expect(catalog.chain(for: "tdd").models == ["koala/qwen3-coder-30b", "iguana/devstral", "claude-sonnet-4-6"])
    #expect(
      catalog.chain(for: "tdd").models(after: "koala/qwen3-coder-30b") == ["iguana/devstral", "claude-sonnet-4-6"])
    #expect(catalog.chain(for: "tdd").models(after: "claude-sonnet-4-6").isEmpty)
    #expect(catalog.chain(for: "review").models == ["1"])
    #expect(catalog.chain(for: "review").strong == catalog.chain(for: "review").local)
    #expect(catalog.chain(for: "debug").local == "iguana/qwen3-coder-next")
    #expect(catalog.chain(for: nil).strong == "claude-sonnet-4-6")
  }

  @Test(arguments: ["", "skills:\n", "skills: {}", "# nothing\n", "\u{FEFF}", "\u{FEFF}# nothing\r\n", "\r\n"])
  func withoutChainsTheStandardHolds(text: String) throws {
    #expect(try ModelCatalog(yaml: Array(text.utf8), standard: standard).chain(for: "tdd") == standard)
  }

  @Test(arguments: [
    ("default: [a]", "1:1: unknown key 'default' in the file: allowed is 'default_chain' and 'skills'"),
    ("default_chain: []", "1:16: default_chain is empty: it needs at least one model"),
    ("default_chain: a", "1:16: default_chain must be a list of models, and is a string"),
    ("default_chain:", "1:15: default_chain must be a list of models, and is null"),
    ("default_chain: [a, 1]", "1:20: default_chain holds a number: a model is a string that is not empty"),
    ("default_chain: [a, ' ']", "1:20: default_chain holds a string: a model is a string that is not empty"),
    ("default_chain: [a, 'a ']", "1:20: default_chain holds 'a' twice"),
    ("default_chain: [a, '']", "1:20: default_chain holds a string: a model is a string that is not empty"),
    ("default_chain: [a, ~]", "1:20: default_chain holds null: a model is a string that is not empty"),
    ("default_chain: [a, b, a]", "1:23: default_chain holds 'a' twice"),
    ("skills: [a]", "1:9: skills must be a mapping, and is a list"),
    ("skills:\n  tdd: [a]", "2:8: skills.tdd must be a mapping, and is a list"),
    ("skills:\n  tdd: {}", "2:3: skills.tdd has no 'chain'"),
    ("skills:\n  tdd: {chain: [a], min: 1}", "2:21: unknown key 'min' in skills.tdd: allowed is 'chain'"),
    ("skills:\n  tdd: {chain: []}", "2:16: skills.tdd.chain is empty: it needs at least one model"),
    ("skills:\n  tdd: {chain: [a]}\n  tdd: {chain: [b]}", "3:3: the key 'tdd' is there twice"),
    ("just text", "1:1: the file must be a mapping, and is a string"),
    ("a: [", "2:1: did not find expected node content"),
  ])
  func refused(text: String, message: String) {
    let error = #expect(throws: YAMLError.self) { try ModelCatalog(yaml: Array(text.utf8), standard: standard) }
    #expect(error?.description == message)
  }

  /// A chain of one model names no strong one: that is the one that the user names.
  @Test func aChainOfOneModelBesideAStrongOne() throws {
    let text = "default_chain: [iguana/q]\nskills:\n  a: {chain: [claude]}\n  b: {chain: [x, y]}\n"
    let catalog = try ModelCatalog(yaml: Array(text.utf8), standard: standard, strong: "claude")
    #expect(catalog.defaultChain.models == ["iguana/q", "claude"])
    #expect(catalog.chain(for: "a").models == ["claude"] && catalog.chain(for: "b").models == ["x", "y"])
    #expect(catalog.uses("claude") && catalog.uses("y") && !catalog.uses("z"))
    let alone = try ModelCatalog(yaml: Array(text.utf8), standard: standard)
    #expect(alone.defaultChain.models == ["iguana/q"])
  }

  @Test(arguments: [
    "\u{FEFF}default_chain: [a/b, c]\n", "default_chain: [a/b, c]\r\n", "default_chain:\r\n  - a/b\r\n  - c\r\n",
    "default_chain: [\" a/b \", 'c\t']", "default_chain: [\"a/b\\r\", \"c\\u00a0\"]",
    "# one\n\ndefault_chain: [a/b, c]",
  ])
  func namesLoseWhiteSpace(text: String) throws {
    #expect(try ModelCatalog(yaml: Array(text.utf8), standard: standard).defaultChain.models == ["a/b", "c"])
  }

  @Test func tenThousandSkills() throws {
    let text = "skills:\n" + (0..<10_000).map { "  s\($0): {chain: [m\($0), claude]}\n" }.joined()
    let catalog = try ModelCatalog(yaml: Array(text.utf8), standard: standard)
    #expect(catalog.chain(for: "s9999").local == "m9999")
    #expect(catalog.chains.count == 10_000)
  }
}
