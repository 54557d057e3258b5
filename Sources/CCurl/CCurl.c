#define CURL_DISABLE_TYPECHECK
#include "CCurl.h"
#include <dlfcn.h>

#define FUNCTIONS(F) \
    F(global_init) F(easy_init) F(easy_cleanup) F(easy_strerror) F(easy_option_by_id) F(easy_setopt) \
    F(easy_getinfo) F(multi_init) F(multi_setopt) F(multi_add_handle) F(multi_remove_handle) \
    F(multi_strerror) F(multi_perform) F(multi_poll) F(multi_wakeup) F(multi_info_read) \
    F(slist_append) F(slist_free_all) F(url) F(url_cleanup) F(url_set) F(url_get) F(free)

#define DECLARE(name) __typeof__(&curl_##name) name;
static struct { FUNCTIONS(DECLARE) } curl;

#define FIND(name) \
    if (!(*(void **)&curl.name = dlsym(library, "curl_" #name))) return 0;
int lk_curl_load(const char *name) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return 0;
    FUNCTIONS(FIND)
    return 1;
}

CURLcode lk_curl_global_init(long flags) { return curl.global_init(flags); }
CURL *lk_curl_easy_init(void) { return curl.easy_init(); }
void lk_curl_easy_cleanup(CURL *handle) { curl.easy_cleanup(handle); }
const char *lk_curl_easy_strerror(CURLcode code) { return curl.easy_strerror(code); }
const struct curl_easyoption *lk_curl_easy_option_by_id(CURLoption option) { return curl.easy_option_by_id(option); }
CURLM *lk_curl_multi_init(void) { return curl.multi_init(); }
CURLMcode lk_curl_multi_add_handle(CURLM *multi, CURL *handle) { return curl.multi_add_handle(multi, handle); }
CURLMcode lk_curl_multi_remove_handle(CURLM *multi, CURL *handle) { return curl.multi_remove_handle(multi, handle); }
const char *lk_curl_multi_strerror(CURLMcode code) { return curl.multi_strerror(code); }
CURLMcode lk_curl_multi_perform(CURLM *multi, int *running) { return curl.multi_perform(multi, running); }
CURLMcode lk_curl_multi_poll(CURLM *multi, struct curl_waitfd *others, unsigned count, int milliseconds, int *ready) { return curl.multi_poll(multi, others, count, milliseconds, ready); }
CURLMcode lk_curl_multi_wakeup(CURLM *multi) { return curl.multi_wakeup(multi); }
CURLMsg *lk_curl_multi_info_read(CURLM *multi, int *left) { return curl.multi_info_read(multi, left); }
struct curl_slist *lk_curl_slist_append(struct curl_slist *list, const char *text) { return curl.slist_append(list, text); }
void lk_curl_slist_free_all(struct curl_slist *list) { curl.slist_free_all(list); }
CURLU *lk_curl_url(void) { return curl.url(); }
void lk_curl_url_cleanup(CURLU *url) { curl.url_cleanup(url); }
CURLUcode lk_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned flags) { return curl.url_set(url, part, text, flags); }
CURLUcode lk_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned flags) { return curl.url_get(url, part, text, flags); }
void lk_curl_free(void *memory) { curl.free(memory); }

CURLcode lk_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl.easy_setopt(handle, option, value);
}

CURLcode lk_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl.easy_setopt(handle, option, value);
}

CURLcode lk_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl.easy_setopt(handle, option, value);
}

CURLcode lk_curl_set_write(CURL *handle, CURLoption option, size_t (*function)(char *, size_t, size_t, void *)) {
    return curl.easy_setopt(handle, option, function);
}

CURLcode lk_curl_set_open(CURL *handle, curl_socket_t (*function)(void *, curlsocktype, struct curl_sockaddr *)) {
    return curl.easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, function);
}

CURLMcode lk_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl.multi_setopt(multi, option, value);
}

CURLcode lk_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl.easy_getinfo(handle, info, value);
}

CURLcode lk_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl.easy_getinfo(handle, info, value);
}
