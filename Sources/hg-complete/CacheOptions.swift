import ArgumentParser
import ChatCompletion
import CommandSupport
import Platform
import SystemPackage

/// Where answers are kept for the next time the same is asked.
struct CacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep answers in this directory, and take them from there when the same is asked again (HYPERGUILD_CACHE).",
      valueName: "directory"))
  var cache: String?

  @Flag(help: "Ask for all answers and keep none, whatever HYPERGUILD_CACHE says.")
  var noCache = false

  @Option(
    help: ArgumentHelp("Ask again what is kept for longer than 90s, 30m, 6h, 30d or 2w.", valueName: "time"),
    transform: OptionNumber.duration)
  var cacheTtl = CachingOptions.longestAge

  @Option(
    help: ArgumentHelp(
      "How large the cache may become, in bytes (K, M, G: 1024s); what was not used for the longest goes.",
      valueName: "size"), transform: OptionNumber.bytes((1 << 20)...(1 << 40)))
  var cacheSize = ByteCount(CachingOptions.size)

  func validate() throws {
    if cache?.isEmpty ?? false { throw ValidationError("--cache '': a directory's name is wanted") }
    if cache != nil && noCache { throw ValidationError("--cache does not go with --no-cache") }
  }

  /// The options as the run takes them; nil keeps nothing.
  var options: CachingOptions? {
    guard !noCache, let directory = cache ?? Setting("HYPERGUILD_CACHE")?.text else { return nil }
    var options = CachingOptions(directory: FilePath(directory))
    options.longestAge = cacheTtl
    options.size = cacheSize.count
    return options
  }
}
