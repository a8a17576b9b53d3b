import Foundation
import TestSupport
import Testing

/// hg-complete --via batch through a real LiteLLM proxy, which passes files and batches on to a provider.
@Suite("hg-complete --via batch and the real LiteLLM proxy")
struct CompleteBatchLiteLLMTests {
  static let script = """
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    cat > config.yaml <<END
    model_list:
      - model_name: m
        litellm_params: {model: openai/m, api_base: $PROVIDER/v1, api_key: none}
    files_settings:
      - {custom_llm_provider: openai, api_base: $PROVIDER/v1, api_key: none}
    general_settings: {master_key: $LITELLM_API_KEY}
    END
    export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_BASE_URL=http://127.0.0.1:$port
    "$PROGRAMS/litellm" --config config.yaml --port "$port" --host 127.0.0.1 > log 2>&1 & pid=$!
    trap 'kill -KILL $pid' EXIT
    until hg-complete --health > health 2>&1; do kill -0 $pid; done
    ask() { hg-complete --via batch --batch-poll 0.05 --batch-provider openai --resume out "$@" < in >> out; }
    touch out
    # As a kill behind the upload and the creation leaves it: what is there is found by its name.
    ask --wait 0 || [ $? = 75 ]
    grep -v batch_id out.batches > state; mv state out.batches
    head -2 out.batches > state; cp state out.batches
    ask
    cat out
    """

  @Test("submits, finds what it submitted, and fetches")
  func submit() throws {
    let provider = try BatchProvider()
    let folder = try TestFolder()
    try folder.write("in", text: CompleteBatchFaultTests.input)
    let result = try folder.shell(
      Self.script,
      environment: [
        "PROGRAMS": try Downloads.programs(), "LITELLM_API_KEY": "sk-batch-1234567890", "PROVIDER": provider.url,
      ])
    let log = (try? folder.read("log")).map { String(decoding: $0.suffix(3000), as: UTF8.self) } ?? ""
    #expect(result.status == 0, "\(result) \(log)")
    #expect(try CompleteBatchTests.texts(folder) == (1...4).map { "batch \($0)" }, "\(result) \(log)")
    #expect(provider.batches.count == 1 && provider.files.count == 1 && provider.liveCount == 0)
  }
}
