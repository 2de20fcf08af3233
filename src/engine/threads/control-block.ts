/**
 * The control block: where the threads of an arena agree on who computes what.
 *
 * One thread has work; the others help. The work at hand is the *job*: some units of one nest of one module. Which units are
 * left is one word of 64 bits, the number of the job in its upper half, the count of units left in its lower one. Who wants
 * units takes them off that count by a single compare-and-exchange, so nobody can take units of a job that is not the one
 * it read: its number would be another. The job is written while the count is 0, when nothing can be taken; whoever has
 * taken some knows that all it read of the job belongs together, and no next one is written before it is finished.
 *
 * Each group of words that is written together has lines of its own: processors fetch them in pairs.
 */

/** Bytes from the start of memory, each of a word of 32 bits but for `claim`. */
export const CONTROL = {
  /** 64 bits: the count of units that are left, and above it … */
  claim: 128,
  /** … the number of the job: it goes up by one with each. Helpers sleep on it. */
  job: 132,
  /** The module of the job, and which of its nests it is. */
  module: 256,
  nest: 260,
  /** The address of the table that the nest is called with. */
  table: 264,
  /** The least number of units that are taken at once. */
  grain: 268,
  /** How many threads may take part, the one that has the work among them. */
  threads: 272,
  /** The size of memory in pages: a thread that has not heard of it yet stays out. */
  pages: 276,
  /** Units of the job that are not computed yet. */
  pending: 384,
  /** Whether the thread that has the work sleeps until the last unit is computed. */
  waits: 388,
  /** Which helpers are awake, a bit for each. */
  awake: 512,
  /** What jobs have cost since helpers were last woken, during which some slept. */
  missed: 640,
  /** How often a thread looks before it goes to sleep. */
  patience: 644,
  /** Whether the thread that has the work may sleep: that of a page may not. */
  mayWait: 648,
  /** Counts, for whoever wants to know: jobs, units that helpers computed, … */
  jobs: 768,
  helped: 896,
  /** … how often they looked in vain, and how often they went to sleep, … */
  spins: 900,
  sleeps: 904,
  /** … and the same of the thread that has the work. */
  ownSpins: 772,
  ownSleeps: 776,
} as const

/** Where the control block ends. */
export const CONTROL_END = 1024

/** Looks before sleeping: some 35 µs, less than it costs to be woken. */
export const PATIENCE = 2 ** 15

/**
 * What jobs have to have cost, in multiplications (`split.ts`), before helpers that sleep are woken: 0.4 ms, in many jobs or
 * in a run that has only begun. Waking one takes the waker some 50 µs, and the one that wakes as long.
 */
export const WAKING = 8_000_000
