// The load: as many WebSocket clients as asked for, in one thread, over raw TCP, with frames that were built beforehand.
//
//   load PORT PATH GREETINGS GREETING MESSAGE
//
// GREETINGS: messages that the server sends by itself before a connection counts as open; the first one is answered
// with GREETING. Commands come on stdin, a line each, and each is answered with one line of JSON:
//
//   open N                       opens N more connections
//   echo ACTIVE WINDOW MS        keeps WINDOW messages under way on each of ACTIVE connections
//   cycle CONCURRENT MS          connect, one message and its echo, close; CONCURRENT at a time
//   fan MS                       the first connection says something, everybody hears it, again
//   idle MS                      answers pings
//   closed MS                    waits for the server to close all of them
//
// load.ts does the same where there is no C compiler.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536, WINDOW = 64, AT_ONCE = 64, SOURCES = 60, SLOWEST = 1 << 17, PATIENCE = 60000000 };

typedef enum { FREE, UPGRADING, GREETING, READY, ENDING } State;
typedef enum { NOTHING, OPEN, ECHO, CYCLE, FAN, IDLE, CLOSED } Mode;

typedef struct {
  int fd;
  State state;
  int greeted, matched, under_way, oldest, credit, head_size;
  unsigned char head[10];
  unsigned char opcode;
  uint64_t left;
  uint32_t sent[WINDOW];
} Conn;

static Conn conns[MOST];
static int count, live, ready, starting, epoll, source;
static char request[4096];
static int request_size;
static unsigned char batch[WINDOW * 8192], greeting[1024], pong[] = {0x8a, 0x80, 1, 2, 3, 4}, bye[] = {0x88, 0x82, 1, 2, 3, 4, 1 ^ 3, 2 ^ 0xe8};
static int message_size, greeting_size, greetings;
static struct sockaddr_in server;

static Mode mode;
static int target, window;
static uint64_t since, until, units, pings, ended, failed, heard;
static uint32_t latencies[SLOWEST];

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int frame(unsigned char *to, const char *text) {
  int size = strlen(text), at = 0;
  to[at++] = 0x81;
  if (size < 126) to[at++] = 0x80 | size;
  else to[at++] = 0x80 | 126, to[at++] = size >> 8, to[at++] = size & 255;
  unsigned char key[4] = {0x12, 0x34, 0x56, 0x78};
  memcpy(to + at, key, 4);
  at += 4;
  for (int i = 0; i < size; i++) to[at++] = text[i] ^ key[i & 3];
  return at;
}

static void put(Conn *c, const void *bytes, int size) {
  const char *at = bytes;
  while (size > 0) {
    ssize_t n = write(c->fd, at, size);
    if (n > 0) at += n, size -= n;
    else if (errno == EAGAIN) poll(&(struct pollfd){.fd = c->fd, .events = POLLOUT}, 1, 1000);
    else return; // What became of the socket is told when it is read.
  }
}

static void say(Conn *c, int messages, uint64_t at) {
  for (int i = 0; i < messages; i++) c->sent[(c->oldest + c->under_way++) % WINDOW] = (uint32_t)at;
  put(c, batch, messages * message_size);
}

static void start(void) {
  Conn *c = NULL;
  if (mode == CYCLE) {
    for (int i = 0; i < count && c == NULL; i++)
      if (conns[i].state == FREE) c = &conns[i];
  }
  if (c == NULL) c = &conns[count++];
  memset(c, 0, sizeof *c);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + source++ % SOURCES)};
  bind(c->fd, (struct sockaddr *)&from, sizeof from);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server) != 0) {
    failed++;
    if (c->fd >= 0) close(c->fd);
    return;
  }
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  c->state = UPGRADING;
  live++, starting++;
  put(c, request, request_size);
}

static void opened(Conn *c) {
  c->state = READY;
  ready++, starting--;
  if (mode == CYCLE) say(c, 1, now());
  else if (mode == OPEN && count < target) start();
}

static void gone(Conn *c) {
  if (c->state == UPGRADING || c->state == GREETING) starting--, failed++;
  else ready--;
  close(c->fd);
  c->state = FREE;
  live--, ended++;
  if (mode != CYCLE) return;
  units++;
  if (now() < until) start();
}

static void heard_message(Conn *c, uint64_t at) {
  if (c->state == GREETING) {
    if (++c->greeted == 1 && greeting_size > 0) put(c, greeting, greeting_size);
    if (c->greeted == greetings) opened(c);
    return;
  }
  heard++;
  if (mode == FAN) {
    units++;
    if (heard < (uint64_t)ready) return;
    heard = 0;
    uint32_t took = (uint32_t)at - conns[0].sent[0];
    latencies[took < SLOWEST ? took : SLOWEST - 1]++;
    conns[0].under_way = conns[0].oldest = 0;
    if (at < until) say(&conns[0], 1, at);
    return;
  }
  if ((mode != ECHO && mode != CYCLE) || c->under_way == 0) return;
  uint32_t took = (uint32_t)at - c->sent[c->oldest];
  latencies[took < SLOWEST ? took : SLOWEST - 1]++;
  c->oldest = (c->oldest + 1) % WINDOW;
  c->under_way--;
  if (mode == ECHO) units++, c->credit++;
  else c->state = ENDING, put(c, bye, sizeof bye);
}

