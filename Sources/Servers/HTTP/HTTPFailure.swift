import CCurl
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Why a request got no whole response. The status of a response is never a failure here.
public struct HTTPFailure: Error, Equatable, CustomStringConvertible {
  /// The kinds of failure that a caller treats differently.
  public enum Kind: Sendable, Equatable {
    /// No connection: refused, no such host, no answer within the connect timeout.
    case unreachable
    /// The connection was there and broke before the response was whole.
    case disconnected
    /// The attempt took longer than it may.
    case timedOut
    /// A stream sent nothing for longer than it may.
    case idle
    /// The caller's own last moment passed.
    case deadline
    /// The response is larger than the caller takes, decompressed.
    case tooLarge
    /// The server could not be trusted, or the files to check it with not be read.
    case tls
    /// What came is not HTTP, or not encoded as it says.
    case malformed
    /// The request could not be sent as it is: a bad URL, no memory.
    case unsendable
    /// This process may open no further descriptor.
    case tooManyFiles
    /// A proxy on the way refused to pass the request on.
    case proxyRefused
    /// What came could not be written to the file it was for.
    case unwritable
    /// A signal asked the process to stop.
    case interrupted
  }

  /// What kind of failure.
  public let kind: Kind

  /// What libcurl says about it, in its words.
  public let message: String

  /// The failure as libcurl tells it.
  public var description: String { message }

  /// A signal asked the process to stop.
  public static let interrupted = HTTPFailure(.interrupted, "cancelled")

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// Sorts libcurl's codes. The total timeouts are not libcurl's here, so a timeout is one of connecting.
  init(code: CURLcode, detail: String) {
    let text = detail.isEmpty ? String(cString: hg_curl_easy_strerror(code)) : detail
    self.init(Self.kind(of: code), text)
  }

  /// Why a transfer failed, with what is known of it besides libcurl's code.
  init(of transfer: HTTPTransfer, _ code: CURLcode) {
    if transfer.isTooLarge {
      self.init(.tooLarge, "the response is larger than \(transfer.maximum) bytes")
    } else if let error = transfer.sinkError {
      self.init(.unwritable, "the response cannot be written: \(error)")
    } else if transfer.socketError == EMFILE || transfer.socketError == ENFILE {
      self.init(.tooManyFiles, "too many open files: raise the limit (ulimit -n), or ask less at once")
    } else if (400...499).contains(hg_curl_get_long(transfer.handle, CURLINFO_HTTP_CONNECTCODE)) {
      self.init(.proxyRefused, "the proxy on the way refused: \(String(cString: transfer.reason))")
    } else {
      self.init(code: code, detail: String(cString: transfer.reason))
    }
  }

  private static func kind(of code: CURLcode) -> Kind {
    switch code {
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
      CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR, CURLE_PROXY, CURLE_NO_CONNECTION_AVAILABLE:
      .unreachable
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
      CURLE_HTTP2_STREAM, CURLE_AGAIN, CURLE_SEND_FAIL_REWIND:
      .disconnected
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED,
      CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
      .tls
    case CURLE_URL_MALFORMAT, CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_BAD_FUNCTION_ARGUMENT,
      CURLE_READ_ERROR:
      .unsendable
    default: .malformed
    }
  }
}
