import ArgumentParser
import ChatCompletion
import CommandSupport
import ModelInfo
import NDJSON
import Platform
import SystemPackage

/// What answers cost, and what may be spent.
struct PriceOptions: ParsableArguments {
  /// The largest file of prices that is read, in bytes.
  private static let longestFile = 64 << 20

  @Option(
    help: ArgumentHelp(
      """
      What tokens cost where the server does not say it: what --models printed, or LiteLLM's \
      model_prices_and_context_window.json (HYPERGUILD_PRICES).
      """, valueName: "file"))
  var prices: String?

  @Option(
    help: ArgumentHelp("Stop asking once the answers have cost this much; exit 75.", valueName: "usd"),
    transform: OptionNumber.number(0...1e9))
  var maxCost: Double?

  func validate() throws {
    if prices?.isEmpty ?? false { throw ValidationError("--prices '': a file's name is wanted") }
  }

  /// Reads the prices; nil when no file is named.
  func table() throws(ProgramFailure) -> ModelTable? {
    let variable = prices == nil ? Setting("HYPERGUILD_PRICES") : nil
    guard let file = prices ?? variable?.text else { return nil }
    let origin = variable.map { "\($0.name) " } ?? "--prices "
    let bytes: [UInt8]
    do throws(Errno) { bytes = try WholeFile.read(FilePath(file), limit: Self.longestFile) } catch {
      throw ProgramFailure(.noInput, "\(origin)\(file): \(error)")
    }
    do throws(ModelTable.Invalid) {
      let table = try ModelTable(bytes)
      if !table.hasPrices {
        Diagnostics(program: "hg-complete").message("\(origin)\(file): no model in it has a price")
      }
      return table
    } catch {
      throw ProgramFailure(.configuration, "\(origin)\(file):\(error)")
    }
  }
}