static void heard_frame(Conn *c, uint64_t at) {
  if (c->opcode == 1 || c->opcode == 2) heard_message(c, at);
  else if (c->opcode == 9) pings++, put(c, pong, sizeof pong);
  else if (c->opcode == 8 && c->state != ENDING) c->state = ENDING, put(c, bye, sizeof bye);
}

static void frames(Conn *c, const unsigned char *bytes, ssize_t size, uint64_t at) {
  for (ssize_t i = 0; i < size;) {
    if (c->left > 0) {
      uint64_t some = c->left < (uint64_t)(size - i) ? c->left : (uint64_t)(size - i);
      i += some, c->left -= some;
    } else {
      c->head[c->head_size++] = bytes[i++];
      int length = c->head_size < 2 ? 0 : c->head[1] & 127;
      if (c->head_size < (length == 127 ? 10 : length == 126 ? 4 : 2)) continue;
      c->opcode = c->head[0] & 15;
      c->left = length < 126 ? length : 0;
      for (int k = 2; k < c->head_size; k++) c->left = c->left << 8 | c->head[k];
    }
    if (c->left > 0) continue;
    c->head_size = 0;
    heard_frame(c, at);
    if (c->state == FREE) return;
  }
}

static void readable(Conn *c) {
  static unsigned char bytes[1 << 18];
  ssize_t size = read(c->fd, bytes, sizeof bytes);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return gone(c);
  uint64_t at = now();
  ssize_t i = 0;
  if (c->state == UPGRADING) {
    // The head is skipped up to its empty line; a refusal ends the socket, and is counted then.
    for (; i < size && c->matched < 4; i++) c->matched = bytes[i] == "\r\n\r\n"[c->matched] ? c->matched + 1 : bytes[i] == '\r';
    if (c->matched < 4) return;
    c->state = GREETING;
    if (greetings == 0) opened(c);
  }
  frames(c, bytes + i, size - i, at);
  if (c->credit == 0) return;
  int credit = c->credit;
  c->credit = 0;
  if (at < until) say(c, credit, at);
}

static uint32_t percentile(double share) {
  uint64_t all = 0, passed = 0;
  for (int i = 0; i < SLOWEST; i++) all += latencies[i];
  for (int i = 0; i < SLOWEST; i++) {
    passed += latencies[i];
    if (passed > 0 && passed >= share * all) return i;
  }
  return 0;
}

static void answer(void) {
  printf("{\"units\":%lu,\"pings\":%lu,\"ended\":%lu,\"failed\":%lu,\"live\":%d,\"seconds\":%.6f,\"p50\":%u,\"p99\":%u}\n", units,
         pings, ended, failed, live, (now() - since) / 1e6, percentile(0.5), percentile(0.99));
  fflush(stdout);
  mode = NOTHING;
}

static int finished(uint64_t at) {
  if (at > until + PATIENCE) return 1;
  if (mode == OPEN) return starting == 0;
  if (mode == IDLE) return at >= until;
  if (mode == CLOSED) return live == 0 || at >= until;
  if (at < until) return 0;
  if (mode == CYCLE) return live == 0;
  if (mode == FAN) return conns[0].under_way == 0;
  for (int i = 0; i < target; i++)
    if (conns[i].under_way > 0 && conns[i].state == READY) return 0;
  return 1;
}

static void command(void) {
  static char line[256], word[16];
  int size = read(0, line, sizeof line - 1), a = 0, b = 0, c = 0;
  if (size <= 0) exit(0);
  line[size] = 0;
  int given = sscanf(line, "%15s %d %d %d", word, &a, &b, &c);
  memset(latencies, 0, sizeof latencies);
  units = pings = ended = failed = heard = 0;
  since = now();
  until = since + 1000 * (uint64_t)(given == 4 ? c : given == 3 ? b : a);
  if (strcmp(word, "open") == 0) {
    mode = OPEN, target = count + a < MOST ? count + a : MOST, until = since;
    for (int i = 0; i < AT_ONCE && count < target; i++) start();
  } else if (strcmp(word, "echo") == 0) {
    mode = ECHO, target = a < count ? a : count, window = b;
    for (int i = 0; i < target; i++) say(&conns[i], window, since);
  } else if (strcmp(word, "cycle") == 0) {
    mode = CYCLE;
    for (int i = 0; i < a; i++) start();
  } else if (strcmp(word, "fan") == 0) {
    mode = FAN, say(&conns[0], 1, since);
  } else {
    mode = strcmp(word, "idle") == 0 ? IDLE : CLOSED;
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  request_size = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                          "Origin: https://app.example\r\nAuthorization: Bearer 0123456789abcdef\r\nUser-Agent: load\r\n\r\n",
                          argv[2], argv[1]);
  greetings = atoi(argv[3]);
  if (argv[4][0] != 0) greeting_size = frame(greeting, argv[4]);
  message_size = frame(batch, argv[5]);
  for (int i = 1; i < WINDOW; i++) memcpy(batch + i * message_size, batch, message_size);
  epoll = epoll_create1(0);
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL}, events[1024];
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
  for (;;) {
    int n = epoll_wait(epoll, events, 1024, mode == NOTHING ? -1 : 5);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == NULL) command();
      else readable(events[i].data.ptr);
    }
    if (mode != NOTHING && finished(now())) answer();
  }
}
