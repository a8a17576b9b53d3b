#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

// curl.h wraps these in type checks that take constant options only.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

// Each member has the type of libcurl's function of that name.
#define FUNCTIONS(X) \
  X(global_init) \
  X(easy_init) \
  X(easy_cleanup) \
  X(easy_perform) \
  X(easy_strerror) \
  X(easy_setopt) \
  X(easy_getinfo) \
  X(multi_init) \
  X(multi_cleanup) \
  X(multi_add_handle) \
  X(multi_remove_handle) \
  X(multi_socket_action) \
  X(multi_strerror) \
  X(multi_setopt) \
  X(multi_info_read) \
  X(url) \
  X(url_set) \
  X(url_cleanup) \
  X(slist_append) \
  X(slist_free_all)

static struct {
#define MEMBER(name) __typeof__(&curl_##name) name;
  FUNCTIONS(MEMBER)
} curl;

static int is_loaded;

static void load(void) {
  void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
  if (!library) return;
  void *symbol;
#define FIND(name)                                            \
  if (!(symbol = dlsym(library, "curl_" #name))) return;      \
  memcpy(&curl.name, &symbol, sizeof symbol);
  FUNCTIONS(FIND)
  is_loaded = 1;
}

static int is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return is_loaded;
}

CURLcode hg_curl_global_init(long flags) { return is_there() ? curl.global_init(flags) : CURLE_FAILED_INIT; }

CURL *hg_curl_easy_init(void) { return curl.easy_init(); }
CURLcode hg_curl_easy_perform(CURL *handle) { return curl.easy_perform(handle); }
void hg_curl_easy_cleanup(CURL *handle) { curl.easy_cleanup(handle); }
const char *hg_curl_easy_strerror(CURLcode code) {
  return is_there() ? curl.easy_strerror(code) : "libcurl is not installed";
}

CURLcode hg_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode hg_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode hg_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode hg_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode hg_curl_set_data_callback(CURL *handle, CURLoption option, curl_write_callback callback) {
  return curl.easy_setopt(handle, option, callback);
}
CURLcode hg_curl_set_open_socket(CURL *handle, curl_opensocket_callback callback) {
  return curl.easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
}
CURLcode hg_curl_set_close_socket(CURL *handle, curl_closesocket_callback callback) {
  return curl.easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

long hg_curl_get_long(CURL *handle, CURLINFO info) {
  long value = 0;
  curl.easy_getinfo(handle, info, &value);
  return value;
}
void *hg_curl_get_private(CURL *handle) {
  char *value = NULL;
  curl.easy_getinfo(handle, CURLINFO_PRIVATE, &value);
  return value;
}

CURLM *hg_curl_multi_init(void) { return curl.multi_init(); }
CURLMcode hg_curl_multi_cleanup(CURLM *multi) { return curl.multi_cleanup(multi); }
CURLMcode hg_curl_multi_add_handle(CURLM *multi, CURL *handle) { return curl.multi_add_handle(multi, handle); }
CURLMcode hg_curl_multi_remove_handle(CURLM *multi, CURL *handle) { return curl.multi_remove_handle(multi, handle); }
CURLMcode hg_curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events, int *running) {
  return curl.multi_socket_action(multi, socket, events, running);
}
const char *hg_curl_multi_strerror(CURLMcode code) { return curl.multi_strerror(code); }

CURLMcode hg_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl.multi_setopt(multi, option, value);
}
CURLMcode hg_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
  return curl.multi_setopt(multi, option, value);
}
CURLMcode hg_curl_multi_set_socket(CURLM *multi, curl_socket_callback callback) {
  return curl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}
CURLMcode hg_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback) {
  return curl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

CURL *hg_curl_next_done(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl.multi_info_read(multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}

CURLU *hg_curl_parse_url(const char *text) {
  CURLU *url = is_there() ? curl.url() : NULL;
  if (!url || curl.url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) return url;
  curl.url_cleanup(url);
  return NULL;
}
void hg_curl_url_cleanup(CURLU *url) {
  if (url) curl.url_cleanup(url);
}

struct curl_slist *hg_curl_slist_append(struct curl_slist *list, const char *text) {
  return is_there() ? curl.slist_append(list, text) : NULL;
}
void hg_curl_slist_free_all(struct curl_slist *list) {
  if (list) curl.slist_free_all(list);
}
