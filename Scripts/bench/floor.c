// The practical limit: a server that answers every segment it receives with constant bytes. It parses nothing, knows no
// errors and never waits for a slow reader: no real server can do less work. For `make bench` only.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char small[2048], large[16384];
static size_t small_length, large_length;

static size_t make(char *answer, size_t content) {
    size_t head = (size_t)sprintf(answer,
        "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", content);
    memset(answer + head, 'x', content);
    return head + content;
}

// usage: floor PORT. A path that begins with /s gets 1 KiB, every other one 12 KiB.
int main(int count, char **words) {
    small_length = make(small, 1024);
    large_length = make(large, 12288);
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(count > 1 ? words[1] : "0")),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 511)) return perror("floor"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int index = 0; index < ready; index++) {
            int client = events[index].data.fd;
            if (client == listener) {
                client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = client};
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
                continue;
            }
            char request[4096];
            ssize_t length = recv(client, request, sizeof request, 0);
            int is_small = length > 5 && request[5] == 's';
            if (length <= 0 || send(client, is_small ? small : large, is_small ? small_length : large_length, MSG_NOSIGNAL) < 0)
                close(client);
        }
    }
}
