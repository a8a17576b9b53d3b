// One HTTP request through libcurl, which is loaded when the first request is made and not when the program starts: loading it
// with what it links takes 4 to 5 ms, and most runs of the programs that can ask a server do not ask one.
#pragma once

#include <stddef.h>

/// What to send. Strings end with a zero byte; `headers` is ended by a null pointer.
typedef struct {
  const char *method;
  const char *url;
  const char *const *headers;
  const char *body;
  size_t body_length;
  long timeout_ms;
  size_t maximum;  // the longest answer to accept, in bytes
} hg_web_request;

/// What came back. `body` is the caller's to free with `hg_web_free`.
typedef struct {
  long status;
  char *body;
  size_t length;
  char message[256];  // why it failed
} hg_web_response;

enum { HG_WEB_OK = 0, HG_WEB_NO_LIBRARY = -1, HG_WEB_TOO_LONG = -2 };

/// Sends a request and waits for its answer. Only http and https, no redirects. Returns `HG_WEB_OK`, one of the negative codes,
/// or libcurl's code.
int hg_web_send(const hg_web_request *request, hg_web_response *response);

void hg_web_free(hg_web_response *response);
