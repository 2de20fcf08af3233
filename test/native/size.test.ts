/** Programs so long that a C compiler would take minutes. */
import { add, type Scalar, tensor, toArray } from 'lanac'
import { describe, expect, it } from 'vitest'
import { executionOf, prepared } from '../../src/engine/execute.js'
import { simplify } from '../../src/engine/simplify.js'
import { jit, mul } from '../../src/index.js'
import '../../src/native/index.js'
import { trace } from '../../src/tape/trace.js'
import { compiler } from './compiler.js'

describe.skipIf(compiler === null)('a long program', () => {
  it('runs in WebAssembly', () => {
    const f = (x: Scalar): Scalar => {
      let y = x
      for (let i = 0; i < 10_001; i++) y = mul(add(y, 1), 0.5)
      return y
    }
    const program = simplify(trace(f)(tensor(3)))
    expect(prepared(program, executionOf('jit', { target: 'native' })).compiled?.target).toBe('wasm')
    let expected = 3
    for (let i = 0; i < 10_001; i++) expected = (expected + 1) * 0.5
    expect(toArray(jit(f, { target: 'native' })(tensor(3)) as never)).toBe(expected)
  })
})
