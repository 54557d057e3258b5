// libcurl for Swift: its setters are variadic, which Swift cannot call. No logic.
#ifndef LATCHKEY_CCURL_H
#define LATCHKEY_CCURL_H

#include <curl/curl.h>

CURLcode lk_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode lk_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode lk_curl_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode lk_curl_set_write(CURL *handle, CURLoption option, size_t (*function)(char *, size_t, size_t, void *));
CURLMcode lk_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLcode lk_curl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode lk_curl_get_pointer(CURL *handle, CURLINFO info, void **value);

#endif
