// Linux calls that Swift's Glibc module does not show, and the macros that Swift cannot import. No logic.
// _GNU_SOURCE is defined in the C file alone: here it would give types another shape than Swift's Glibc has.
#ifndef LATCHKEY_CLINUX_H
#define LATCHKEY_CLINUX_H

#include <malloc.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

int lk_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int lk_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags);

#define LK_RENAME_NOREPLACE 1u
#define LK_RENAME_EXCHANGE 2u

// Open file description locks (fcntl_locking(2)); the same number on every architecture.
#define LK_F_OFD_SETLK 37

#endif
