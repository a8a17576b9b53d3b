#pragma once
#include <curl/curl.h>
// libcurl's multi-socket interface needs a poller, and its buffers an allocator that keeps them; Swift's Glibc module
// leaves these headers out.
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// libcurl, loaded when it is first needed: loading it takes longer than all else that a program does at its start, and
// a program that only prints its help or refuses its arguments needs none of it.
//
// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift does not import: one typed wrapper
// for each kind of argument. All others are libcurl's functions of the same name.

/// As curl_global_init; CURLE_FAILED_INIT also when there is no libcurl. Nothing else may be called before it succeeded,
/// but hg_curl_easy_strerror and those for URLs and lists.
CURLcode hg_curl_global_init(long flags);

CURL *hg_curl_easy_init(void);
CURLcode hg_curl_easy_perform(CURL *handle);
void hg_curl_easy_cleanup(CURL *handle);
const char *hg_curl_easy_strerror(CURLcode code);

CURLcode hg_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode hg_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode hg_curl_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode hg_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode hg_curl_set_data_callback(CURL *handle, CURLoption option, curl_write_callback callback);
CURLcode hg_curl_set_open_socket(CURL *handle, curl_opensocket_callback callback);
CURLcode hg_curl_set_close_socket(CURL *handle, curl_closesocket_callback callback);

long hg_curl_get_long(CURL *handle, CURLINFO info);
void *hg_curl_get_private(CURL *handle);

CURLM *hg_curl_multi_init(void);
CURLMcode hg_curl_multi_cleanup(CURLM *multi);
CURLMcode hg_curl_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode hg_curl_multi_remove_handle(CURLM *multi, CURL *handle);
CURLMcode hg_curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events, int *running);
const char *hg_curl_multi_strerror(CURLMcode code);

CURLMcode hg_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode hg_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value);
CURLMcode hg_curl_multi_set_socket(CURLM *multi, curl_socket_callback callback);
CURLMcode hg_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback);

/// The next transfer that ended, by curl_multi_info_read, whose message holds a union; NULL when there is none.
CURL *hg_curl_next_done(CURLM *multi, CURLcode *result);

/// A URL for CURLOPT_CURLU; NULL when it is malformed.
CURLU *hg_curl_parse_url(const char *text);
void hg_curl_url_cleanup(CURLU *url);

struct curl_slist *hg_curl_slist_append(struct curl_slist *list, const char *text);
void hg_curl_slist_free_all(struct curl_slist *list);
