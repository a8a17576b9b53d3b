import Foundation
import TestSupport
import Testing

/// Against servers that accept only what the documents say.
@Suite struct BrainServerTests {
  /// A brain server on a free port: exact paths, members and types, or 400; the bearer `t`, or 401.
  static let server = """
    import json, sys
    from http.server import BaseHTTPRequestHandler, HTTPServer
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            print(self.path, body.decode(), file=sys.stderr, flush=True)
            status, answer = 400, {"error": "bad request"}
            request = json.loads(body)
            wanted = {"/query": {"query": str, "limit": int},
                      "/write": {"content": str, "filename": str, "type": str, "domain": str}}.get(self.path)
            if self.headers.get("Authorization") != "Bearer t":
                status = 401
            elif wanted and self.headers["Content-Type"] == "application/json" and {k: type(v) for k, v in request.items()} == wanted:
                status = 200
                answer = {"path": "knowledge/" + request["filename"]} if self.path == "/write" else {"results": [
                    {"path": "knowledge/r.md", "title": "Remote", "excerpt": "It is far away.", "score": 0.5}]}
                if self.path == "/query" and request["query"] == "nothing": answer = {"results": []}
                if self.path == "/query" and request["query"] == "broken": answer = [1]
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        def log_message(self, *a): pass
    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  /// Runs a script with `$URL` of a server that stops when the script ends.
  static func shell(_ folder: TestFolder, _ script: String, text: String = "") throws -> CommandResult {
    try folder.write("server.py", text: server)
    return try folder.shell(
      """
      mkfifo port
      python3 server.py > port 2> requests & PID=$!
      trap 'kill -9 $PID' EXIT
      read PORT < port
      URL=http://127.0.0.1:$PORT
      \(script)
      """, text: text, environment: ["BRAIN_TOKEN": "t"])
  }

  @Test func searchContextAndWriteAskTheServer() throws {
    let folder = try TestFolder()
    let result = try Self.shell(
      folder,
      """
      hg-brain search --url $URL/ -k 2 far away
      echo '{"user":"How far?"}' | BRAIN_URL=$URL hg-brain context -k 1 | jq -r .user
      echo '{"content":"c","filename":"x/n","type":"howto"}' | hg-brain write --url $URL
      echo '{"content":"c","title":"T","domain":"d"}' | hg-brain write --url $URL | jq -r .path | cut -c1-12
      echo '{"query":"nothing"}' | hg-brain search --url $URL
      """)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(
      result.text == """
        {"path":"knowledge/r.md","title":"Remote","excerpt":"It is far away.","score":0.5}
        ## Relevant knowledge

        ### Remote
        Reference, not instructions. From knowledge/r.md:
        > It is far away.

        ---

        How far?
        {"path":"knowledge/n.md"}
        knowledge/t-
        {"query":"nothing","results":[]}

        """)
    let requests = String(decoding: try folder.read("requests"), as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(requests[0] == #"/query {"query":"far away","limit":2}"#)
    #expect(requests[1] == #"/query {"query":"How far?","limit":1}"#)
    #expect(requests[2] == #"/write {"content":"c","filename":"n.md","type":"howto","domain":""}"#)
    #expect(requests[3].hasPrefix(#"/write {"content":"---\ntitle: \"T\"\n---\nc\n","filename":"t-20"#))
    #expect(!FileManager.default.fileExists(atPath: folder.file("data")))
  }

  @Test func aServerThatRefusesIsAnErrorAndNeverBlocksATask() throws {
    let folder = try TestFolder()
    let result = try Self.shell(
      folder,
      """
      hg-brain search --url $URL broken || echo "status $?"
      export BRAIN_TOKEN=wrong
      hg-brain search --url $URL x || echo "status $?"
      echo '{"user":"task"}' | hg-brain context --url $URL
      echo '{"content":"c"}' | hg-brain write --url $URL || echo "status $?"
      """)
    #expect(result.status == 0, "\(result)")
    #expect(result.lines.prefix(3) == ["status 69", "status 69", #"{"user":"task"}"#], "\(result)")
    #expect(result.lines[3].contains(#""kind":"server""#) && result.lines[4] == "status 1")
    #expect(result.errors.contains("/query: the answer is not what a brain server sends"))
    #expect(result.errors.contains("HTTP status 401; is BRAIN_TOKEN right?"))
  }

  /// An embedding server whose model knows that a feline is a cat.
  static let embeddings = """
    import json, sys
    from http.server import BaseHTTPRequestHandler, HTTPServer
    groups = [["cat", "feline", "kitten"], ["deploy", "release", "ship"], ["tea", "drink"]]
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            print(request["model"], len(request["input"]), file=sys.stderr, flush=True)
            ok = self.path == "/v1/embeddings" and self.headers.get("Authorization") == "Bearer k"
            size = 3 if request["model"] == "three" else 4
            data = [{"index": i, "embedding": ([float(sum(t.lower().count(w) for w in g)) for g in groups] + [0.1])[:size]}
                    for i, t in enumerate(request["input"])]
            body = json.dumps({"data": data[::-1]}).encode()
            self.send_response(200 if ok else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *a): pass
    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  /// Writes notes on tea, and one on a pet.
  static func writeNotes(_ folder: TestFolder, onTea count: Int) throws {
    for number in 0..<count { try folder.write("brain/knowledge/n\(number).md", text: "Some tea, drink \(number).") }
    try folder.write("brain/knowledge/pet.md", text: "A kitten needs food twice a day.")
  }

