/** Where WebAssembly, or all compiling, is not to be had: the same results, by the next best means. */
import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** A copy of the package that has not looked around yet. */
const fresh = async () => {
  vi.resetModules()
  const lanac = await import('../../src/index.js')
  const execute = await import('../../src/engine/execute.js')
  const { simplify } = await import('../../src/engine/simplify.js')
  const { trace } = await import('../../src/tape/trace.js')
  const { add, exp, matmul, sum, tensor } = lanac
  const w = tensor([
    [1, -2],
    [0.5, 3],
  ])
  const x = tensor([
    [1, 2],
    [3, 4],
  ])
  const f = (v: typeof x) => sum(exp(matmul(add(v, -3), w)))
  const target = execute.prepared(simplify(trace(f)(x))).compiled?.target ?? 'evaluator'
  const fast = lanac.jit(f)
  // what is run again may be run in another way
  const compiled = [1, 2, 3].map(() => lanac.item(fast(x)))
  return { target, eager: lanac.item(f(x)), compiled }
}

/** What a Content Security Policy without unsafe-eval does. */
const forbidden = () => {
  throw new EvalError('Code generation from strings disallowed for this context')
}

const noModules = {
  ...Object.fromEntries(Object.getOwnPropertyNames(WebAssembly).map((k) => [k, WebAssembly[k as never]])),
  Module: forbidden,
}

describe('targets', () => {
  const cases: readonly (readonly [string, string, () => void])[] = [
    ['WebAssembly', 'wasm', () => {}],
    ['JavaScript, without WebAssembly', 'js', () => vi.stubGlobal('WebAssembly', undefined)],
    ['JavaScript, where modules are forbidden', 'js', () => vi.stubGlobal('WebAssembly', noModules)],
    ['WebAssembly, where text may not become code', 'wasm', () => vi.stubGlobal('Function', forbidden)],
    [
      'the evaluator, where text may not become code',
      'evaluator',
      () => {
        vi.stubGlobal('WebAssembly', noModules)
        vi.stubGlobal('Function', forbidden)
      },
    ],
  ]
  it.each(cases)('%s', async (_, target, restrict) => {
    restrict()
    const found = await fresh()
    expect(found.target).toBe(target)
    for (const y of found.compiled) expect(y).toBeCloseTo(found.eager, 10)
  })

  it('do not ask in a page whether text may become code, which its policy would report', async () => {
    const asked = vi.fn(forbidden)
    vi.stubGlobal('Function', asked)
    vi.stubGlobal('document', {})
    const found = await fresh()
    for (const y of found.compiled) expect(y).toBeCloseTo(found.eager, 10)
    expect(asked).not.toHaveBeenCalled()
  })
})
