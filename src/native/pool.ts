/**
 * Threads that share the units of a nest: C that is compiled once, and one pool for the whole process.
 *
 * `share(f, context, units, grain, threads, cost)` calls `f(context, from, to)` for all units, in chunks, and returns when all of
 * them are done. The caller takes chunks like everybody else, so that a thread which comes late, or whose processor is
 * busy elsewhere, only leaves more to the others. What there is to take is one word: the number of the job, how many
 * threads may come, and how many chunks are left. A chunk is taken by changing that word, so nobody ever takes one of a job
 * that is over; and a job is over only when all that were taken are done, so what is read after a chunk was taken holds.
 *
 * Threads look for the next job for a while, counted in looks, not in time, and then sleep. Those that sleep are woken when
 * what they could have taken part in has cost a multiple of what waking does. A second caller, from another
 * thread of JavaScript, does its work alone while the pool is busy.
 */
import { NAME } from '../engine/c/program.js'

/** Looks before a thread sleeps, or before the caller lets others have its processor. */
const LOOKS = 4000

/** What jobs have to have cost, in multiplications (`split.ts`), before threads that sleep are woken: 0.2 ms. */
const WAKING = 10_000_000

/** The pool. It defines `NAME()`, the address of `share`, and `NAME_looks(which)`: how many looks were in vain, and sleeps. */
export const poolText = (): string => `#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#define SEEN __attribute__((visibility("default")))
#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("isb")
#else
#define PAUSE() ((void)0)
#endif
typedef void Unit(void *, long, long);
enum { MOST = 255, LOOKS = ${LOOKS}, CHUNKS = 1 << 20 };
static const double WAKING = ${WAKING};

/* the job: written before its word, read after a chunk was taken */
static Unit *f;
static void *context;
static long units, grain, chunks;

/* number of the job: 32 bits, threads: 8, chunks left: 24 */
static _Atomic uint64_t word;
static _Atomic uint32_t job;
static _Atomic long done;
static _Atomic int busy, sleeping;
static _Atomic uint64_t looks, sleeps;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t awake = PTHREAD_COND_INITIALIZER;
static int threads_made;
/* what jobs have cost since threads were last woken, during which some slept */
static double missed;

static void work(uint32_t number, long who) {
  for (;;) {
    uint64_t w = atomic_load(&word);
    if ((uint32_t)(w >> 32) != number || (w & 0xffffff) == 0 || who >= (long)((w >> 24) & 0xff)) return;
    if (!atomic_compare_exchange_weak(&word, &w, w - 1)) continue;
    const long chunk = chunks - (long)(w & 0xffffff);
    const long from = chunk * grain;
    f(context, from, chunk == chunks - 1 ? units : from + grain);
    atomic_fetch_add(&done, 1);
  }
}

static void *thread(void *argument) {
  const long who = (long)argument;
  uint32_t last = 0;
  for (;;) {
    uint32_t number;
    int n = 0;
    while ((number = atomic_load(&job)) == last) {
      if (++n < LOOKS) {
        PAUSE();
        continue;
      }
      atomic_fetch_add(&looks, n);
      atomic_fetch_add(&sleeps, 1);
      n = 0;
      pthread_mutex_lock(&lock);
      atomic_fetch_add(&sleeping, 1);
      while (atomic_load(&job) == last) pthread_cond_wait(&awake, &lock);
      atomic_fetch_add(&sleeping, -1);
      pthread_mutex_unlock(&lock);
    }
    work(number, who);
    last = number;
  }
  return 0;
}

static void share(Unit *given, void *with, long n, long size, long threads, double cost) {
  if (threads > MOST) threads = MOST;
  if (n <= size || threads < 2 || atomic_exchange(&busy, 1)) {
    given(with, 0, n);
    return;
  }
  while (threads_made < threads - 1) {
    pthread_t id;
    if (pthread_create(&id, 0, thread, (void *)(intptr_t)(threads_made + 1))) break;
    pthread_detach(id);
    threads_made += 1;
  }
  if ((n + size - 1) / size > CHUNKS) size = (n + CHUNKS - 1) / CHUNKS;
  f = given;
  context = with;
  units = n;
  grain = size;
  chunks = (n + size - 1) / size;
  atomic_store(&done, 0);
  const uint32_t number = atomic_load(&job) + 1 == 0 ? 1 : atomic_load(&job) + 1;
  atomic_store(&word, (uint64_t)number << 32 | (uint64_t)threads << 24 | (uint64_t)chunks);
  atomic_store(&job, number);
  if (atomic_load(&sleeping) > 0 && (missed += cost) >= WAKING) {
    missed = 0;
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&awake);
    pthread_mutex_unlock(&lock);
  }
  work(number, 0);
  for (int waited = 0; atomic_load(&done) < chunks; waited++) {
    if (waited < LOOKS) PAUSE();
    else sched_yield();
  }
  atomic_store(&busy, 0);
}

SEEN uint64_t ${NAME}(void) { return (uint64_t)(uintptr_t)&share; }
SEEN uint64_t ${NAME}_looks(int which) { return which == 0 ? atomic_load(&looks) : atomic_load(&sleeps); }
`
