/** What multiplications and additions cost at the least in native code: a loop in C that does nothing else. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadKoffi } from '../src/native/library.js'

/** Fused where the machine has that, in the longest vectors that it has, as many sums as hide how long one takes. */
const TEXT = `
#include <time.h>
#if defined(__AVX512F__)
enum { WIDTH = 64, SUMS = 24 };
#elif defined(__AVX__)
enum { WIDTH = 32, SUMS = 12 };
#else
enum { WIDTH = 16, SUMS = 12 };
#endif
enum { ROUNDS = 20000 };
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}
#define PEAK(T) \\
  typedef T T##_vector __attribute__((vector_size(WIDTH))); \\
  double T##_peak(volatile T *given) { \\
    T##_vector x = {0}, y = {0}, sums[SUMS]; \\
    for (int i = 0; i < SUMS; i++) sums[i] = y + given[0]; \\
    x += given[0]; y += given[1]; \\
    double began = now(); \\
    for (int k = 0; k < ROUNDS; k++) { \\
      _Pragma("GCC unroll 24") \\
      for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * x + y; \\
    } \\
    double time = now() - began; \\
    for (int i = 0; i < SUMS; i++) given[2] += sums[i][0]; \\
    return time * 1e3 / (2.0 * SUMS * ROUNDS * (WIDTH / sizeof(T))); \\
  }
PEAK(float)
PEAK(double)
`

/** Microseconds of a million multiplications and additions on one thread, in what this compiler makes for this machine. */
export const nativePeakMicroseconds = (command: string, type: 'f32' | 'f64'): (() => number) => {
  const folder = mkdtempSync(join(tmpdir(), 'lanac-peak-'))
  try {
    const file = join(folder, 'peak')
    const flags = ['-O3', '-march=native', '-ffp-contract=fast', '-shared', '-fPIC', '-x', 'c', '-', '-o', file]
    const compiled = spawnSync(command, flags, { input: TEXT, encoding: 'utf8' })
    if (compiled.status !== 0) throw new Error(compiled.error?.message ?? compiled.stderr)
    const koffi = loadKoffi()
    if (koffi instanceof Error) throw koffi
    const peak = koffi.load(file).func(type === 'f32' ? 'float_peak' : 'double_peak', 'double', ['uintptr_t'])
    const given = type === 'f32' ? new Float32Array([1, 0, 0]) : new Float64Array([1, 0, 0])
    return () => peak(koffi.address(given)) as number
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
