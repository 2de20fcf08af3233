/** What the machine and the page have of threads. */

// ---------------------------------------------------------------------------------------------------------------- model

/** As much of Node as is asked for without importing it, so that pages load. */
interface NodeProcess {
  readonly versions?: { readonly node?: string }
  readonly getBuiltinModule?: (name: string) => unknown
}

/** As many threads as are taken without being asked for. */
const MOST = 8

// -------------------------------------------------------------------------------------------------------------- running

/** A module that Node itself has; null elsewhere, and in what only looks like Node. */
export const nodeModule = <A>(name: string): A | null => {
  const { process } = globalThis as { readonly process?: NodeProcess }
  if (process?.versions?.node === undefined || 'Bun' in globalThis || 'Deno' in globalThis) return null
  return (process.getBuiltinModule?.(`node:${name}`) as A | undefined) ?? null
}

/** Whether there is memory that threads share: in Node, and in pages that are isolated from others. */
export const canShare = (): boolean => {
  if (typeof SharedArrayBuffer !== 'function' || typeof Atomics !== 'object') return false
  return nodeModule('worker_threads') !== null || globalThis.crossOriginIsolated === true
}

/** How many threads the machine runs at once. */
export const processors = (): number => {
  const os = nodeModule<{ readonly availableParallelism?: () => number }>('os')
  const found = os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency
  return Number.isInteger(found) && (found as number) > 0 ? (found as number) : 1
}

/** How many threads work on large loops where nothing else is asked for. */
export const usualThreads = (): number => (canShare() ? Math.min(MOST, processors()) : 1)

/** Whether this thread may sleep: that of a page may not. */
export const maySleep = (): boolean => {
  try {
    // another value than is expected: it returns at once
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
    return true
  } catch {
    return false
  }
}
