import Servers
import Testing

@Suite("Base URLs")
struct BaseURLTests {
  /// What people set, and where the models are then; nil is refused.
  static let addresses: [(String, String?)] = [
    ("http://localhost:4000", "http://localhost:4000/v1/models"),
    ("http://localhost:4000/", "http://localhost:4000/v1/models"),
    ("http://localhost:4000/v1", "http://localhost:4000/v1/models"),
    ("http://localhost:4000/v1//", "http://localhost:4000/v1/models"),
    (" http://localhost:4000\r\n", "http://localhost:4000/v1/models"),
    ("https://example.com/proxy", "https://example.com/proxy/v1/models"),
    ("https://example.com/proxy/v1/", "https://example.com/proxy/v1/models"),
    ("HTTPS://Example.com", "HTTPS://Example.com/v1/models"),
    ("http://[::1]:8080", "http://[::1]:8080/v1/models"),
    ("https://example.com/v1beta/openai", "https://example.com/v1beta/openai/models"),
    ("https://example.com/v1beta/openai/", "https://example.com/v1beta/openai/models"),
    ("https://example.com/api/paas/v4", "https://example.com/api/paas/v4/models"),
    ("https://example.com/openai/v1/?api-version=preview", "https://example.com/openai/v1/models?api-version=preview"),
    (
      "https://example.com/openai/deployments/d?api-version=2024-10-21",
      "https://example.com/openai/deployments/d/models?api-version=2024-10-21"
    ),
    ("https://example.com?tenant=7", "https://example.com/v1/models?tenant=7"),
    ("https://example.com/v1/chat/completions", "https://example.com/v1/models"),
    ("https://example.com/v1/chat/completions/", "https://example.com/v1/models"),
    ("https://example.com/chat/completions", "https://example.com/models"),
    ("https://example.com/v1/models", "https://example.com/v1/models"),
    ("https://example.com/v1x", "https://example.com/v1x/v1/models"),
    ("https://example.com/vertex", "https://example.com/vertex/v1/models"),
    ("https://bücher.example", "https://bücher.example/v1/models"),
    ("http://localhost:65535", "http://localhost:65535/v1/models"),
    ("", nil), ("localhost:4000", nil), ("koala:4000", nil), ("ftp://example.com", nil), ("file:///etc/passwd", nil),
    ("http://", nil), ("http:///v1", nil), ("http://:4000", nil), ("http://a b", nil), ("http://a/b c", nil),
    ("http://localhost:99999", nil), ("http://localhost:0", nil), ("http://localhost:-1", nil),
    ("http://localhost:4000x", nil), ("http://localhost:٤٠٠٠", nil), ("http://$HOST:4000", nil),
    ("http://${HOST}", nil),
    ("http://host{}", nil), ("http://[::1", nil), ("http://[localhost]", nil), ("http://example.com/#a", nil),
    ("http://user:hunter2@example.com", nil), ("http://\u{1B}[31m", nil),
  ]

  @Test("a base URL is told from other texts, and taken as it is meant", arguments: addresses)
  func address(_ text: String, _ url: String?) {
    do {
      #expect(try BaseURL(text).url("models") == url)
    } catch {
      #expect(url == nil, "\(error.message)")
      #expect(!error.message.contains("hunter2"))
    }
  }

  @Test("a server without a scheme is told how it is written")
  func scheme() {
    #expect { try BaseURL("koala:4000") } throws: { "\($0)".contains("is http://koala:4000 meant?") }
  }

  @Test("what is above the version is the server's own")
  func root() throws {
    #expect(try BaseURL("http://h/p/v1?a=b").rootURL("health/liveliness") == "http://h/p/health/liveliness?a=b")
    #expect(try BaseURL("http://h/v1beta/openai").rootURL("health/liveliness") == "http://h/health/liveliness")
    #expect(try BaseURL("http://h").root == "http://h")
  }

  @Test("a brain server's paths go before its query, and its password stays out of messages")
  func brain() throws {
    let url = try ServerURL("http://me:hunter2@h/brain/?a=b")
    #expect(url.appending("/pass-rate?skill=x") == "http://me:hunter2@h/brain/pass-rate?skill=x&a=b")
    #expect(url.appending("/query") == "http://me:hunter2@h/brain/query?a=b")
    #expect(url.shown == "http://****@h/brain?a=b")
  }
}
