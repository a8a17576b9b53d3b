#include "CWebRequest.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The functions of libcurl that a request needs, found in the library by name.
typedef struct {
  CURLcode (*global_init)(long);
  CURL *(*init)(void);
  CURLcode (*setopt)(CURL *, CURLoption, ...);
  CURLcode (*perform)(CURL *);
  CURLcode (*getinfo)(CURL *, CURLINFO, ...);
  void (*cleanup)(CURL *);
  const char *(*strerror)(CURLcode);
  struct curl_slist *(*append)(struct curl_slist *, const char *);
  void (*free_all)(struct curl_slist *);
} curl_functions;

static int load(curl_functions *curl) {
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  struct {
    const char *name;
    void *place;
  } wanted[] = {
      {"curl_global_init", &curl->global_init}, {"curl_easy_init", &curl->init},
      {"curl_easy_setopt", &curl->setopt},      {"curl_easy_perform", &curl->perform},
      {"curl_easy_getinfo", &curl->getinfo},    {"curl_easy_cleanup", &curl->cleanup},
      {"curl_easy_strerror", &curl->strerror},  {"curl_slist_append", &curl->append},
      {"curl_slist_free_all", &curl->free_all},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    void *symbol = dlsym(library, wanted[i].name);
    if (!symbol) return 0;
    memcpy(wanted[i].place, &symbol, sizeof symbol);
  }
  return curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

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
  static curl_functions curl;
  static int state;  // 0 not tried, 1 loaded, -1 not there
  memset(response, 0, sizeof *response);
  if (state == 0) state = load(&curl) ? 1 : -1;
  CURL *handle = state > 0 ? curl.init() : NULL;
  if (!handle) {
    snprintf(response->message, sizeof response->message, "libcurl.so.4 cannot be loaded");
    return HG_WEB_NO_LIBRARY;
  }
  struct curl_slist *headers = NULL;
  for (const char *const *header = request->headers; header && *header; header++) headers = curl.append(headers, *header);
  collector to = {response, 0, request->maximum, 0};
  char reason[CURL_ERROR_SIZE] = "";
  curl.setopt(handle, CURLOPT_URL, request->url);
  curl.setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
  curl.setopt(handle, CURLOPT_HTTPHEADER, headers);
  if (request->body) {
    curl.setopt(handle, CURLOPT_POSTFIELDS, request->body);
    curl.setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
  }
  curl.setopt(handle, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  curl.setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl.setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl.setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl.setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  curl.setopt(handle, CURLOPT_USERAGENT, "hyperguild-filters");
  curl.setopt(handle, CURLOPT_ERRORBUFFER, reason);
  curl.setopt(handle, CURLOPT_WRITEFUNCTION, collect);
  curl.setopt(handle, CURLOPT_WRITEDATA, &to);
  CURLcode code = curl.perform(handle);
  if (code == CURLE_OK) curl.getinfo(handle, CURLINFO_RESPONSE_CODE, &response->status);
  else snprintf(response->message, sizeof response->message, "%s", *reason ? reason : curl.strerror(code));
  curl.cleanup(handle);
  curl.free_all(headers);
  return to.too_long ? HG_WEB_TOO_LONG : (int)code;
}

void hg_web_free(hg_web_response *response) {
  free(response->body);
  response->body = NULL;
}
