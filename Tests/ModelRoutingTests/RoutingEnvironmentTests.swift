import ModelRouting
import Testing

@Suite struct RoutingEnvironmentTests {
  @Test func unsetIsNothing() throws {
    let environment = try RoutingEnvironment { _ in nil }
    #expect(environment.localModel == nil && environment.floor == nil && environment.lifetime == nil)
  }

  @Test func valuesAreRead() throws {
    let values = [
      "HYPERGUILD_LOCAL_MODEL": "a", "HYPERGUILD_CLAUDE_MODEL": "b", "HYPERGUILD_ROUTE_LOCAL_FLOOR": "1",
      "HYPERGUILD_ROUTE_LOCAL_CEIL": "0", "HYPERGUILD_PASS_RATE_TTL_SECONDS": "0",
      "HYPERGUILD_MODELS": "m.yaml", "BRAIN_URL": "http://b",
    ]
    let environment = try RoutingEnvironment { values[$0] }
    #expect(environment.localModel == "a" && environment.claudeModel == "b")
    #expect(environment.floor == 1 && environment.ceil == 0 && environment.lifetime == 0)
    #expect(environment.modelsFile == "m.yaml")
    #expect(environment.brainURL == "http://b")
  }

  @Test(arguments: [
    ("HYPERGUILD_ROUTE_LOCAL_FLOOR", "high"), ("HYPERGUILD_ROUTE_LOCAL_FLOOR", "1.01"),
    ("HYPERGUILD_ROUTE_LOCAL_FLOOR", "nan"), ("HYPERGUILD_ROUTE_LOCAL_CEIL", "-0.1"),
    ("HYPERGUILD_ROUTE_LOCAL_CEIL", "0,7"), ("HYPERGUILD_ROUTE_LOCAL_CEIL", "inf"),
    ("HYPERGUILD_ROUTE_LOCAL_CEIL", "1e400"), ("HYPERGUILD_ROUTE_LOCAL_CEIL", "0x1p-1"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "1.5"), ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "-1"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "60s"), ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "9007199254740992"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "9223372036854775807"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "18446744073709551616"), ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "1e30"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "inf"), ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "nan"),
  ])
  func theErrorNamesTheVariableAndTheValue(name: String, value: String) {
    let error = #expect(throws: ConfigurationError.self) { try RoutingEnvironment { $0 == name ? value : nil } }
    #expect(error?.setting == name && error?.value == value)
    #expect(error?.description.hasPrefix("\(name): '\(value)' is not allowed: ") == true)
  }

  /// CI passes secrets and settings that are not set as empty strings.
  @Test(arguments: ["", " ", "\r\n", "\u{FEFF}"])
  func anEmptyVariableIsAnUnsetOne(value: String) throws {
    #expect(try RoutingEnvironment { _ in value } == RoutingEnvironment { _ in nil })
  }

  @Test func whiteSpaceIsNoPartOfAValue() throws {
    let numbers = [
      "HYPERGUILD_ROUTE_LOCAL_FLOOR": "\t.95 ", "HYPERGUILD_ROUTE_LOCAL_CEIL": "00.5\r\n",
      "HYPERGUILD_PASS_RATE_TTL_SECONDS": " 1.e1 ",
    ]
    let environment = try RoutingEnvironment { numbers[$0] ?? " \($0)\r\n" }
    #expect(environment.localModel == "HYPERGUILD_LOCAL_MODEL" && environment.claudeModel == "HYPERGUILD_CLAUDE_MODEL")
    #expect(environment.modelsFile == "HYPERGUILD_MODELS" && environment.brainURL == "BRAIN_URL")
    #expect(environment.floor == 0.95 && environment.ceil == 0.5 && environment.lifetime == 10)
  }
}
