import Foundation
import TestSupport
import Testing

/// hg-complete and a real LiteLLM proxy that is killed in the middle of a run and started again.
@Suite("hg-complete and a proxy that comes and goes")
struct CompleteRestartTests {
  static let script = """
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    cat > config.yaml <<END
    model_list:
      - model_name: mock
        litellm_params: {model: openai/mock, api_key: none, mock_response: "a canned answer"}
    general_settings: {master_key: $LITELLM_API_KEY}
    END
    export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_BASE_URL=http://127.0.0.1:$port
    start() { "$PROGRAMS/litellm" --config config.yaml --port "$port" --host 127.0.0.1 > log 2>&1 & echo $! > pid; }
    trap 'kill -KILL $(cat pid)' EXIT
    start
    # The program waits for the proxy to come, and again after it was killed behind the first answer.
    seq 6 | sed 's/.*/{"id":&,"user":"u"}/' > in
    hg-complete -m mock -j 2 --rpm 60 --retries 100 --retry-max 1 --timeout 30 < in | tee out | {
      head -1 > first
      kill -KILL $(cat pid)
      start
      cat > rest
    }
    cat out
    """

  @Test("answers every record all the same")
  func restart() throws {
    let folder = try TestFolder()
    let programs = try Downloads.programs()
    let result = try folder.shell(
      Self.script, environment: ["PROGRAMS": programs, "LITELLM_API_KEY": "sk-restart-1234567890"])
    #expect(result.status == 0, "\(result)")
    let records = try result.lines.map(CompleteTests.object)
    #expect(records.compactMap { $0["id"] as? Int } == [1, 2, 3, 4, 5, 6], "\(result)")
    #expect(records.allSatisfy { $0["text"] as? String == "a canned answer" }, "\(result)")
    let errors = records.flatMap { ($0["attempts"] as? [[String: Any]] ?? []).compactMap { $0["error"] as? String } }
    #expect(errors.contains("unreachable"), "\(result)")
  }
}
