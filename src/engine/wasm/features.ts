/** What the WebAssembly engine at hand can do: asked once, by validating a tiny module. */
import { once } from '../../core/once.js'
import { moduleWriter } from './module.js'

// -------------------------------------------------------------------------------------------------------------- running

/** Vectors of 128 bits. */
export const hasVectors: () => boolean = once(() => {
  const m = moduleWriter()
  m.function('f', { params: ['v128'], results: ['v128'] }, (code, x) => {
    code.get(x)
    code.op('f32x4.sqrt')
  })
  return WebAssembly.validate(m.bytes())
})

/** Relaxed vector instructions: multiply-add rounded once where the machine has it, selection by whole lanes. */
export const hasRelaxedVectors: () => boolean = once(() => {
  const m = moduleWriter()
  m.function('f', { params: ['v128'], results: ['v128'] }, (code, x) => {
    for (let i = 0; i < 3; i++) code.get(x)
    code.op('f32x4.relaxed_madd')
  })
  return WebAssembly.validate(m.bytes())
})

/** Whether modules may be compiled here: a page's Content Security Policy may forbid it, and validates all the same. */
export const mayCompile: () => boolean = once(() => {
  try {
    return new WebAssembly.Module(moduleWriter().bytes()) instanceof WebAssembly.Module
  } catch {
    return false
  }
})
