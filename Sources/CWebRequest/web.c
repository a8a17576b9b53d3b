#include "CWebRequest.h"

#include <CCurl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  hg_web_response *response;
  size_t capacity, maximum;
  int too_long;
} collector;

static size_t collect(char *data, size_t size, size_t count, void *context) {
  collector *to = context;
  size_t length = size * count, need = to->response->length + length;
  if (need > to->maximum) return to->too_long = 1, 0;
  if (need > to->capacity) {
    size_t capacity = need * 2 + 4096;
    char *grown = realloc(to->response->body, capacity);
    if (!grown) return 0;
    to->response->body = grown, to->capacity = capacity;
  }
  memcpy(to->response->body + to->response->length, data, length);
  to->response->length = need;
  return length;
}

int hg_web_send(const hg_web_request *request, hg_web_response *response) {
  static int state;  // 0 not tried, 1 loaded, -1 not there
  memset(response, 0, sizeof *response);
  if (state == 0) state = hg_curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 1 : -1;
  CURL *handle = state > 0 ? hg_curl_easy_init() : NULL;
  if (!handle) {
    snprintf(response->message, sizeof response->message, "libcurl.so.4 cannot be loaded");
    return HG_WEB_NO_LIBRARY;
  }
  struct curl_slist *headers = NULL;
  for (const char *const *header = request->headers; header && *header; header++) {
    headers = hg_curl_slist_append(headers, *header);
  }
  collector to = {response, 0, request->maximum, 0};
  char reason[CURL_ERROR_SIZE] = "";
  hg_curl_set_string(handle, CURLOPT_URL, request->url);
  hg_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request->method);
  hg_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers);
  if (request->body) {
    hg_curl_set_pointer(handle, CURLOPT_POSTFIELDS, request->body);
    hg_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
  }
  hg_curl_set_long(handle, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  hg_curl_set_long(handle, CURLOPT_NOSIGNAL, 1L);
  hg_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0L);
  hg_curl_set_long(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  hg_curl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "");
  hg_curl_set_string(handle, CURLOPT_USERAGENT, "hyperguild-filters");
  hg_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, reason);
  hg_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, collect);
  hg_curl_set_pointer(handle, CURLOPT_WRITEDATA, &to);
  CURLcode code = hg_curl_easy_perform(handle);
  if (code == CURLE_OK) response->status = hg_curl_get_long(handle, CURLINFO_RESPONSE_CODE);
  else snprintf(response->message, sizeof response->message, "%s", *reason ? reason : hg_curl_easy_strerror(code));
  hg_curl_easy_cleanup(handle);
  hg_curl_slist_free_all(headers);
  return to.too_long ? HG_WEB_TOO_LONG : (int)code;
}

void hg_web_free(hg_web_response *response) {
  free(response->body);
  response->body = NULL;
}
