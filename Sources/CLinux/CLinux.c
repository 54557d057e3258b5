#define _GNU_SOURCE
#include "CLinux.h"

int lk_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
    return accept4(fd, address, length, flags);
}

int lk_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags) {
    return renameat2(from_dir, from, to_dir, to, flags);
}
