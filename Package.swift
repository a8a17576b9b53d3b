// swift-tools-version: 6.2

import PackageDescription

// `make lint` and `make test` set HYPERGUILD_STRICT: there a warning is an error. People who build with a newer
// compiler than ours must not be stopped by a warning it invented.
let strict = Context.environment["HYPERGUILD_STRICT"] == "1"

let settings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (strict ? [.treatAllWarnings(as: .error)] : [])

// The name under which the loader finds simdjson, as `libsimdjson.so.14`: with it, as in `make build`, the library is
// loaded when the first record is read, not with every start: a search by hg-brain, which reads none, takes 2.5 ms and
// not 3.3. It is not looked for here: what a manifest finds on disk is kept when the library has long been replaced.
let simdjson = Context.environment["HYPERGUILD_SIMDJSON"].flatMap { $0.isEmpty ? nil : $0 }

// The static forms that `make build` has found (tools/static-libraries) are linked: the loader would take 0.5 ms of a
// search's 2.5 for libstdc++ and 0.15 for SQLite. Symbols that nobody looks up are not exported: 0.2 ms of 3.5 for
// hg-strip and hg-brain, and a megabyte less of hg-log and hg-route.
let linking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-L\(Context.packageDirectory)/.build-release/static", "-Xclang-linker", "-static-libgcc",
      "-Xlinker", "--no-export-dynamic",
    ],
    .when(platforms: [.linux], configuration: .release))
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["NDJSON", "Platform", "Records", "CommandSupport", argumentParser] + dependencies,
    swiftSettings: settings,
    linkerSettings: linking)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let package = Package(
  name: "hyperguild-filters",
  products: [
    .executable(name: "hg-route", targets: ["hg-route"]),
    .executable(name: "hg-complete", targets: ["hg-complete"]),
    .executable(name: "hg-strip", targets: ["hg-strip"]),
    .executable(name: "hg-log", targets: ["hg-log"]),
    .executable(name: "hg-brain", targets: ["hg-brain"]),
    .executable(name: "hg-mcp", targets: ["hg-mcp"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // C and C++ libraries of the system.
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CPCRE2", providers: [.apt(["libpcre2-dev"])]),
    .target(
      name: "CSimdJSON",
      // The walk over simdjson's index is the hot path of every filter, in tests too.
      cxxSettings: [.unsafeFlags(["-O3", "-fno-exceptions", "-fno-rtti"])]
        + (simdjson.map { [.define("HG_SIMDJSON_LIBRARY", to: "\"\($0)\"")] } ?? []),
      linkerSettings: (simdjson == nil ? [.linkedLibrary("simdjson")] : [])
        + [.linkedLibrary("stdc++"), .linkedLibrary("dl")]),
    .target(
      name: "CKnowledgeBase",
      // SQLite calls the tokenizer and the ranking once a word and once a row, in tests too.
      cSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [.linkedLibrary("sqlite3"), .linkedLibrary("utf8proc"), .linkedLibrary("m")]),

    // libcurl is loaded when it is first needed: that takes 5 ms, more than the rest of a program's start.
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl")]),

    // What all programs share, the lowest floor first.
    library("Platform", [system]),
    library("NDJSON", ["CSimdJSON", "Platform", system]),
    library("Records", ["NDJSON"]),
    library("Secrets"),
    library("Servers", ["CCurl", "Platform", "Secrets", system]),
    library("ModelInfo", ["NDJSON", "Platform", "Records"]),
    library("SQLite", ["CSQLite"]),
    library("YAML", ["CYAML"]),
    library("CommandSupport", ["NDJSON", "Platform", "Records", "Servers", system, argumentParser]),

    // One library a program.
    library("AnswerStripping", ["NDJSON", "Records"]),
    library("AnswerChecking", ["AnswerStripping", "CPCRE2", "NDJSON"]),
    library("SessionLog", ["NDJSON", "Platform", "Records", "Secrets", "Servers", crypto, system]),
    library("SessionReport", ["NDJSON", "SessionLog", system]),
    library(
      "ModelRouting", ["ModelInfo", "NDJSON", "Platform", "Records", "Servers", "SessionLog", "YAML", crypto, system]),
    library(
      "ChatCompletion",
      ["AnswerChecking", "ModelInfo", "NDJSON", "Platform", "Records", "Secrets", "Servers", "SQLite", crypto, system]),
    library(
      "KnowledgeBase",
      ["NDJSON", "CKnowledgeBase", "CSQLite", "Platform", "Records", "Secrets", "Servers", "SQLite", "YAML", system]),
    library("MCPServer", ["NDJSON", "Platform", system]),

    // The programs: options and wiring only.
    program("hg-strip", ["AnswerChecking", "AnswerStripping"]),
    program("hg-route", ["ModelRouting", "Servers", "YAML", system]),
    program("hg-complete", ["AnswerChecking", "ChatCompletion", "ModelInfo", "Servers", system]),
    program("hg-log", ["SessionLog", "SessionReport", "Secrets", "Servers", system]),
    program("hg-brain", ["KnowledgeBase", "Secrets", "Servers", system]),
    program("hg-mcp", ["MCPServer", system]),

    // Tests.
    .target(name: "TestSupport", dependencies: [system], path: "Tests/TestSupport", swiftSettings: settings),
    tests("PlatformTests", ["Platform", system]),
    tests("NDJSONTests", ["NDJSON", "Platform", system]),
    tests("RecordsTests", ["Records", "NDJSON"]),
    tests("SecretsTests", ["Secrets"]),
    tests("ModelInfoTests", ["ModelInfo", "NDJSON", "Records"]),
    tests("AnswerStrippingTests", ["AnswerStripping", "NDJSON"]),
    tests("AnswerCheckingTests", ["AnswerChecking", "NDJSON"]),
    tests("SessionLogTests", ["SessionLog", "NDJSON", "Platform", "Secrets", system]),
    tests("YAMLTests", ["YAML"]),
    tests("ModelRoutingTests", ["ModelRouting", "NDJSON"]),
    tests("ServersTests", ["Servers", "Platform", system]),
    tests("ChatCompletionTests", ["ChatCompletion", "Servers", "NDJSON", "Platform", system]),
    tests("KnowledgeBaseTests", ["KnowledgeBase", "SQLite", "YAML", "NDJSON"]),
    tests("CommandTests", ["hg-strip", "hg-route", "hg-complete", "hg-log", "hg-brain", "hg-mcp"]),
    tests("PipelineTests", ["hg-strip", "hg-route", "hg-complete", "hg-log", "hg-brain", "hg-mcp"]),
  ],
  cxxLanguageStandard: .cxx17
)
