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
    ("HYPERGUILD_LOCAL_MODEL", ""), ("HYPERGUILD_CLAUDE_MODEL", ""), ("HYPERGUILD_ROUTE_LOCAL_FLOOR", ""),
    ("HYPERGUILD_ROUTE_LOCAL_FLOOR", "high"), ("HYPERGUILD_ROUTE_LOCAL_FLOOR", "1.01"),
    ("HYPERGUILD_ROUTE_LOCAL_FLOOR", "nan"), ("HYPERGUILD_ROUTE_LOCAL_CEIL", "-0.1"),
    ("HYPERGUILD_ROUTE_LOCAL_CEIL", "0,7"), ("HYPERGUILD_ROUTE_LOCAL_CEIL", " 0.7"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "1.5"), ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "-1"),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", "60s"), ("HYPERGUILD_MODELS", ""),
    ("BRAIN_URL", ""),
  ])
  func theErrorNamesTheVariableAndTheValue(name: String, value: String) {
    let error = #expect(throws: ConfigurationError.self) { try RoutingEnvironment { $0 == name ? value : nil } }
    #expect(error?.setting == name && error?.value == value)
    #expect(error?.description.hasPrefix("\(name): '\(value)' is not allowed: ") == true)
  }

  @Test(
    arguments: [
      ("1", true), ("true", true), ("yes", true), ("on", true), ("0", false), ("false", false), ("no", false),
      ("off", false), (nil, false), ("", nil), ("TRUE", nil), ("2", nil), ("enabled", nil), (" 1", nil),
    ] as [(String?, Bool?)])
  func killSwitch(value: String?, isKilled: Bool?) throws {
    if let isKilled {
      #expect(try RoutingEnvironment.isKilled { _ in value } == isKilled)
    } else {
      #expect(throws: ConfigurationError.self) { try RoutingEnvironment.isKilled { _ in value } }
    }
  }
}
