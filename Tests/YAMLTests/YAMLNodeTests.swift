import Testing
import YAML

@Suite struct YAMLNodeTests {
  let models = """
    # which model answers what
    default_chain: [iguana/qwen3-coder-next, claude-sonnet-4-6]
    skills:
      tdd:    {chain: [koala/qwen3-coder-30b, claude-sonnet-4-6]}
      review:
        chain:
          - iguana/devstral
    """

  @Test func valuesByKey() throws {
    let root = try YAMLNode(parsing: models)
    #expect(root["default_chain"]?.strings == ["iguana/qwen3-coder-next", "claude-sonnet-4-6"])
    #expect(root["skills"]?["tdd"]?["chain"]?.strings == ["koala/qwen3-coder-30b", "claude-sonnet-4-6"])
    #expect(root["skills"]?.mapping?.map(\.key) == ["tdd", "review"])
    #expect(root["nothing"] == nil)
    #expect(root["default_chain"]?["nothing"] == nil)
  }

  @Test func everyNodeKnowsItsPlace() throws {
    let root = try YAMLNode(parsing: models)
    #expect(root.location == YAMLLocation(line: 2, column: 1))
    #expect(root["default_chain"]?.location == YAMLLocation(line: 2, column: 16))
    #expect(root["default_chain"]?.sequence?.last?.location == YAMLLocation(line: 2, column: 42))
    #expect(root["skills"]?.mapping?.last?.keyLocation == YAMLLocation(line: 5, column: 3))
    #expect(root["skills"]?["review"]?["chain"]?.sequence?.first?.location == YAMLLocation(line: 7, column: 9))
  }

  @Test func frontMatterCountsTheLinesOfItsFile() throws {
    let root = try YAMLNode(parsing: "title: é, ü\ntags: [a]", firstLine: 2)
    #expect(root["title"]?.location == YAMLLocation(line: 2, column: 8))
    #expect(root["tags"]?.location == YAMLLocation(line: 3, column: 7))
  }

  @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n", "\u{FEFF}", "null"])
  func nothingIsNull(text: String) throws {
    #expect(try YAMLNode(parsing: text).isNull)
  }

  @Test func aByteOrderMarkIsNotPartOfTheFirstKey() throws {
    #expect(try YAMLNode(parsing: "\u{FEFF}a: b")["a"]?.string == "b")
  }

  @Test func windowsLineEnds() throws {
    #expect(try YAMLNode(parsing: "a: b\r\nc: d\r\n")["c"]?.string == "d")
  }

  @Test(
    arguments: [
      ("tags: [a, 1, true]", ["a", "1", "true"]), ("tags: a", ["a"]), ("tags:\n- a\n- b", ["a", "b"]),
      ("tags:", []), ("tags: []", []), ("tags: 2024", ["2024"]), ("tags: [[a]]", nil), ("tags: {a: b}", nil),
      ("tags: [a, ~]", nil),
    ] as [(String, [String]?)])
  func lists(source: String, strings: [String]?) throws {
    #expect(try YAMLNode(parsing: source)["tags"]?.strings == strings)
  }

  @Test func scalarsAsWritten() throws {
    let root = try YAMLNode(parsing: "title: 2024\nquoted: '2024'\nnone: ~\nflag: true\nshare: 0.30\nlist: [a]")
    #expect(root["title"]?.text == "2024")
    #expect(root["title"]?.string == nil)
    #expect(root["title"]?.int == 2024)
    #expect(root["title"]?.double == 2024)
    #expect(root["quoted"]?.string == "2024")
    #expect(root["quoted"]?.int == nil)
    #expect(root["none"]?.text == nil)
    #expect(root["flag"]?.bool == true)
    #expect(root["share"]?.text == "0.30")
    #expect(root["share"]?.double == 0.3)
    #expect(root["list"]?.text == nil)
    #expect(
      root.mapping?.map(\.value.kindDescription)
        == ["a number", "a string", "null", "a boolean", "a number", "a list"])
  }

  @Test func anAliasIsACopyWithItsOwnPlace() throws {
    let root = try YAMLNode(parsing: "a: &x [1, 2]\nb: *x\n")
    #expect(root["b"]?.content == root["a"]?.content)
    #expect(root["b"]?.location == YAMLLocation(line: 2, column: 4))
  }

  @Test func anAnchorMayBeSetAgain() throws {
    #expect(try YAMLNode(parsing: "[&x a, *x, &x b, *x]").strings == ["a", "a", "b", "b"])
  }
}
