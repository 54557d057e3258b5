// libcurl for Swift. It is loaded when it is first needed, and its setters are variadic, which Swift cannot call.
// Nothing but that is here: each function calls the one of libcurl with the same name.
#ifndef LATCHKEY_CCURL_H
#define LATCHKEY_CCURL_H

#include <curl/curl.h>

// Loads the library of this name; 1 when it has everything that is needed, else 0. Must come before all others.
int lk_curl_load(const char *name);

CURLcode lk_curl_global_init(long flags);
CURL *lk_curl_easy_init(void);
void lk_curl_easy_cleanup(CURL *handle);
const char *lk_curl_easy_strerror(CURLcode code);
const struct curl_easyoption *lk_curl_easy_option_by_id(CURLoption option);
CURLM *lk_curl_multi_init(void);
CURLMcode lk_curl_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode lk_curl_multi_remove_handle(CURLM *multi, CURL *handle);
const char *lk_curl_multi_strerror(CURLMcode code);
CURLMcode lk_curl_multi_perform(CURLM *multi, int *running);
CURLMcode lk_curl_multi_poll(CURLM *multi, struct curl_waitfd *others, unsigned count, int milliseconds, int *ready);
CURLMcode lk_curl_multi_wakeup(CURLM *multi);
CURLMsg *lk_curl_multi_info_read(CURLM *multi, int *left);
struct curl_slist *lk_curl_slist_append(struct curl_slist *list, const char *text);
void lk_curl_slist_free_all(struct curl_slist *list);
CURLU *lk_curl_url(void);
void lk_curl_url_cleanup(CURLU *url);
CURLUcode lk_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned flags);
CURLUcode lk_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned flags);
void lk_curl_free(void *memory);

CURLcode lk_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode lk_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode lk_curl_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode lk_curl_set_write(CURL *handle, CURLoption option, size_t (*function)(char *, size_t, size_t, void *));
CURLcode lk_curl_set_open(CURL *handle, curl_socket_t (*function)(void *, curlsocktype, struct curl_sockaddr *));
CURLMcode lk_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLcode lk_curl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode lk_curl_get_pointer(CURL *handle, CURLINFO info, void **value);

#endif
