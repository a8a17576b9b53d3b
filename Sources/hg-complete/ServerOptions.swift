import ArgumentParser
import CommandSupport

/// Which server, and how to reach it.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The server; /v1 is added unless it is there (LITELLM_BASE_URL, else LITELLM_PROXY_URL, OPENAI_BASE_URL, \
      OPENAI_API_BASE; default: http://localhost:4000).
      """, valueName: "url"))
  var baseURL: String?

  @Option(
    help: ArgumentHelp("Read the key from this file, again for each request.", valueName: "file"))
  var apiKeyFile: String?

  @Option(
    help: ArgumentHelp("Trust the certificate authorities in this PEM file.", valueName: "file"))
  var cacert: String?

  @Option(help: ArgumentHelp("Longest time to connect.", valueName: "seconds"), transform: OptionNumber.seconds())
  var connectTimeout = 5.0

  @Option(
    help: ArgumentHelp("Largest response, decompressed, in bytes (K, M, G: 1024s).", valueName: "size"),
    transform: OptionNumber.bytes(1...(1 << 40)))
  var maxResponse = ByteCount(64 << 20)
}
