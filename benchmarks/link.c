/*
 * A link between two network namespaces: a delay, a rate, a bounded queue that drops its tail, and random loss.
 *
 *     link NEAR FAR DEVICE BYTES_A_SECOND ONE_WAY_NS LOSS QUEUE_BYTES SEED
 *
 * Makes a TUN device of the same name in both namespaces (netns(7) by name, below /run/netns), says `ready`, and then
 * carries packets. One letter on standard input is a command: `s` drops everything from now on, `o` carries again, `b`
 * begins the sequence of losses anew, `r` prints the counters as one line of JSON, with what the far end sent as "down".
 * The end of input is our end.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MTU = 1500, BATCH = 64, SPARE_SLOTS = 4096, NS_A_SECOND = 1000000000 };

/* Waking for every packet costs more than carrying it; this is how late one may be. */
enum { GRAIN_NS = 50000 };

struct slot {
    int64_t due_ns;
    int32_t length;
    unsigned char data[MTU];
};

struct way {
    int from, to;
    int64_t free_ns; /* when the last bit of the queue will have left */
    uint64_t random;
    struct slot *slots;
    size_t first, count;
    uint64_t packets, bytes, payload_bytes, lost, overflowed;
};

static double bytes_a_second, loss;
static int64_t one_way_ns, queue_bytes;
static size_t slot_count;
static uint64_t seed;
static int silent;

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

static int open_device(const char *namespace, const char *name) {
    char path[256];
    struct ifreq request;
    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    int place = open(path, O_RDONLY | O_CLOEXEC);
    if (place < 0 || setns(place, CLONE_NEWNET)) die(path);
    close(place);
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) die("/dev/net/tun");
    memset(&request, 0, sizeof request);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    if (ioctl(device, TUNSETIFF, &request)) die("TUNSETIFF");
    return device;
}

static double uniform(uint64_t *state) { /* xorshift64* */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * 0x2545F4914F6CDD1DULL) >> 11) / 9007199254740992.0;
}

static void begin_losses(struct way *down, struct way *up) {
    down->random = seed * 2 + 1;
    up->random = down->random ^ 0x9E3779B97F4A7C15ULL;
    for (int spin = 0; spin < 20; spin++) uniform(&down->random), uniform(&up->random);
}

static int payload_bytes(const unsigned char *packet, int length) {
    int header = (packet[0] & 15) * 4;
    if (packet[0] >> 4 != 4 || packet[9] != IPPROTO_TCP || length < header + 20) return 0;
    return length - header - (packet[header + 12] >> 4) * 4;
}

/* Take what the sender has for us: into the queue, lost, or more than the queue holds. */
static void take(struct way *way) {
    for (int taken = 0; taken < BATCH; taken++) {
        static struct slot dropped;
        struct slot *slot = &dropped;
        if (way->count < slot_count) slot = &way->slots[(way->first + way->count) % slot_count];
        slot->length = (int32_t)read(way->from, slot->data, MTU);
        if (slot->length <= 0) return;
        int64_t now = now_ns(), waiting_ns = way->free_ns > now ? way->free_ns - now : 0;
        double waiting_bytes = (double)waiting_ns * bytes_a_second / NS_A_SECOND;
        if (silent) continue;
        if (slot == &dropped || waiting_bytes + slot->length > (double)queue_bytes) {
            way->overflowed++;
            continue;
        }
        way->free_ns = now + waiting_ns + (int64_t)(slot->length * (double)NS_A_SECOND / bytes_a_second);
        way->packets++;
        way->bytes += (uint64_t)slot->length;
        way->payload_bytes += (uint64_t)payload_bytes(slot->data, slot->length);
        if (uniform(&way->random) < loss) {
            way->lost++;
            continue;
        }
        slot->due_ns = way->free_ns + one_way_ns;
        way->count++;
    }
}

/* Deliver what is due, and return when the next packet is; 0 is never. */
static int64_t deliver(struct way *way) {
    for (int64_t now = now_ns(); way->count; way->count--, way->first = (way->first + 1) % slot_count) {
        struct slot *slot = &way->slots[way->first];
        if (slot->due_ns > now) return slot->due_ns;
        /* A device that is not up yet, or has no room, is a packet lost. */
        if (!silent && write(way->to, slot->data, (size_t)slot->length) < 0) way->lost++;
    }
    return 0;
}

static void print_way(const char *name, const struct way *way) {
    printf("\"%s\": {\"packets\": %lu, \"bytes\": %lu, \"payload_bytes\": %lu, \"lost\": %lu, \"overflowed\": %lu}", name,
           way->packets, way->bytes, way->payload_bytes, way->lost, way->overflowed);
}

static void obey(struct way *down, struct way *up) {
    char letters[64];
    ssize_t got = read(STDIN_FILENO, letters, sizeof letters);
    if (got <= 0) exit(0);
    for (ssize_t at = 0; at < got; at++) {
        if (letters[at] == 's') silent = 1;
        if (letters[at] == 'o') silent = 0;
        if (letters[at] == 'b') begin_losses(down, up);
        if (letters[at] != 'r') continue;
        printf("{");
        print_way("down", down);
        printf(", ");
        print_way("up", up);
        printf("}\n");
        fflush(stdout);
    }
}

int main(int count, char **words) {
    struct way down = {0}, up = {0};
    if (count != 9) {
        fprintf(stderr, "usage: link NEAR FAR DEVICE BYTES_A_SECOND ONE_WAY_NS LOSS QUEUE_BYTES SEED\n");
        return 2;
    }
    bytes_a_second = atof(words[4]);
    one_way_ns = atoll(words[5]);
    loss = atof(words[6]);
    queue_bytes = atoll(words[7]);
    up.to = down.from = open_device(words[2], words[3]);
    up.from = down.to = open_device(words[1], words[3]);
    seed = strtoull(words[8], NULL, 10);
    begin_losses(&down, &up);
    slot_count = (size_t)(2 * (bytes_a_second * (double)one_way_ns / NS_A_SECOND + (double)queue_bytes) / MTU) + SPARE_SLOTS;
    down.slots = calloc(slot_count, sizeof *down.slots);
    up.slots = calloc(slot_count, sizeof *up.slots);
    if (!down.slots || !up.slots) die("memory");
    /* A link that is late is a link with jitter: be exact, and go before the programs that are measured. */
    struct sched_param first = {1};
    if (prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) || sched_setscheduler(0, SCHED_FIFO, &first)) perror("link: no priority");
    puts("ready");
    fflush(stdout);
    for (;;) {
        take(&down);
        take(&up);
        int64_t first_ns = deliver(&down), other_ns = deliver(&up);
        int64_t next_ns = other_ns && (!first_ns || other_ns < first_ns) ? other_ns : first_ns;
        int busy = next_ns != 0;
        int64_t wait_ns = busy ? next_ns - now_ns() : NS_A_SECOND;
        struct timespec pause = {wait_ns / NS_A_SECOND, wait_ns % NS_A_SECOND};
        if (busy && wait_ns < GRAIN_NS) pause = (struct timespec){0, GRAIN_NS};
        struct pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {up.from, POLLIN, 0}, {down.from, POLLIN, 0}};
        if (ppoll(ready, busy && wait_ns < GRAIN_NS ? 1 : 3, &pause, NULL) > 0 && ready[0].revents) obey(&down, &up);
    }
}