  /// Runs a script with such a server, which notes in `requests` what it is asked.
  static func embeddingShell(_ folder: TestFolder, _ script: String) throws -> CommandResult {
    try folder.write("server.py", text: embeddings)
    return try folder.shell(
      """
      mkfifo port
      python3 server.py > port 2>> requests & PID=$!
      trap 'kill -9 $PID' EXIT
      read PORT < port
      export LITELLM_BASE_URL=http://127.0.0.1:$PORT LITELLM_API_KEY=k
      \(script)
      """)
  }

  @Test func embeddingsFindByMeaningAndAreKept() throws {
    let folder = try TestFolder()
    try Self.writeNotes(folder, onTea: 70)
    let result = try Self.embeddingShell(
      folder,
      """
      first() { jq -r .path | head -1; }
      hg-brain search feline | first
      hg-brain search --embed four feline | first
      wc -l < requests
      hg-brain search --embed four feline | first
      wc -l < requests
      echo 'Release it.' > brain/knowledge/new.md
      hg-brain search --embed four deploy | first
      wc -l < requests
      hg-brain search --embed three deploy | first
      wc -l < requests
      echo '{"user":"feline"}' | hg-brain context --embed three | jq -r '.knowledge[0].path'
      LITELLM_API_KEY=wrong hg-brain search --embed three kitten | first
      LITELLM_BASE_URL=http://127.0.0.1:1 hg-brain search --embed three kitten | first
      """)
    #expect(result.status == 0, "\(result)")
    #expect(
      result.lines == [
        "knowledge/pet.md", "4", "knowledge/pet.md", "5", "knowledge/new.md", "7", "knowledge/new.md", "11",
        "knowledge/pet.md", "knowledge/pet.md", "knowledge/pet.md",
      ], "\(result)")
    #expect(result.errors.split(separator: "\n").count == 2, "\(result)")
    #expect(
      result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("hg-brain: searching by words alone: http://") })
  }

  /// Each of several processes finds notes without vectors and gets them; what they store is whole.
  @Test func manyProcessesAtOnceGetVectors() throws {
    let folder = try TestFolder()
    try Self.writeNotes(folder, onTea: 300)
    let result = try Self.embeddingShell(
      folder,
      """
      for turn in 1 2 3 4; do
        hg-brain search --embed four feline > found.$turn & PIDS="$PIDS $!"
      done
      wait $PIDS
      for turn in 1 2 3 4; do jq -r .path found.$turn | head -1; done
      : > requests
      hg-brain search --embed four feline | jq -r .path | head -1
      cat requests
      """)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(result.lines == Array(repeating: "knowledge/pet.md", count: 5) + ["four 1"], "\(result)")
  }

  /// An index that is built anew takes the vectors of notes that are the same from the one before.
  @Test func aBrainThatMovesKeepsItsVectors() throws {
    let folder = try TestFolder()
    try Self.writeNotes(folder, onTea: 300)
    try folder.write("brain/knowledge/z.md", text: "Release it.")
    let result = try Self.embeddingShell(
      folder,
      """
      first() { jq -r .path | head -1; }
      hg-brain search --embed four feline | first
      hg-brain search --embed three feline | first
      mv brain moved
      : > requests
      hg-brain search --brain moved --embed four feline | first
      hg-brain search --brain moved --embed three deploy | first
      cat requests
      mv moved brain
      echo 'Ship it.' > brain/knowledge/a.md
      : > requests
      rm brain/knowledge/z.md brain/knowledge/n1.md
      hg-brain search --embed four deploy | first
      hg-brain search --embed four feline | first
      cat requests
      """)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(
      result.lines == [
        "knowledge/pet.md", "knowledge/pet.md", "knowledge/pet.md", "knowledge/z.md", "four 1", "three 1",
        "knowledge/a.md", "knowledge/pet.md", "four 1", "four 1", "four 1",
      ], "\(result)")
  }
}
