import ModelRouting
import SessionLog
import SystemPackage
import TestSupport
import Testing

@Suite struct TableEvidenceTests {
  let chain = ModelChain(local: "l", strong: "s")

  private func source(
    lifetime: Double, cache: PassRateCache? = nil, _ count: @escaping () -> PassRateTable?
  ) -> TableEvidence {
    TableEvidence(catalog: ModelCatalog(defaultChain: chain), cache: cache, lifetime: lifetime, count: count)
  }

  @Test func itCountsOnceInItsLifetime() {
    var runs = 0
    for lifetime in [0.0, 3600] {
      runs = 0
      var source = source(lifetime: lifetime) {
        runs += 1
        return PassRateTable([.init(skill: "a", model: "l"): PassRate(pass: 1, fail: 1)])
      }
      let refreshes = (0..<3).map { _ in source.refresh() }
      #expect(refreshes == [true, false, false])
      #expect(runs == 1)
      #expect(source.evidence(for: "a", chain: chain).rate == 0.5)
    }
  }

  @Test func anotherProcessTakesTheCountsFromTheCache() throws {
    let folder = try TestFolder()
    let cache = PassRateCache(directory: FilePath(folder.path), source: "x", lifetime: 3600)
    let table = PassRateTable([.init(skill: "a", model: nil): PassRate(pass: 3, fail: 1)])
    var first = source(lifetime: 3600, cache: cache) { table }
    _ = first.refresh()
    var second = source(lifetime: 3600, cache: cache) {
      Issue.record("counted again"); return nil
    }
    _ = second.refresh()
    #expect(second.evidence(for: "a", chain: chain) == first.evidence(for: "a", chain: chain))
    #expect(second.evidence(for: "a", chain: chain).samples == 4)
  }

  /// A broken source is not kept for others: they may be able to read it.
  @Test func aBrokenSourceIsNoRate() throws {
    let folder = try TestFolder()
    let cache = PassRateCache(directory: FilePath(folder.path), source: "x", lifetime: 3600)
    var source = source(lifetime: 3600, cache: cache) { nil }
    _ = source.refresh()
    #expect(source.evidence(for: "a", chain: chain) == .none)
    #expect(cache.read(now: 1e12) == nil && cache.read(now: 0) == nil)
  }

  /// Entries that name no model count for the local candidate, and not for the strong one.
  @Test func whoseEntriesCount() {
    let table = PassRateTable([
      .init(skill: "a", model: "l"): PassRate(pass: 4, fail: 0),
      .init(skill: "a", model: nil): PassRate(pass: 0, fail: 2),
      .init(skill: "a", model: "s"): PassRate(pass: 9, fail: 9),
      .init(skill: "a", model: "x"): PassRate(pass: 0, fail: 9),
      .init(skill: nil, model: "l"): PassRate(pass: 1, fail: 0),
    ])
    #expect(table.local(skill: "a", model: "l") == PassRate(pass: 4, fail: 2))
    #expect(table.strong(skill: "a", model: "s") == PassRate(pass: 9, fail: 9))
    #expect(table.local(skill: nil, model: "l") == PassRate(pass: 1, fail: 0))
    #expect(table.local(skill: "b", model: "l").rate == nil)
  }
}
