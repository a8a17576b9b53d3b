import Foundation
import TestSupport
import Testing

/// The report, the brain server that logs too, and entries as they come.
@Suite struct LogReportTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func aReportHoldsNothingForeign() throws {
    let records = [
      #"{"session_id":"<b>'\"&/x","skill":"<script>alert(1)</script>","verdict":{"accept":false},"duration_ms":5,"cost_usd":0.1}"#,
      #"{"session_id":"t","skill":"review","verdict":{"accept":true},"route":{"decision":"local","pass_rate":null}}"#,
    ]
    let logged = try folder.run(
      "hg-log", ["--routing", "--brain", "b"], text: records.joined(separator: "\n"))
    try #require(logged.status == 0, "\(logged)")
    let result = try folder.run("hg-log", ["report", "--brain", "b", "-o", "r.html", "--title", "<i>"])
    #expect(result.status == 0 && result.text.isEmpty && result.errors.isEmpty, "\(result)")
    let page = String(decoding: try folder.read("r.html"), as: UTF8.self)
    for foreign in ["<script", "<b>", "<i>", "http://", "https://", "src=", "@import", "url("] {
      #expect(!page.contains(foreign), "\(foreign)")
    }
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("<title>&lt;i&gt;</title>"))
    #expect(page.contains(#"href="b/sessions/%253Cb%253E%2527%2522%2526%252Fx.jsonl""#))
    #expect(page.components(separatedBy: "<svg").count == 5, "four charts")
  }

  @Test func aReportOfNothingSaysSo() throws {
    let result = try folder.run("hg-log", ["report", "--brain", "nowhere"])
    #expect(result.status == 0 && result.text.contains("<p>No entries.</p>"), "\(result)")
    let full = try folder.run("hg-log", ["report", "--brain", "nowhere", "-o", "/dev/full"])
    #expect(full.status == 74 && full.errors.contains("/dev/full"), "\(full)")
  }

  /// A server that takes the calls of the design exactly, and prints them; anything else is a 400.
  static let server = """
    import http.server, json, sys
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arguments = {"session_id", "skill", "phase", "final_status", "message", "duration_ms", "project_root"}
            good = (self.path == "/mcp" and list(call) == ["jsonrpc", "id", "method", "params"]
                    and (call["jsonrpc"], call["id"], call["method"]) == ("2.0", 1, "tools/call")
                    and list(call["params"]) == ["name", "arguments"] and call["params"]["name"] == "session_log"
                    and set(call["params"]["arguments"]) <= arguments
                    and self.headers["Authorization"] == "Bearer token-1")
            print(json.dumps(call["params"]["arguments"]), file=log, flush=True)
            body = b'{"jsonrpc":"2.0","id":1,"result":{}}'
            self.send_response(200 if good else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *_): pass
    log = open("calls", "w")
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    import os, subprocess, threading
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"BRAIN_URL": url}).returncode)
    """

  @Test func entriesGoToABrainServerToo() throws {
    try folder.write("server.py", text: Self.server)
    let record =
      #"{"session_id":"s","id":1,"skill":"k","phase":"p","text":"t","duration_ms":1.5,"project_root":"/p","user":"u"}"#
    let append = ["server.py", "hg-log", "--brain", "b"]
    let result = try folder.run("python3", append, text: record, environment: ["BRAIN_TOKEN": "token-1"])
    #expect(result.status == 0 && result.text == record + "\n" && result.errors.isEmpty, "\(result)")
    #expect(
      String(decoding: try folder.read("calls"), as: UTF8.self)
        == #"{"session_id": "s", "skill": "k", "phase": "p", "final_status": "ok", "message": "t", "#
        + #""duration_ms": 1.5, "project_root": "/p"}"# + "\n")
    // A server that says no costs a warning, not the entry.
    let refused = try folder.run("python3", append, text: record, environment: ["BRAIN_TOKEN": "token-2"])
    #expect(refused.status == 0 && refused.errors.contains("warning: ") && refused.errors.contains("400"), "\(refused)")
    #expect(try folder.read("b/sessions/s.jsonl").split(separator: 0x0A).count == 2)
  }

  @Test func aBrainServerThatIsNoneIsRefused() throws {
    let result = try folder.run("hg-log", ["--brain-url", "ftp://x"], text: "{}")
    #expect(result.status == 64 && result.text.isEmpty, "\(result)")
  }

  /// Each entry is appended only after the one before was seen: nothing waits for a clock.
  @Test func followGoesOnWithNewEntries() throws {
    let script = """
      export HYPERGUILD_BRAIN_DIR=b
      append() { echo "$1" | hg-log >/dev/null; }
      append '{"id":1}'
      exec 3< <(exec hg-log show --follow)
      next() { IFS= read -r -t 60 line <&3; jq -r '[.session_id, .id] | join(" ")' <<<"$line"; }
      next
      append '{"id":2}'; next
      append '{"id":3,"session_id":"new"}'; next
      rm b/sessions/default.jsonl; append '{"id":4}'; next
      printf '{"to' >>b/sessions/new.jsonl; append '{"id":5,"session_id":"new"}'; next
      exec 3<&-
      """
    let result = try folder.shell(script)
    #expect(
      result.status == 0 && result.lines == ["default 1", "default 2", "new 3", "default 4", "new 5"], "\(result)")
  }
}
