/**
 * Threefry-2x32 with 20 rounds: a counter-based random function, (key, counter) → 64 random bits.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11. For a fixed
 * key it is a bijection of counters, so distinct counters never collide. Words are unsigned 32-bit numbers; any other
 * number is taken modulo 2³².
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** The parity constant that makes the third key word (Skein's C₂₄₀, low half). */
const PARITY = 0x1bd11bda

// ---------------------------------------------------------------------------------------------------------- combinators

/**
 * The two output words of one block, written to `out[i]` and `out[j]`: for loops over many blocks, without an object a
 * block. Four rounds of add, rotate, xor between injections of the key, the rotations alternating between two sets.
 */
export const threefryInto = (
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  out: Uint32Array,
  i: number,
  j: number,
): void => {
  const k2 = k0 ^ k1 ^ PARITY
  let x = (c0 + k0) | 0
  let y = (c1 + k1) | 0

  x = (x + y) | 0
  y = ((y << 13) | (y >>> 19)) ^ x
  x = (x + y) | 0
  y = ((y << 15) | (y >>> 17)) ^ x
  x = (x + y) | 0
  y = ((y << 26) | (y >>> 6)) ^ x
  x = (x + y) | 0
  y = ((y << 6) | (y >>> 26)) ^ x
  x = (x + k1) | 0
  y = (y + k2 + 1) | 0

  x = (x + y) | 0
  y = ((y << 17) | (y >>> 15)) ^ x
  x = (x + y) | 0
  y = ((y << 29) | (y >>> 3)) ^ x
  x = (x + y) | 0
  y = ((y << 16) | (y >>> 16)) ^ x
  x = (x + y) | 0
  y = ((y << 24) | (y >>> 8)) ^ x
  x = (x + k2) | 0
  y = (y + k0 + 2) | 0

  x = (x + y) | 0
  y = ((y << 13) | (y >>> 19)) ^ x
  x = (x + y) | 0
  y = ((y << 15) | (y >>> 17)) ^ x
  x = (x + y) | 0
  y = ((y << 26) | (y >>> 6)) ^ x
  x = (x + y) | 0
  y = ((y << 6) | (y >>> 26)) ^ x
  x = (x + k0) | 0
  y = (y + k1 + 3) | 0

  x = (x + y) | 0
  y = ((y << 17) | (y >>> 15)) ^ x
  x = (x + y) | 0
  y = ((y << 29) | (y >>> 3)) ^ x
  x = (x + y) | 0
  y = ((y << 16) | (y >>> 16)) ^ x
  x = (x + y) | 0
  y = ((y << 24) | (y >>> 8)) ^ x
  x = (x + k1) | 0
  y = (y + k2 + 4) | 0

  x = (x + y) | 0
  y = ((y << 13) | (y >>> 19)) ^ x
  x = (x + y) | 0
  y = ((y << 15) | (y >>> 17)) ^ x
  x = (x + y) | 0
  y = ((y << 26) | (y >>> 6)) ^ x
  x = (x + y) | 0
  y = ((y << 6) | (y >>> 26)) ^ x
  out[i] = x + k2
  out[j] = y + k0 + 5
}

// -------------------------------------------------------------------------------------------------------------- running

/** The two output words of one block. */
export const threefryPair = (k0: number, k1: number, c0: number, c1: number): readonly [number, number] => {
  const out = new Uint32Array(2)
  threefryInto(k0, k1, c0, c1, out, 0, 1)
  return [out[0] as number, out[1] as number]
}

/**
 * The output words of many blocks, `[n] → [n]`, laid out as JAX does: the counters' first half are the first words of the
 * blocks, their second half the second words, and so are the results. An odd count is padded with a counter 0 whose
 * result is dropped.
 */
export const threefry2x32 = (k0: number, k1: number, counters: Uint32Array): Uint32Array => {
  const half = Math.ceil(counters.length / 2)
  const out = new Uint32Array(2 * half)
  // the pad reads past the end
  for (let i = 0; i < half; i++) threefryInto(k0, k1, counters[i] as number, counters[half + i] ?? 0, out, i, half + i)
  return out.length === counters.length ? out : out.slice(0, counters.length)
}
